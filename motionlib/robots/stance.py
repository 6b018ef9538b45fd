"""How a robot stands in its default pose: where its soles are and how tall it is."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np

from motionlib.errors import nearest_names
from motionlib.robots.yaml_values import robot_problem


class Stance:
    """The default pose with the root upright at the origin; heights are relative to the root."""

    def __init__(self, model: mujoco.MjModel, default_dof_pos: np.ndarray) -> None:
        self.model = model
        self.data = mujoco.MjData(model)
        self.data.qpos[:3] = 0.0
        self.data.qpos[3:7] = (1.0, 0.0, 0.0, 0.0)
        self.data.qpos[7:] = default_dof_pos
        mujoco.mj_kinematics(model, self.data)

    def height_over_soles(self, corners: Mapping[str, np.ndarray]) -> float:
        """Root height in m at which the lowest sole corner touches the ground.

        Args:
            corners: Foot body to (4, 3) m in its frame.
        """
        lowest = min(self._world(foot, points)[:, 2].min() for foot, points in corners.items())
        return -float(lowest)

    def top_over_root(self) -> float:
        """Highest point of any geom, m above the root's origin, by bounding boxes."""
        tops = [0.0]
        for geom in range(self.model.ngeom):
            if self.model.geom_bodyid[geom] == 0:
                continue
            center, half = self.model.geom_aabb[geom, :3], self.model.geom_aabb[geom, 3:]
            row = self.data.geom_xmat[geom].reshape(3, 3)[2]
            tops.append(self.data.geom_xpos[geom, 2] + row @ center + np.abs(row) @ half)
        return float(max(tops))

    def _world(self, body: str, points: np.ndarray) -> np.ndarray:
        pose = self.data.body(body)
        return pose.xpos + points @ pose.xmat.reshape(3, 3).T


def sole_corners(path: Path, stance: Stance, foot: str, sole: str | np.ndarray) -> np.ndarray:
    """Corners of a foot's underside.

    Args:
        path: The yaml, for messages.
        stance: Default pose: the face of a box that looks down in it is the sole.
        foot: Foot body.
        sole: Name of a box geom of that body, or the corners themselves.

    Returns:
        (4, 3) m, foot frame, in order around the rectangle.

    Raises:
        RobotError: Unknown geom, a geom of another body, or one that is not a box.
    """
    if not isinstance(sole, str):
        return sole
    model = stance.model
    names = [model.geom(geom).name for geom in range(model.ngeom) if model.geom(geom).name]
    if sole not in names:
        raise robot_problem(
            path, f"soles.{foot}", f"unknown geom {sole!r}; {nearest_names(sole, names)}"
        )
    geom = model.geom(sole).id
    body = model.body(model.geom_bodyid[geom]).name
    if body != foot or model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_BOX:
        kind = mujoco.mjtGeom(model.geom_type[geom]).name.removeprefix("mjGEOM_").lower()
        raise robot_problem(
            path,
            f"soles.{foot}",
            f"expected a box of body {foot!r}, found {sole!r}, a {kind} of "
            f"{body!r}; name another geom or give four corners",
        )
    return _lower_face(stance, geom)


def _lower_face(stance: Stance, geom: int) -> np.ndarray:
    world_z = stance.data.geom_xmat[geom].reshape(3, 3)[2]
    down = int(np.abs(world_z).argmax())
    across, along = (down + 1) % 3, (down + 2) % 3
    signs = np.zeros((4, 3))
    signs[:, down] = -np.sign(world_z[down])
    signs[:, across] = (1, -1, -1, 1)
    signs[:, along] = (1, 1, -1, -1)
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, stance.model.geom_quat[geom])
    corners = signs * stance.model.geom_size[geom]
    return stance.model.geom_pos[geom] + corners @ rotation.reshape(3, 3).T

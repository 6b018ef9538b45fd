"""What compiled loops need of a robot, as contiguous arrays; made once for each robot."""

from typing import NamedTuple

import numpy as np

from motionlib.errors import RobotError
from motionlib.robot import Robot

_KEPT = 8
_made: dict[int, "tuple[Robot, RobotArrays]"] = {}


class RobotArrays(NamedTuple):
    """One robot whose dofs are exponential maps."""

    parents: np.ndarray
    """(B,) int64, -1 for the root."""
    offset_pos: np.ndarray
    """(B, 3) float64 m, parent frame."""
    offset_quats: np.ndarray
    """(B, 4) float64 unit wxyz, parent frame."""
    dof_limits: np.ndarray
    """(D, 2) float64 rad."""
    sole_bodies: np.ndarray
    """(4 F,) int64, body of each sole corner."""
    sole_corners: np.ndarray
    """(4 F, 3) float64 m, frame of that body."""


def robot_arrays(robot: Robot) -> RobotArrays:
    """Arrays of a robot; the same ones for the same object.

    Raises:
        RobotError: The robot's dofs are hinges: a human joint turns about three axes at once.
    """
    known = _made.get(id(robot))
    if known is not None and known[0] is robot:
        return known[1]
    if robot.dof_coordinates != "exponential_map":
        raise RobotError(
            f"{robot.name}: dof_coordinates is {robot.dof_coordinates}, expected exponential_map; "
            "human recordings go to robots like smpl, others need retargeting"
        )
    arrays = RobotArrays(
        parents=_contiguous(robot.parents, np.int64),
        offset_pos=_contiguous(robot.body_offset_pos, np.float64),
        offset_quats=_contiguous(robot.body_offset_quat_wxyz, np.float64),
        dof_limits=_contiguous(robot.dof_limits, np.float64),
        sole_bodies=np.repeat(
            np.array([robot.body_names.index(sole.body) for sole in robot.soles], dtype=np.int64), 4
        ),
        sole_corners=_contiguous(
            np.concatenate([sole.corners for sole in robot.soles])
            if robot.soles
            else np.zeros((0, 3)),
            np.float64,
        ),
    )
    while len(_made) >= _KEPT:
        del _made[next(iter(_made))]
    _made[id(robot)] = (robot, arrays)
    return arrays


def _contiguous(array: np.ndarray, dtype: type) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=dtype)

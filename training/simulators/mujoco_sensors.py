"""The sensors that tell a MuJoCo back end where every body is, and where they lie in its data."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.robots.model import FLOOR

_FRAMES = (
    mujoco.mjtSensor.mjSENS_FRAMEPOS,
    mujoco.mjtSensor.mjSENS_FRAMEQUAT,
    mujoco.mjtSensor.mjSENS_FRAMELINVEL,
    mujoco.mjtSensor.mjSENS_FRAMEANGVEL,
)
_WIDTHS = (3, 4, 3, 3)
_BODY = int(mujoco.mjtObj.mjOBJ_XBODY)
_CORNERS = 4
_FOUND = 1


def add_sensors(spec: mujoco.MjSpec, robot: Robot) -> None:
    """Add body frames, sole corners and contacts, with itself and with the ground, to a spec.

    MuJoCo computes positions and velocities of frames from a state alone, contacts only inside a
    physics step: contacts come last, so that the others are one range.
    """
    for kind in _FRAMES:
        for name in robot.body_names:
            # an x-body's frame is the body's own; a body's frame would be its centre of mass
            spec.add_sensor(
                type=kind, objtype=_BODY, objname=name, name=f"workbench_{kind.name}_{name}"
            )
    for sole in robot.soles:
        for index, corner in enumerate(sole.corners):
            site = f"workbench_sole_{sole.body}_{index}"
            spec.body(sole.body).add_site(name=site, pos=corner)
            spec.add_sensor(
                type=mujoco.mjtSensor.mjSENS_FRAMEPOS,
                objtype=mujoco.mjtObj.mjOBJ_SITE,
                objname=site,
                name=site,
            )
    root = robot.body_names[0]
    spec.add_sensor(
        type=mujoco.mjtSensor.mjSENS_CONTACT,
        objtype=_BODY,
        objname=root,
        reftype=_BODY,
        refname=root,
        intprm=[_FOUND, 0, 1],
        name="workbench_self_contacts",
    )
    for name in _colliding_bodies(spec, robot):
        spec.add_sensor(
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname=name,
            reftype=mujoco.mjtObj.mjOBJ_GEOM,
            refname=FLOOR,
            intprm=[_FOUND, 0, 1],
            name=_ground_contact(name),
        )


def _colliding_bodies(spec: mujoco.MjSpec, robot: Robot) -> list[str]:
    """Bodies that can touch anything; a sensor for each of the others would only cost."""

    def collides(name: str) -> bool:
        return any(geom.contype or geom.conaffinity for geom in spec.body(name).geoms)

    return [name for name in robot.body_names if collides(name)]


def _ground_contact(body: str) -> str:
    return f"workbench_ground_contact_{body}"


class SensorLayout:
    """Columns of the sensor data that `add_sensors` makes, as views of (E, N) rows."""

    def __init__(self, model: mujoco.MjModel, robot: Robot) -> None:
        self._num_bodies, self._num_feet = robot.num_bodies, len(robot.soles)
        first = model.sensor(f"workbench_{_FRAMES[0].name}_{robot.body_names[0]}")
        self._starts = [int(first.adr[0])]
        for width in _WIDTHS:
            self._starts.append(self._starts[-1] + width * robot.num_bodies)
        self._contacts = int(model.sensor("workbench_self_contacts").adr[0])
        sensors = {model.sensor(index).name for index in range(model.nsensor)}
        self._touching = torch.tensor(
            [i for i, name in enumerate(robot.body_names) if _ground_contact(name) in sensors]
        )
        self.refreshed = (self._starts[0], self._contacts)
        """First and last column of what follows from a state alone."""

    def body_pos(self, sensors: Tensor) -> Tensor:
        """(E, B, 3) m, world."""
        return self._bodies(sensors, 0)

    def body_quat_wxyz(self, sensors: Tensor) -> Tensor:
        """(E, B, 4) unit, world."""
        return self._bodies(sensors, 1)

    def body_lin_vel(self, sensors: Tensor) -> Tensor:
        """(E, B, 3) m/s, world, of body origins."""
        return self._bodies(sensors, 2)

    def body_ang_vel(self, sensors: Tensor) -> Tensor:
        """(E, B, 3) rad/s, world."""
        return self._bodies(sensors, 3)

    def foot_contact(self, sensors: Tensor) -> Tensor:
        """(E, F) bool: a corner of the sole is at or below the ground plane."""
        corners = sensors[:, self._starts[-1] : self._contacts]
        heights = corners.unflatten(-1, (self._num_feet, _CORNERS, 3))[..., 2]
        return (heights <= 0.0).any(dim=-1)

    def self_contacts(self, sensors: Tensor) -> Tensor:
        """(E,) f32: contacts between bodies of the robot."""
        return sensors[:, self._contacts]

    def copy_ground_contacts(self, sensors: Tensor, touching: Tensor) -> None:
        """Write into (E, B) bool which bodies touch the ground; others stay as they are."""
        touching.index_copy_(1, self._touching, sensors[:, self._contacts + 1 :] > 0.0)

    def _bodies(self, sensors: Tensor, kind: int) -> Tensor:
        columns = sensors[:, self._starts[kind] : self._starts[kind + 1]]
        return columns.unflatten(-1, (self._num_bodies, _WIDTHS[kind]))

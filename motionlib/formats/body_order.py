"""Breadth-first orders of Isaac Lab, and whether stored body poses belong to a robot."""

from typing import Literal, get_args

import torch
from torch import Tensor

from motionlib.errors import RobotError
from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.rotations import quat_angle, quat_normalize

BodyOrder = Literal["mjlab", "isaaclab"]
"""`mjlab`: MuJoCo's depth-first order, that of `Robot`. `isaaclab`: breadth-first, dofs too."""

BODY_ORDERS: tuple[BodyOrder, ...] = get_args(BodyOrder)

_CHECKED_FRAMES = 64
_TOLERANCE = 0.01
"""Share of the standing height: a link's rounding passes, a neighbouring body does not."""

TURNED = 0.02
"""rad: rotations that are further from kinematics are another robot's, or in another order; float32
leaves a hundredth of it."""


def body_indices(robot: Robot, order: BodyOrder) -> list[int]:
    """Our body indices in the asked order."""
    if order == "mjlab":
        return list(range(robot.num_bodies))
    if order != "isaaclab":
        raise ValueError(f"body order {order!r}; choices: {', '.join(BODY_ORDERS)}")
    parents = robot.parents.tolist()
    queue = [parents.index(-1)]
    for body in queue:  # grows while it is walked: that is breadth first
        queue.extend(child for child, parent in enumerate(parents) if parent == body)
    return queue


def dof_indices(robot: Robot, order: BodyOrder) -> list[int]:
    """Our dof indices in the asked order: dofs follow the bodies that they move."""
    rank = {body: place for place, body in enumerate(body_indices(robot, order))}
    bodies = robot.dof_bodies.tolist()
    return sorted(range(robot.num_dofs), key=lambda dof: (rank[bodies[dof]], dof))


def pose_tolerance(robot: Robot) -> float:
    """Largest body position error, m, at which poses still belong to the robot."""
    return _TOLERANCE * robot.standing_height


def pose_error(
    robot: Robot,
    *,
    root_pos: Tensor,
    root_quat_wxyz: Tensor,
    dof_pos: Tensor,
    body_pos: Tensor,
    bodies: list[int],
) -> tuple[float, str, int]:
    """How far stored body positions are from forward kinematics.

    At most 64 frames, evenly spread, are looked at.

    Args:
        robot: Whose kinematics.
        root_pos: (T, 3) m.
        root_quat_wxyz: (T, 4).
        dof_pos: (T, D) rad, robot order.
        body_pos: (T, N, 3) m as stored.
        bodies: Our index of each of the N bodies.

    Returns:
        Largest distance in m, the body and the frame where it is.
    """
    frames = root_pos.shape[0]
    picked = torch.linspace(0, frames - 1, min(frames, _CHECKED_FRAMES)).round().long()
    kinematics = Kinematics(robot, dtype=torch.float64)
    poses = kinematics.forward(
        root_pos[picked].double(), root_quat_wxyz[picked].double(), dof_pos[picked].double()
    )
    distances = (poses.body_pos[:, bodies] - body_pos[picked].double()).norm(dim=-1)
    worst = int(distances.argmax())
    row, column = divmod(worst, len(bodies))
    return float(distances.max()), robot.body_names[bodies[column]], int(picked[row])


def turn_error(
    robot: Robot, *, root_quat_wxyz: Tensor, dof_pos: Tensor, body_quat_wxyz: Tensor
) -> float:
    """How far (T, B, 4) stored rotations, robot order, are from forward kinematics, rad.

    They tell the order of bodies and dofs of whatever size the bones are. At most 64 frames, evenly
    spread, are looked at.
    """
    frames = len(dof_pos)
    picked = torch.linspace(0, frames - 1, min(frames, _CHECKED_FRAMES)).round().long()
    poses = Kinematics(robot, dtype=torch.float64).forward(
        torch.zeros(len(picked), 3, dtype=torch.float64),
        root_quat_wxyz[picked].double(),
        dof_pos[picked].double(),
    )
    stored = quat_normalize(body_quat_wxyz[picked].double())
    return float(quat_angle(poses.body_quat_wxyz, stored).max())


def check_poses(
    robot: Robot,
    *,
    root_pos: Tensor,
    root_quat_wxyz: Tensor,
    dof_pos: Tensor,
    body_pos: Tensor,
    where: str,
) -> None:
    """Refuse (T, B, 3) body positions, robot order, that are not the robot's.

    Raises:
        RobotError: Names the body, the frame and the distance.
    """
    error, body, frame = pose_error(
        robot,
        root_pos=root_pos,
        root_quat_wxyz=root_quat_wxyz,
        dof_pos=dof_pos,
        body_pos=body_pos,
        bodies=list(range(robot.num_bodies)),
    )
    if error > pose_tolerance(robot):
        raise RobotError(
            f"{where}: {body} in frame {frame} is {error:.3f} m from where {robot.name}'s "
            f"kinematics puts it (tolerance {pose_tolerance(robot):.3f} m); the file belongs to "
            "another robot or another body order"
        )

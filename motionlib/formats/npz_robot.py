"""The robot whose bodies and dofs a BeyondMimic `.npz` holds, and their order in it."""

import torch
from torch import Tensor

from motionlib.errors import RobotError, nearest_names
from motionlib.exponential_map import dofs_from_hinges
from motionlib.formats.body_order import (
    BODY_ORDERS,
    BodyOrder,
    body_indices,
    dof_indices,
    pose_error,
    pose_tolerance,
)
from motionlib.formats.header import check_robot
from motionlib.formats.npz_file import NpzFile
from motionlib.robot import Robot


def body_index(robot: Robot, name: str) -> int:
    """Our index of a body by our name or an alias.

    Raises:
        RobotError: Unknown; the nearest names are offered.
    """
    ours = robot.body_aliases.get(name, name)
    if ours not in robot.body_names:
        known = (*robot.body_names, *robot.body_aliases)
        raise RobotError(f"{robot.name} has no body {name!r}; {nearest_names(name, known)}")
    return robot.body_names.index(ours)


def match_robot(
    file: NpzFile, robot: Robot, order: BodyOrder | None
) -> tuple[list[int], list[int], tuple[str, ...]]:
    """Match a file's axes with a robot's.

    Returns:
        Our index of each stored body, the column of each dof of ours, steps for the provenance.

    Raises:
        RobotError: Written for another robot, unknown names, or no names and other counts.
    """
    if file.body_names is not None and file.joint_names is not None:
        note = ""
        if file.robot_name:
            note = check_robot(
                robot,
                name=file.robot_name,
                semantic_sha256=file.robot_semantic_sha256,
                where=str(file.path),
            )
        return (*_match_names(file, robot), (note,) if note else ())
    found = (file.arrays["body_pos_w"].shape[1], file.arrays["joint_pos"].shape[1])
    if found != (robot.num_bodies, robot.num_dofs):
        raise RobotError(
            f"{file.path}: has {found[0]} bodies and {found[1]} joints and no names; "
            f"{robot.name} has {robot.num_bodies} and {robot.num_dofs}; pass the robot that the "
            "file was made for, or write it with joint_names and body_names"
        )
    stated = order or _order_by_poses(file, robot)
    how = "" if order or stated == "mjlab" else ", in which its bodies lie where they belong"
    step = (
        f"no names in the file; read as {robot.name} in {stated} order{how}; velocities recomputed"
    )
    return body_indices(robot, stated), _columns(robot, stated), (step,)


def check_file_poses(
    file: NpzFile,
    robot: Robot,
    bodies: list[int],
    root_pos: Tensor,
    root_quat_wxyz: Tensor,
    dof_pos: Tensor,
) -> None:
    """Refuse stored bodies that do not lie where the robot's kinematics puts them.

    Raises:
        RobotError: Says so when the breadth-first order would fit.
    """
    body_pos = torch.from_numpy(file.arrays["body_pos_w"])
    error, body, frame = pose_error(
        robot,
        root_pos=root_pos,
        root_quat_wxyz=root_quat_wxyz,
        dof_pos=dof_pos,
        body_pos=body_pos,
        bodies=bodies,
    )
    if error <= pose_tolerance(robot):
        return
    message = (
        f"{file.path}: body_pos_w of {body} in frame {frame} is {error:.3f} m from where "
        f"{robot.name}'s kinematics puts it (tolerance {pose_tolerance(robot):.3f} m)"
    )
    nameless = file.body_names is None and bodies != body_indices(robot, "isaaclab")
    if nameless and _order_by_poses(file, robot) == "isaaclab":
        raise RobotError(
            f"{message}; its bodies and joints are in breadth-first (Isaac Lab) order: "
            "read it as such, or in the order that its poses tell"
        )
    raise RobotError(f"{message}; the file belongs to another robot or another body order")


def _columns(robot: Robot, order: BodyOrder) -> list[int]:
    """Column of each dof of ours."""
    dofs = dof_indices(robot, order)
    return [dofs.index(dof) for dof in range(robot.num_dofs)]


def _order_by_poses(file: NpzFile, robot: Robot) -> BodyOrder:
    """The order in which the stored bodies lie where kinematics puts them; `mjlab` if in neither."""
    arrays = {name: torch.from_numpy(value) for name, value in file.arrays.items()}
    for order in BODY_ORDERS:
        error, _, _ = pose_error(
            robot,
            root_pos=arrays["body_pos_w"][:, 0],
            root_quat_wxyz=arrays["body_quat_w"][:, 0],
            dof_pos=dofs_from_hinges(robot, arrays["joint_pos"][:, _columns(robot, order)]),
            body_pos=arrays["body_pos_w"],
            bodies=body_indices(robot, order),
        )
        if error <= pose_tolerance(robot):
            return order
    return "mjlab"


def _match_names(file: NpzFile, robot: Robot) -> tuple[list[int], list[int]]:
    joints, names = list(file.joint_names or ()), list(file.body_names or ())
    if sorted(joints) != sorted(robot.dof_names):
        strange = sorted(set(joints) ^ set(robot.dof_names))
        raise RobotError(
            f"{file.path}: joint_names are not those of {robot.name}: "
            f"{', '.join(strange[:4])} differ; pass the robot that the file was made for"
        )
    bodies = [body_index(robot, name) for name in names]
    if not bodies or bodies[0] != 0:
        raise RobotError(
            f"{file.path}: body_names begin with {names[:1]}, expected the root "
            f"{robot.body_names[0]!r}; write the file again with the root first"
        )
    return bodies, [joints.index(name) for name in robot.dof_names]

"""Rotations of a foreign skeleton as rotations of the SMPL robot, joint by joint."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motionlib.errors import RobotError
from motionlib.human.skeleton.joint_map import REQUIRED_BODIES
from motionlib.human.skeleton.knee_check import check_knees
from motionlib.human.skeleton.limb_turns import limb_turns
from motionlib.human.skeleton.rest_pose import RestPose
from motionlib.human.skeleton.tree import Skeleton
from motionlib.human.skeleton.world import UP_ROWS, metres_per_unit, world_up
from motionlib.kinematics import BodyPoses, Kinematics
from motionlib.robot import Robot
from motionlib.rotations import (
    quat_apply,
    quat_conjugate,
    quat_from_matrix,
    quat_mul,
    rotvec_from_quat,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transferred:
    """One clip on the robot's tree."""

    root_pos: np.ndarray
    """(T, 3) m, world z up."""
    rotvec: np.ndarray
    """(T, 3 B) rad, robot body order; zeros for bodies that nothing drives."""
    driven: np.ndarray
    """(B,) bool."""
    notes: tuple[str, ...]


def transfer(
    skeleton: Skeleton, rest: RestPose, joint_pos: Tensor, joint_quat: Tensor, robot: Robot
) -> Transferred:
    """Put a skeleton's motion on a robot of the SMPL family.

    Every body turns as its joint does from the rest pose; limbs are turned once more by the
    constant that lays the skeleton's rest bone along the robot's. The root follows the middle of
    the hips, scaled by leg length, so that feet stand where the skeleton's do.

    Args:
        skeleton: Tree and map.
        rest: Its rest pose.
        joint_pos: (T, J, 3) file units and axes.
        joint_quat: (T, J, 4) likewise.
        robot: Of the SMPL family: its bodies' axes are the world's in the T-pose.

    Raises:
        RobotError: The robot lacks the bodies.
        MotionError: Knees that bend forwards.
    """
    missing = [body for body in REQUIRED_BODIES if body not in robot.body_names]
    if missing:
        raise RobotError(
            f"{robot.name}: has no body {missing[0]!r}, expected a robot of the SMPL family; "
            "take `smpl` and retarget from there"
        )
    odd_knees = check_knees(skeleton, rest, joint_pos, joint_quat)
    stand = robot_rest(robot)
    up, up_note = world_up(skeleton, rest, joint_pos)
    turn = torch.tensor(UP_ROWS[up], dtype=torch.float64)
    world_quat = _body_quats(skeleton, rest, joint_quat, robot, stand, quat_from_matrix(turn))
    scale, unit_note = metres_per_unit(skeleton, rest, robot, stand)
    hips = [skeleton.names.index(skeleton.map.joints[f"{side}_Hip"]) for side in "LR"]
    centre = scale * joint_pos[:, hips].mean(1) @ turn.T
    own = stand.body_pos[[robot.body_names.index(f"{side}_Hip") for side in "LR"]].mean(0)
    own = own - stand.body_pos[0]
    root_pos = centre - quat_apply(world_quat[0], own.expand(len(centre), 3))
    driven = np.array([skeleton.joint(name) is not None for name in robot.body_names])
    return Transferred(
        root_pos=root_pos.numpy(),
        rotvec=_rotvecs(world_quat, driven, robot).numpy(),
        driven=driven,
        notes=(up_note, unit_note, *odd_knees),
    )


def robot_rest(robot: Robot) -> BodyPoses:
    """Poses of the bodies in the T-pose, root at the origin."""
    zero = torch.zeros(robot.num_dofs, dtype=torch.float64)
    identity = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    kinematics = Kinematics(robot, dtype=torch.float64)
    return kinematics.forward(torch.zeros(3, dtype=torch.float64), identity, zero)


def _body_quats(
    skeleton: Skeleton,
    rest: RestPose,
    joint_quat: Tensor,
    robot: Robot,
    stand: BodyPoses,
    world: Tensor,
) -> list[Tensor]:
    """World rotation of every body, (T, 4) each; an undriven one is fixed to its parent."""
    extra = limb_turns(skeleton, rest, robot, stand)
    quats: list[Tensor] = []
    for body, parent in zip(robot.body_names, robot.parents, strict=True):
        joint = skeleton.joint(body)
        if joint is None:
            quats.append(quats[parent])
            continue
        # the joint's rotation since the rest pose, in the body's axes instead of the file's
        constant = rest.rotation[joint].T @ rest.axes.T @ extra.get(body, np.eye(3)).T
        fixed = quat_from_matrix(torch.from_numpy(constant))
        quats.append(quat_mul(quat_mul(world, joint_quat[:, joint]), fixed))
    return quats


def _rotvecs(world_quat: list[Tensor], driven: np.ndarray, robot: Robot) -> Tensor:
    """(T, 3 B) rad: the root's to the world, every other body's to its parent."""
    columns = [rotvec_from_quat(world_quat[0])]
    for index in range(1, robot.num_bodies):
        if driven[index]:
            to_parent = quat_conjugate(world_quat[robot.parents[index]])
            columns.append(rotvec_from_quat(quat_mul(to_parent, world_quat[index])))
        else:
            columns.append(torch.zeros_like(columns[0]))
    return torch.cat(columns, -1)

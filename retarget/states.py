"""Body states of a clip of any robot at the speed that packing a whole library needs."""

import numpy as np
import torch

from motionlib.kernels.poses import forward_kinematics
from motionlib.kernels.states import angular_velocities, linear_velocities
from motionlib.kernels.velocities import RULE_CODES
from motionlib.kinematics import local_quats
from motionlib.motion import Motion, MotionStates
from motionlib.robot import Robot
from motionlib.rotations import quat_from_axis_angle, quat_mul
from motionlib.rules import HEIGHT_LIMIT, SPEED_LIMIT
from motionlib.velocities import VelocityRule, dof_velocity


def clip_states(motion: Motion, *, velocity_rule: VelocityRule) -> MotionStates:
    """What `motion.states_from_motion` makes, with compiled kinematics and velocities.

    Computed in float64, returned in float32; contacts are the clip's own labels where it has
    them (feet only), else bodies that are slow and low.

    Args:
        motion: The clip.
        velocity_rule: See `velocities.VelocityRule`.
    """
    robot, fps, rule = motion.robot, motion.fps, RULE_CODES[velocity_rule]
    shape = (motion.num_frames, robot.num_bodies)
    dof_pos = motion.dof_pos.double()
    body_pos, body_quat = np.empty((*shape, 3)), np.empty((*shape, 4))
    body_pos[:, 0] = motion.root_pos.numpy()
    local = _local_rotations(robot, dof_pos)
    local[:, 0] = motion.root_quat_wxyz.numpy()
    parents = np.ascontiguousarray(robot.parents, dtype=np.int64)
    offsets = np.ascontiguousarray(robot.body_offset_pos, dtype=np.float64)
    forward_kinematics(local, parents, offsets, body_pos, body_quat)
    vectors = np.empty((2, *shape, 3), dtype=np.float32)
    contact = np.empty(shape, dtype=np.bool_)
    limits = (np.full(robot.num_bodies, limit) for limit in (SPEED_LIMIT, HEIGHT_LIMIT))
    linear_velocities(body_pos, fps, rule, *limits, vectors[0], contact)
    angular_velocities(body_quat, fps, rule, vectors[1])
    if motion.foot_contact is not None:
        contact[:] = False
        feet = [robot.body_names.index(name) for name in robot.foot_bodies]
        contact[:, feet] = motion.foot_contact.numpy()
    return MotionStates(
        dof_pos=motion.dof_pos.float(),
        dof_vel=dof_velocity(robot, dof_pos, fps, velocity_rule).float(),
        body_pos=torch.from_numpy(body_pos.astype(np.float32)),
        body_quat_wxyz=torch.from_numpy(body_quat.astype(np.float32)),
        body_lin_vel=torch.from_numpy(vectors[0]),
        body_ang_vel=torch.from_numpy(vectors[1]),
        body_contact=torch.from_numpy(contact),
    )


def _local_rotations(robot: Robot, dof_pos: torch.Tensor) -> np.ndarray:
    """(T, B, 4) rotations of bodies to their parents; the root's row is to be filled."""
    offsets = torch.as_tensor(robot.body_offset_quat_wxyz, dtype=torch.float64)
    if robot.dof_coordinates == "exponential_map":
        joints = quat_mul(offsets[1:].expand(len(dof_pos), -1, 4), local_quats(dof_pos))
        return torch.cat((offsets[:1].expand(len(dof_pos), 1, 4), joints), dim=1).numpy()
    local = offsets.expand(len(dof_pos), -1, 4).clone()
    axes = torch.as_tensor(robot.dof_axes, dtype=torch.float64)
    hinges = quat_from_axis_angle(axes.expand(len(dof_pos), -1, 3), dof_pos)
    bodies = robot.dof_bodies
    if len(set(bodies.tolist())) == len(bodies):
        local[:, bodies] = quat_mul(local[:, bodies], hinges)
        return local.numpy()
    for dof, body in enumerate(bodies.tolist()):
        local[:, body] = quat_mul(local[:, body], hinges[:, dof])
    return local.numpy()

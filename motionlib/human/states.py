"""Body states of a human clip at the speed that packing a whole library needs."""

import numpy as np
import torch

from motionlib.human.conversion import HumanMotion
from motionlib.human.measures import contact_limits
from motionlib.human.robot_arrays import robot_arrays
from motionlib.human.settings import HumanSettings
from motionlib.kernels.poses import forward_kinematics, local_rotations
from motionlib.kernels.states import (
    angular_velocities,
    joint_velocities,
    linear_velocities,
)
from motionlib.kernels.velocities import RULE_CODES
from motionlib.motion import MotionStates
from motionlib.robot import Robot


def human_states(motion: HumanMotion, robot: Robot, settings: HumanSettings) -> MotionStates:
    """Poses, velocities and contacts, as `motion.states_from_motion` makes them.

    Velocities follow `settings.velocity_rule` at the motion's own rate; contacts follow
    `settings.contacts` and `settings.contacts_of`. Computed in float64, returned in float32.

    Args:
        motion: Of `convert_clip`, or read back from where it was kept.
        robot: The one that it was made for.
        settings: The ones that it was made with.

    Returns:
        Tensors on the CPU that own their memory.

    Raises:
        RobotError: The robot's dofs are hinges.
    """
    arrays, rule, fps = robot_arrays(robot), RULE_CODES[settings.velocity_rule], motion.fps
    frames, bodies = motion.num_frames, robot.num_bodies
    local, body_quat = np.empty((frames, bodies, 4)), np.empty((frames, bodies, 4))
    body_pos = np.empty((frames, bodies, 3))
    body_pos[:, 0] = motion.root_pos
    local[:, 0] = motion.root_quat_wxyz
    local_rotations(_read_only(motion.dof_pos), arrays.offset_quats, local)
    forward_kinematics(local, arrays.parents, arrays.offset_pos, body_pos, body_quat)
    vectors = np.empty((2, frames, bodies, 3), dtype=np.float32)
    dof_vel = np.empty((frames, robot.num_dofs), dtype=np.float32)
    contact = np.empty((frames, bodies), dtype=np.bool_)
    linear_velocities(body_pos, fps, rule, *contact_limits(robot, settings), vectors[0], contact)
    angular_velocities(body_quat, fps, rule, vectors[1])
    joint_velocities(local, arrays.offset_quats, fps, rule, dof_vel)
    return MotionStates(
        dof_pos=torch.from_numpy(np.array(motion.dof_pos, dtype=np.float32)),
        dof_vel=torch.from_numpy(dof_vel),
        body_pos=torch.from_numpy(body_pos.astype(np.float32)),
        body_quat_wxyz=torch.from_numpy(body_quat.astype(np.float32)),
        body_lin_vel=torch.from_numpy(vectors[0]),
        body_ang_vel=torch.from_numpy(vectors[1]),
        body_contact=torch.from_numpy(contact),
    )


def _read_only(array: np.ndarray) -> np.ndarray:
    """A contiguous float32 view that compiled code sees as one type, mapped file or not."""
    view = np.ascontiguousarray(array, dtype=np.float32).view()
    view.flags.writeable = False
    return view

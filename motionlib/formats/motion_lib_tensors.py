"""Tensors of a packaged MotionLib from states of ours."""

from torch import Tensor

from motionlib.contacts import label_contacts
from motionlib.formats.marker_layout import BodyLayout
from motionlib.library import MotionLib
from motionlib.motion import MotionStates
from motionlib.rotations import xyzw_from_wxyz
from motionlib.velocities import (
    VelocityRule,
    angular_velocity,
    linear_velocity,
    scalar_velocity,
)


def clip_tensors(
    states: MotionStates, bodies: BodyLayout, fps: float, rule: VelocityRule, *, keep: bool
) -> dict[str, Tensor]:
    """Frames of one clip in a layout.

    Args:
        states: Ours, (T, B, ...).
        bodies: The file's bodies.
        fps: Rate.
        rule: Of velocities that are made here: all of them, or with `keep` the markers' only.
        keep: Whether the states' own velocities are by `rule` already.
    """
    positions, quats = bodies.place(states.body_pos.double(), states.body_quat_wxyz.double())
    lin_vel = linear_velocity(positions, fps, rule).float()
    ang_vel = angular_velocity(quats, fps, rule).float()
    dof_vel = scalar_velocity(states.dof_pos.double(), fps, rule).float()
    contacts = label_contacts(positions.float(), lin_vel)
    native = list(bodies.native)
    contacts[:, native] = states.body_contact
    if keep:
        lin_vel[:, native], dof_vel = states.body_lin_vel, states.dof_vel
        ang_vel = states.body_ang_vel[:, list(bodies.sources)]
    return {
        "gts": positions.float(),
        "grs": xyzw_from_wxyz(quats).float(),
        "gvs": lin_vel,
        "gavs": ang_vel,
        "dps": states.dof_pos.contiguous(),
        "dvs": dof_vel.contiguous(),
        "contacts": contacts,
    }


def motion_tensors(lib: MotionLib) -> dict[str, Tensor]:
    """The (M,) tables: first frame, frames, seconds a frame, seconds, weight."""
    counts = lib.num_frames.long()
    step_s = (1.0 / lib.fps.double()).float()
    return {
        "length_starts": counts.cumsum(0) - counts,
        "motion_num_frames": counts,
        "motion_dt": step_s,
        "motion_lengths": ((counts - 1).double() / lib.fps.double()).float(),
        "motion_weights": lib.weights.float().clone(),
    }

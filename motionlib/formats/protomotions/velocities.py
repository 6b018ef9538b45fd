"""Velocities of a packaged MotionLib: which clip tells their rule, and how to make them anew."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from motionlib.formats.fingerprint import telling_motion
from motionlib.formats.protomotions.frames import MappedFrames, chunks
from motionlib.formats.protomotions.marker_layout import BodyLayout
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from motionlib.velocities import VelocityRule, angular_velocity, dof_velocity, linear_velocity


def renewed(states: MotionStates, robot: Robot, fps: float, rule: VelocityRule) -> MotionStates:
    """Poses and contacts of one clip, (T, ...), with velocities made anew by `rule`."""
    dof_pos = states.dof_pos.double()
    return replace(
        states,
        dof_vel=dof_velocity(robot, dof_pos, fps, rule).float(),
        body_lin_vel=linear_velocity(states.body_pos.double(), fps, rule).float(),
        body_ang_vel=angular_velocity(states.body_quat_wxyz.double(), fps, rule).float(),
    )


def velocities_anew(
    content: Mapping[str, Any],
    source: MappedFrames,
    robot: Robot,
    bodies: BodyLayout,
    clips: Sequence[slice],
    fps: Sequence[float],
) -> dict[str, Tensor]:
    """The velocity tensors by `forward_min3`, in memory; zero for marker bodies, nobody asks."""
    made = {key: torch.zeros_like(content[key]).float() for key in ("gvs", "gavs", "dvs")}
    native = torch.tensor(bodies.native)
    for clip, rate in zip(clips, fps, strict=True):
        states = renewed(source.frames(clip), robot, rate, "forward_min3")
        made["dvs"][clip] = states.dof_vel
        made["gvs"][clip] = made["gvs"][clip].index_copy(1, native, states.body_lin_vel)
        made["gavs"][clip] = made["gavs"][clip].index_copy(1, native, states.body_ang_vel)
    return made


def telling_clip(lin_vel: Tensor, clips: Sequence[slice]) -> int:
    """Index of the longest clip that moves, of the longest at all if none does.

    Args:
        lin_vel: (F, L, 3) m/s, gone through in chunks.
        clips: Frames of each clip.
    """
    fastest = [lin_vel[rows].abs().flatten(1).amax(1) for rows in chunks(len(lin_vel))]
    counts = [clip.stop - clip.start for clip in clips]
    return telling_motion(torch.cat(fastest).view(-1, 1, 1), [clip.start for clip in clips], counts)

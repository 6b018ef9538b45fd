"""States of clips at any time: ProtoMotions' rule, operation by operation, in float32.

Two of its habits look odd and are kept, because policies and figures elsewhere depend on them:
rotations nearer than 0.002 rad are averaged whatever the time asked for, and what comes out of the
spherical interpolation is not made unit length again (it is off by at most 5e-5).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.frames import FrameSource
from motionlib.motion import MotionStates
from motionlib.robot import Robot

_AVERAGED_SINE = 0.001
_SMALL_SINE = 1e-5


class Neighbours(NamedTuple):
    """Where each of N queries lies."""

    low: Tensor
    """(N,) int64 flat frame at or before it."""
    high: Tensor
    """(N,) int64 flat frame after it, the clip's last at most."""
    blend: Tensor
    """(N,) f32 share of `high`, in [0, 1]."""


def neighbours(
    *, times_s: Tensor, starts: Tensor, num_frames: Tensor, step_s: Tensor, lengths_s: Tensor
) -> Neighbours:
    """Frames on both sides of each query, times clamped to the clip.

    All arguments are (N,), one row a query, on one device.

    Args:
        times_s: f32 s from the clip's first frame.
        starts: int64 flat number of the clip's first frame.
        num_frames: int64.
        step_s: f32 s between frames.
        lengths_s: f32 s from the first frame to the last; zero for one frame.
    """
    last = num_frames - 1
    time = torch.minimum(times_s.clamp(min=0.0), lengths_s)
    phase = torch.where(last > 0, time / lengths_s, 0.0).clamp(0.0, 1.0)
    low = (phase * last).long()
    blend = ((time - low * step_s) / step_s).clamp(0.0, 1.0)
    return Neighbours(starts + low, starts + torch.minimum(low + 1, last), blend)


def sample_states(source: FrameSource, robot: Robot, at: Neighbours) -> MotionStates:
    """(N, ...) states between neighbouring frames.

    Positions and velocities linear, rotations spherical, contacts of either frame. Dofs linear,
    or by spherical interpolation of the local rotations where they are exponential maps.
    """
    count = len(at.blend)
    rows = torch.cat((at.low, at.high))
    both = source.frames(rows)
    dof_pos = (
        linear(both.dof_pos, at.blend)
        if robot.dof_coordinates == "hinges"
        else rotation_vectors(spherical(source.local_quats(rows), at.blend)[:, 1:]).flatten(1)
    )
    return MotionStates(
        dof_pos=dof_pos,
        dof_vel=linear(both.dof_vel, at.blend),
        body_pos=linear(both.body_pos, at.blend),
        body_quat_wxyz=spherical(both.body_quat_wxyz, at.blend),
        body_lin_vel=linear(both.body_lin_vel, at.blend),
        body_ang_vel=linear(both.body_ang_vel, at.blend),
        body_contact=both.body_contact[:count] | both.body_contact[count:],
    )


def linear(both: Tensor, blend: Tensor) -> Tensor:
    """(N, ...) from (2 N, ...): first the N lower, then the N upper neighbours."""
    low, high = both.split(len(blend))
    t = blend.view(-1, *[1] * (both.ndim - 1))
    return (1.0 - t) * low + t * high


def spherical(both: Tensor, blend: Tensor) -> Tensor:
    """(N, B, 4) wxyz, not renormalised, from (2 N, B, 4) ordered as for `linear`."""
    low, high = both.split(len(blend))
    t = blend.view(-1, 1)
    w, x, y, z = (low * high).unbind(-1)
    cosine = ((x + y) + z) + w  # in the order in which an xyzw product is summed
    sign = torch.where(cosine < 0.0, -1.0, 1.0)
    cosine = cosine.abs()
    angle = torch.acos(cosine)
    sine = torch.sqrt(1.0 - cosine * cosine)
    weight_low = torch.sin((1.0 - t) * angle) / sine
    weight_high = torch.sin(t * angle) / sine
    near, same = sine < _AVERAGED_SINE, cosine >= 1.0
    weight_low = torch.where(near, 0.5, weight_low).masked_fill(same, 1.0)
    weight_high = (torch.where(near, 0.5, weight_high) * sign).masked_fill(same, 0.0)
    return weight_low.unsqueeze(-1) * low + weight_high.unsqueeze(-1) * high


def rotation_vectors(quats_wxyz: Tensor) -> Tensor:
    """(..., 3) rad of (..., 4) rotations; zeros below an angle of about 2e-5 rad."""
    w, xyz = quats_wxyz[..., :1], quats_wxyz[..., 1:]
    sine = torch.sqrt(1.0 - w * w)
    angle = 2.0 * torch.acos(w)
    angle = torch.atan2(torch.sin(angle), torch.cos(angle))
    return torch.where(sine > _SMALL_SINE, angle * (xyz / sine), 0.0)

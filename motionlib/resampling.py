"""Resampling to exactly the asked rate: linear for vectors, slerp for rotations, no stride."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from motionlib.kinematics import exponential_map, local_quats
from motionlib.motion import Motion
from motionlib.rotations import quat_normalize, quat_unroll, slerp

_FRAME_TOLERANCE = 1e-6


def resample_motion(motion: Motion, fps: float) -> Motion:
    """A clip at another rate.

    Frames lie exactly at k / fps from the first one; what is left after the last whole step is
    shorter than one frame and is named in the provenance.

    Args:
        motion: Any clip.
        fps: Asked rate.

    Raises:
        ValueError: `fps` is not positive.
    """
    if not fps > 0.0:
        raise ValueError(f"fps is {fps}, expected a positive number")
    if fps == motion.fps:
        return motion
    frames = math.floor(motion.seconds * fps + _FRAME_TOLERANCE) + 1
    position = torch.arange(frames, dtype=torch.float64) * (motion.fps / fps)
    low = position.floor().long().clamp(max=motion.num_frames - 1)
    high = (low + 1).clamp(max=motion.num_frames - 1)
    blend = (position - low).clamp(0.0, 1.0)
    rest_s = motion.seconds - (frames - 1) / fps
    contact = motion.foot_contact
    if contact is not None:
        contact = contact[torch.where(blend < 0.5, low, high)]
    step = f"resampled {motion.fps:g} -> {fps:g} fps (linear, slerp); {rest_s:.4f} s at the end"
    return replace(
        motion,
        fps=float(fps),
        root_pos=_lerp(motion.root_pos, low, high, blend),
        root_quat_wxyz=_slerp(motion.root_quat_wxyz, low, high, blend),
        dof_pos=_dofs(motion, low, high, blend),
        foot_contact=contact,
        provenance=motion.provenance.then(step),
    )


def _dofs(motion: Motion, low: Tensor, high: Tensor, blend: Tensor) -> Tensor:
    if motion.robot.dof_coordinates == "hinges":
        return _lerp(motion.dof_pos, low, high, blend)
    quats = local_quats(motion.dof_pos.double())
    spread = blend.unsqueeze(-1).expand(-1, quats.shape[1])
    return exponential_map(slerp(quats[low], quats[high], spread)).float()


def _lerp(x: Tensor, low: Tensor, high: Tensor, blend: Tensor) -> Tensor:
    t = blend.unsqueeze(-1)
    return ((1.0 - t) * x[low].double() + t * x[high].double()).float()


def _slerp(q: Tensor, low: Tensor, high: Tensor, blend: Tensor) -> Tensor:
    q = q.double()
    return quat_unroll(quat_normalize(slerp(q[low], q[high], blend))).float()

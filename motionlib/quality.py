"""Quality of one clip on its own robot: small measures that say what they do not see."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from motionlib.contacts import sole_corners
from motionlib.exponential_map import continuous_dofs
from motionlib.motion import Motion, MotionStates
from motionlib.robot import Robot

_DEFAULT_STANCE_HEIGHT = 0.01
"""m, lowest sole corner: below it a foot without labels counts as standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionQuality:
    """One row of the quality table; `walking.measure_table` says units and meanings."""

    motion_name: str
    frames: int
    seconds: float
    foot_slide_mean: float
    foot_slide_max: float
    stance_share: float
    penetration_max: float
    floating_max: float
    limit_excess_max: float
    limit_frames: int
    speed_ratio_max: float
    jump_frames: int
    root_speed_max: float

    def row(self) -> dict[str, str | float | int]:
        """The measures as a table row."""
        return asdict(self)


def measure_motion(motion: Motion, states: MotionStates) -> MotionQuality:
    """All measures of one clip.

    Args:
        motion: The clip.
        states: Its body states.
    """
    stance = stance_frames(motion, states)
    corners = sole_corners(motion.robot, states.body_pos, states.body_quat_wxyz)
    slide = sole_speed(corners, motion.fps)[stance]
    lowest = corners[..., 2].amin(-1)
    excess = limit_excess(motion.robot, motion.dof_pos).amax(-1)
    return MotionQuality(
        motion_name=motion.name,
        frames=motion.num_frames,
        seconds=motion.seconds,
        foot_slide_mean=float(slide.mean()) if slide.numel() else 0.0,
        foot_slide_max=float(slide.max()) if slide.numel() else 0.0,
        stance_share=float(stance.float().mean()) if stance.numel() else 0.0,
        penetration_max=float((-lowest).clamp(min=0.0).max()) if lowest.numel() else 0.0,
        floating_max=float(lowest[stance].clamp(min=0.0).max()) if slide.numel() else 0.0,
        limit_excess_max=float(excess.max()),
        limit_frames=int((excess > 1e-4).sum()),
        speed_ratio_max=speed_ratio(motion.robot, states.dof_vel),
        jump_frames=jump_frames(continuous_dofs(motion.robot, motion.dof_pos)),
        root_speed_max=float(states.body_lin_vel[:, 0].norm(dim=-1).max()),
    )


def stance_frames(motion: Motion, states: MotionStates) -> Tensor:
    """(T, F) bool: the source's own labels, else soles lower than 1 cm.

    Without labels a foot that hovers lower than that counts as standing.
    """
    if motion.foot_contact is not None:
        return motion.foot_contact
    corners = sole_corners(motion.robot, states.body_pos, states.body_quat_wxyz)
    return corners[..., 2].amin(-1) < _DEFAULT_STANCE_HEIGHT


def sole_speed(corners: Tensor, fps: float) -> Tensor:
    """Horizontal speed of the lowest corner of each sole, central differences.

    It sees the corner that is lowest in a frame; a foot that pivots about it slides nowhere.

    Args:
        corners: (T, F, 4, 3) m, world.
        fps: Frames per second.

    Returns:
        (T, F) m/s.
    """
    if corners.shape[0] < 2:
        return torch.zeros(corners.shape[:2])
    velocity = torch.gradient(corners[..., :2], spacing=1.0 / fps, dim=0)[0]
    lowest = corners[..., 2].argmin(-1, keepdim=True)
    return velocity.norm(dim=-1).gather(-1, lowest).squeeze(-1)


def limit_excess(robot: Robot, dof_pos: Tensor) -> Tensor:
    """(T, D) rad by which joints are beyond their limits, 0 inside."""
    limits = torch.as_tensor(robot.dof_limits).to(dof_pos)
    return (limits[:, 0] - dof_pos).clamp(min=0.0) + (dof_pos - limits[:, 1]).clamp(min=0.0)


def speed_ratio(robot: Robot, dof_vel: Tensor) -> float:
    """Largest joint speed over its motor's limit; motors without a stated limit do not count."""
    limits = torch.as_tensor(robot.actuator_profiles[robot.default_profile].velocity_limit).to(
        dof_vel
    )
    return float((dof_vel.abs() / limits).max())


def jump_frames(dof_pos: Tensor) -> int:
    """Frames whose largest joint step exceeds 3 x the larger neighbouring step and 0.1 rad.

    It sees single-frame jumps; a fast but smooth swing is none.
    """
    if dof_pos.shape[0] < 4:
        return 0
    steps = dof_pos.diff(dim=0).abs()
    neighbours = torch.maximum(
        torch.cat((steps[1:2], steps[:-1])), torch.cat((steps[1:], steps[-2:-1]))
    )
    return int(((steps > 3.0 * neighbours) & (steps > 0.1)).any(-1).sum())

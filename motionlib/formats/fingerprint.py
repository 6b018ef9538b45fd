"""The rule by which a foreign file's velocities were made, told from its positions."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from motionlib.velocities import VelocityRule, angular_velocity, linear_velocity

_SHARE = 0.98
"""Share of (frame, body) pairs that must match; isolated frames differ where two horizons tie."""
_LINEAR_TOLERANCE = 2e-3
"""m/s; float32 positions differentiated at 120 fps differ by a tenth of it."""
_ANGULAR_TOLERANCE = 1e-2
"""rad/s; float32 quaternions give angles to about 1e-4 rad."""
_MIN_FRAMES = 5
_STILL = 0.05
"""m/s: a clip that never exceeds it tells nothing."""

UNKNOWN = "unknown"

_RULES: dict[tuple[str, str], VelocityRule] = {
    ("central", "central"): "central",
    ("forward_min3", "forward_min3"): "forward_min3",
    ("central", "forward, one frame late"): "protomotions_2025",
    ("forward_min3", "forward_min3, one frame late"): "protomotions_2026h1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityFingerprint:
    """Rules that reproduce the stored velocities."""

    linear: str
    """`central`, `forward_min3`, `forward_min3 (horizontal)`, `still`, `unknown`."""
    angular: str
    """`central`, `forward_min3`, `forward_min3, one frame late`, `forward, one frame late`, ..."""
    generation: str
    """`A`, `B` or `C` of ProtoMotions' converters, `ours (central)`, or `unknown`."""
    linear_share: float
    """Share of (frame, body) pairs that the linear rule reproduces."""
    angular_share: float
    note: str

    @property
    def velocity_rule(self) -> VelocityRule | None:
        """The rule of ours that the velocities follow throughout, None if there is none."""
        return _RULES.get((self.linear, self.angular))


def fingerprint_velocities(
    *, body_pos: Tensor, body_quat_wxyz: Tensor, lin_vel: Tensor, ang_vel: Tensor, fps: float
) -> VelocityFingerprint:
    """Compare one clip's stored velocities with what each known rule gives.

    Args:
        body_pos: (T, B, 3) m.
        body_quat_wxyz: (T, B, 4).
        lin_vel: (T, B, 3) m/s as stored.
        ang_vel: (T, B, 3) rad/s as stored.
        fps: Rate.
    """
    if body_pos.shape[0] < _MIN_FRAMES:
        return _verdict("unknown", 0.0, "unknown", 0.0, f"fewer than {_MIN_FRAMES} frames")
    linear, linear_share, lift = _linear(body_pos.double(), lin_vel.double(), fps)
    angular, angular_share = _angular(body_quat_wxyz.double(), ang_vel.double(), fps)
    note = ""
    if linear == "forward_min3 (horizontal)":
        note = (
            f"vertical velocities differ from the positions by up to {lift:.2f} m/s: the "
            "converter lifted single frames after it had differentiated"
        )
    return _verdict(linear, linear_share, angular, angular_share, note)


def telling_motion(lin_vel: Tensor, starts: Sequence[int], counts: Sequence[int]) -> int:
    """Index of the longest motion that moves, of the longest at all if none does.

    Args:
        lin_vel: (F, B, 3) m/s, all motions one after the other.
        starts: First frame of each motion.
        counts: Frames of each motion.
    """
    moves = lin_vel.abs().flatten(1).amax(1) > _STILL
    return max(
        range(len(counts)),
        key=lambda m: (bool(moves[starts[m] : starts[m] + counts[m]].any()), counts[m]),
    )


def _linear(body_pos: Tensor, stored: Tensor, fps: float) -> tuple[str, float, float]:
    candidates = {
        "central": linear_velocity(body_pos, fps, "central"),
        "forward_min3": linear_velocity(body_pos, fps, "forward_min3"),
    }
    best, share = _best(candidates, stored, _LINEAR_TOLERANCE)
    if best != UNKNOWN:
        return best, share, 0.0
    level = _share(_nearest_horizon(body_pos, stored, fps), stored[..., :2], _LINEAR_TOLERANCE)
    if level >= _SHARE:
        excess = (candidates["forward_min3"] - stored)[..., 2].abs().max()
        return "forward_min3 (horizontal)", level, float(excess)
    return UNKNOWN, share, 0.0


def _nearest_horizon(body_pos: Tensor, stored: Tensor, fps: float) -> Tensor:
    """(T, B, 2) of the forward differences over one to three frames the one nearest to `stored`.

    Which of the three is smallest depends on the vertical part, which a later lift has changed.
    """
    level, target = body_pos[..., :2], stored[..., :2]
    best = torch.full_like(target, torch.inf)
    for horizon in (1, 2, 3):
        ahead = (level[horizon:] - level[:-horizon]) * (fps / horizon)
        ahead = torch.cat((ahead, ahead[-1:].expand(horizon, *ahead.shape[1:])))
        nearer = (ahead - target).norm(dim=-1, keepdim=True)
        best = torch.where(nearer < (best - target).norm(dim=-1, keepdim=True), ahead, best)
    return best


def _angular(body_quat_wxyz: Tensor, stored: Tensor, fps: float) -> tuple[str, float]:
    rules: dict[str, VelocityRule] = {
        "central": "central",
        "forward_min3": "forward_min3",
        "forward_min3, one frame late": "protomotions_2026h1",
        "forward, one frame late": "protomotions_2025",
    }
    candidates = {name: angular_velocity(body_quat_wxyz, fps, r) for name, r in rules.items()}
    return _best(candidates, stored, _ANGULAR_TOLERANCE)


def _best(candidates: dict[str, Tensor], stored: Tensor, tolerance: float) -> tuple[str, float]:
    if float(stored.abs().max()) < tolerance:
        return "still", 1.0
    shares = {name: _share(value, stored, tolerance) for name, value in candidates.items()}
    best = max(shares, key=lambda name: shares[name])
    return (best if shares[best] >= _SHARE else UNKNOWN), shares[best]


def _share(value: Tensor, stored: Tensor, tolerance: float) -> float:
    return float(((value - stored).norm(dim=-1) < tolerance).double().mean())


def _verdict(
    linear: str, linear_share: float, angular: str, angular_share: float, note: str
) -> VelocityFingerprint:
    generations = {
        ("central", "forward, one frame late"): "A",
        ("forward_min3", "forward_min3, one frame late"): "B",
        ("forward_min3 (horizontal)", "forward_min3, one frame late"): "B",
        ("forward_min3", "forward_min3"): "C",
        ("forward_min3 (horizontal)", "forward_min3"): "C",
        ("central", "central"): "ours (central)",
    }
    return VelocityFingerprint(
        linear=linear,
        angular=angular,
        generation=generations.get((linear, angular), UNKNOWN),
        linear_share=linear_share,
        angular_share=angular_share,
        note=note,
    )

"""What an action says of a human body over time, before legs are solved: pelvis, feet, trunk, arms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from motionlib.synthesis.human_body import HumanBody

LEFT, RIGHT = 0, 1
SIDE_SIGN = np.array([1.0, -1.0])
"""Sign of the left and of the right side along the body's y axis."""
HANG = 1.36
"""rad that an arm hangs below the horizontal of the T pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """Channels of T frames; planar ones in the frame in which the action began (x forward)."""

    pelvis: np.ndarray
    """(T, 6): x, y m; z m above standing; roll, pitch, yaw rad."""
    feet: np.ndarray
    """(T, 2, 5): x, y m of the toe joint, lift m, yaw and pitch rad (heel up)."""
    spine: np.ndarray
    """(T, 3) rad rotation vector of the chest to the pelvis."""
    head: np.ndarray
    """(T, 3) rad rotation vector of the head to the chest."""
    arms: np.ndarray
    """(T, 2, 6) rad, as the left arm has them: forwards, raised to the side, twist, elbow bent
    forwards, elbow bent upwards, wrist bent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One action: it begins and ends standing still."""

    name: str
    duration: float
    """s."""
    end: tuple[float, float, float]
    """x, y m and yaw rad of where it ends, in the frame in which it began."""
    tracks: Callable[[np.ndarray], Tracks]
    """(T,) s since it began, in [0, duration], to its channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one person holds and moves the body."""

    toe_out: float = 0.12
    """rad."""
    half_width: float = 0.09
    """m from the middle to a foot."""
    lean: float = 0.03
    """rad of the trunk, forwards."""
    head_pitch: float = 0.0
    head_yaw: float = 0.0
    elbow: float = 0.3
    """rad bent when the arm hangs."""
    raised: float = 0.0
    """rad that the arms stand off the body, beyond `HANG`."""
    twist: float = 0.0
    energy: float = 1.0
    """Scale of swings."""
    tempo: float = 1.0
    """Scale of speeds."""


def random_style(rng: np.random.Generator, body: HumanBody) -> Style:
    """A person."""
    return Style(
        toe_out=rng.uniform(0.02, 0.22),
        half_width=body.stance_half_width * rng.uniform(0.9, 1.35),
        lean=rng.uniform(-0.02, 0.08),
        head_pitch=rng.uniform(-0.08, 0.15),
        head_yaw=rng.uniform(-0.12, 0.12),
        elbow=rng.uniform(0.15, 0.5),
        raised=rng.uniform(-0.05, 0.12),
        twist=rng.uniform(-0.15, 0.15),
        energy=rng.uniform(0.7, 1.3),
        tempo=rng.uniform(0.85, 1.15),
    )


def standing(body: HumanBody, style: Style, frames: int) -> Tracks:
    """The pose in which every action begins and ends, as writable arrays."""
    feet = np.zeros((frames, 2, 5))
    feet[:, :, 0] = body.ball[0, 0]
    feet[:, :, 1] = SIDE_SIGN * style.half_width
    feet[:, :, 3] = SIDE_SIGN * style.toe_out
    spine, head = np.zeros((frames, 3)), np.zeros((frames, 3))
    spine[:, 1] = style.lean
    head[:, 1:] = style.head_pitch - style.lean, style.head_yaw
    arms = np.zeros((frames, 2, 6))
    arms[:, :, 1:4] = style.raised, style.twist, style.elbow
    return Tracks(pelvis=np.zeros((frames, 6)), feet=feet, spine=spine, head=head, arms=arms)


def placed(tracks: Tracks, x: float, y: float, yaw: float) -> Tracks:
    """An action begun elsewhere on the ground; pelvis and feet are moved in place."""
    turn = np.array([[np.cos(yaw), np.sin(yaw)], [-np.sin(yaw), np.cos(yaw)]])
    for channel, heading in ((tracks.pelvis, 5), (tracks.feet, 3)):
        channel[..., :2] = channel[..., :2] @ turn + (x, y)
        channel[..., heading] += yaw
    return tracks


def joined(parts: Sequence[Tracks]) -> Tracks:
    """Actions one after another."""
    if len(parts) == 1:
        return parts[0]
    names = [each.name for each in fields(Tracks)]
    return Tracks(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def smooth(x: np.ndarray) -> np.ndarray:
    """0 to 1 over [0, 1] with neither speed nor acceleration at the ends; clamped outside."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * x * (10.0 + x * (6.0 * x - 15.0))


def between(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """`smooth` from `start` to `end`, s."""
    return smooth((t - start) / (end - start))


def raised_and_lowered(t: np.ndarray, *, rise: float, hold: float, fall: float) -> np.ndarray:
    """0 to 1 in `rise` s, 1 for `hold` s, and back in `fall` s."""
    return between(t, 0.0, rise) * (1.0 - between(t, rise + hold, rise + hold + fall))

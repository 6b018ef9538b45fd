"""Where the feet are, seen from the trunk, at every phase of a steady walk."""

from dataclasses import dataclass

import numpy as np

from motionlib.errors import MotionError


@dataclass(frozen=True, slots=True, kw_only=True)
class GaitShape:
    """What the command leaves open about a walk."""

    period_s: float
    """s for a step of either foot."""
    double_support: float
    """Share of the period in which both feet stand."""
    lift: float
    """m, height of the swinging sole at its middle."""
    sway: float
    """m, amplitude of the trunk over the stance foot."""
    bob: float
    """m, how much lower than in the default pose the trunk walks."""

    def __post_init__(self) -> None:
        if not (self.period_s > 0 and 0 < self.double_support < 0.9 and self.lift >= 0):
            raise MotionError(
                f"gait shape {self}: expected a positive period, a double support in (0, .9) "
                "and no negative lift"
            )

    @property
    def stance(self) -> float:
        """Share of the period that one foot stands."""
        return 0.5 + 0.5 * self.double_support


def sway(phases: np.ndarray, shape: GaitShape) -> np.ndarray:
    """(S, 2) m by which the trunk leads its mean path, largest over each foot's mid-stance.

    The left foot stands from phase 0 on, so its mid-stance lies at half the stance share.
    """
    lateral = shape.sway * np.cos(2.0 * np.pi * (phases - 0.5 * shape.stance))
    return np.stack((np.zeros_like(lateral), lateral), axis=1)


def foot_targets(
    commands: np.ndarray,
    home: np.ndarray,
    side: int,
    phases: np.ndarray,
    shape: GaitShape,
) -> tuple[np.ndarray, np.ndarray]:
    """Place of one sole in the trunk frame.

    In stance the sole stays put on the ground while the trunk follows the command; in swing it
    returns on a path whose place, velocity and acceleration join those of stance.

    Args:
        commands: (C, 3) m/s, m/s, rad/s.
        home: (3,) m, the sole's place in the default pose, trunk frame.
        side: 0 for the foot that touches down at phase 0, 1 for half a period later.
        phases: (S,) in [0, 1).
        shape: The gait.

    Returns:
        (C, S, 3) m and (C, S) rad yaw, trunk frame.
    """
    since = (phases - 0.5 * side) % 1.0
    stance = since < shape.stance
    # seconds from mid-stance; the same clock runs on through the swing
    seconds = (since - 0.5 * shape.stance) * shape.period_s
    planar = np.empty((len(commands), len(phases), 3))
    planar[:, stance] = _standing(commands, home, seconds[stance])
    swing_s = (1.0 - shape.stance) * shape.period_s
    progress = (since[~stance] - shape.stance) / (1.0 - shape.stance)
    planar[:, ~stance] = _Swing(commands, home, 0.5 * shape.stance * shape.period_s, swing_s)(
        progress
    )
    height = np.zeros(len(phases))
    height[~stance] = shape.lift * 64.0 * (progress * (1.0 - progress)) ** 3
    place = np.empty_like(planar)
    place[..., :2] = planar[..., :2] - sway(phases, shape)
    place[..., 2] = home[2] + shape.bob + height
    return place, planar[..., 2]


def _standing(commands: np.ndarray, home: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """(C, S, 3) x, y, yaw of a foot at rest that is at home at time 0, seen from the trunk."""
    turned = commands[:, 2:] * seconds
    # the trunk's own displacement since mid-stance, along an arc
    small = np.abs(turned) < 1e-9
    safe = np.where(small, 1.0, turned)
    along = np.where(small, 1.0, np.sin(safe) / safe) * seconds
    across = np.where(small, 0.0, (1.0 - np.cos(safe)) / safe) * seconds
    moved_x = along * commands[:, :1] - across * commands[:, 1:2]
    moved_y = across * commands[:, :1] + along * commands[:, 1:2]
    rest_x, rest_y = home[0] - moved_x, home[1] - moved_y
    cos, sin = np.cos(turned), np.sin(turned)
    return np.stack((cos * rest_x + sin * rest_y, cos * rest_y - sin * rest_x, -turned), axis=-1)


class _Swing:
    """Quintic from lift-off to touch-down, matched to stance in place, velocity, acceleration."""

    def __init__(
        self, commands: np.ndarray, home: np.ndarray, half_stance_s: float, swing_s: float
    ) -> None:
        step = 1e-4
        offsets = np.array([-step, 0.0, step])
        ends = [_standing(commands, home, at + offsets) for at in (half_stance_s, -half_stance_s)]
        rows = []
        for end in ends:
            rows.append(end[:, 1])
            rows.append((end[:, 2] - end[:, 0]) / (2.0 * step) * swing_s)
            rows.append((end[:, 2] - 2.0 * end[:, 1] + end[:, 0]) / step**2 * swing_s**2)
        self._weights = np.einsum("ij,jck->ick", np.linalg.inv(_quintic_ends()), np.stack(rows))

    def __call__(self, progress: np.ndarray) -> np.ndarray:
        """(C, S, 3) at progress (S,) in [0, 1]."""
        powers = progress[:, None] ** np.arange(6)
        return np.einsum("si,ick->csk", powers, self._weights)


def _quintic_ends() -> np.ndarray:
    """Value, slope and curvature of the powers 0 to 5 at 0 and at 1, (6, 6)."""
    power = np.arange(6)
    rows = []
    for at in (0.0, 1.0):
        rows.append(at**power)
        rows.append(power * at ** np.maximum(power - 1, 0))
        rows.append(power * (power - 1) * at ** np.maximum(power - 2, 0))
    return np.asarray(rows, dtype=np.float64)

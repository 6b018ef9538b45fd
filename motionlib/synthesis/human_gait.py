"""Walking, running and turning: footholds along a smooth path, swings between them."""

from dataclasses import dataclass

import numpy as np

from motionlib.synthesis.human_body import HumanBody
from motionlib.synthesis.human_tracks import SIDE_SIGN, Plan, Style, Tracks, smooth, standing

_GRID_S = 0.01
_GRAVITY = 9.81
_LEAD_S, _TAIL_S = 0.25, 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait:
    """Parameters of one walk or run."""

    speed: float
    """m/s once under way."""
    turn_rate: float
    """rad/s counter-clockwise."""
    period: float
    """s between two steps of one foot."""
    swing: float
    """Share of the period in which a foot is in the air; above one half it is a run."""
    lift: float
    """m, of a foot."""
    heel: float
    """rad that the heel is up when the toes leave the ground."""
    bounce: float
    """m that the pelvis moves up and down, twice a period."""
    drop: float
    """m that the pelvis is lower, on average, than in standing."""
    arm_swing: float
    """rad, either way."""
    elbow: float
    """rad bent beyond the style's."""
    lean: float
    """rad of the trunk forwards."""
    ramp: float
    """s to reach the speed and to lose it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """Where the body is over time, on a grid of its own so that the frame rate changes nothing."""

    time: np.ndarray
    pose: np.ndarray
    """(N, 3) x, y, yaw."""
    effort: np.ndarray
    """(N,) 0 standing, 1 at full speed."""

    def at(self, t: np.ndarray) -> np.ndarray:
        """(..., 3) x, y, yaw."""
        return np.stack([np.interp(t, self.time, self.pose[:, i]) for i in range(3)], axis=-1)

    def effort_at(self, t: np.ndarray) -> np.ndarray:
        return np.interp(t, self.time, self.effort)


def plan_gait(
    body: HumanBody, style: Style, gait: Gait, *, seconds: float, name: str, first: int = 0
) -> Plan:
    """Steps from standing to standing.

    Args:
        body: Who walks.
        style: How.
        gait: Its parameters.
        seconds: About how long; whole steps are made of it, two at least.
        name: Of the action.
        first: The foot that steps first, 0 left or 1 right.
    """
    half = 0.5 * gait.period
    steps = max(2, round((seconds - _LEAD_S - _TAIL_S) / half))
    duration = _LEAD_S + (steps - 1) * half + gait.swing * gait.period + _TAIL_S
    path = _path(gait, start=_LEAD_S, stop=_LEAD_S + (steps - 1) * half + 0.8 * gait.period * 0.5)
    starts = _LEAD_S + half * np.arange(steps)
    feet = [
        _Foot.plan(body, style, gait, path, side=side, starts=starts[(side - first) % 2 :: 2])
        for side in (0, 1)
    ]

    def tracks(t: np.ndarray) -> Tracks:
        result = standing(body, style, len(t))
        for side, foot in enumerate(feet):
            result.feet[:, side] = foot.at(t, gait)
        _body(result, t, path, gait, style, first)
        return result

    x, y, yaw = path.pose[-1].tolist()
    return Plan(name=name, duration=duration, end=(x, y, yaw), tracks=tracks)


def _path(gait: Gait, *, start: float, stop: float) -> _Path:
    count = int(np.ceil((stop - start) / _GRID_S)) + 1
    time = np.linspace(start, stop, count)
    ramp = min(gait.ramp, 0.5 * (stop - start))
    effort = smooth((time - start) / ramp) * smooth((stop - time) / ramp)
    step = time[1] - time[0]

    def integral(rate: np.ndarray) -> np.ndarray:
        return np.concatenate(([0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1])) * step))

    yaw = integral(gait.turn_rate * effort)
    x = integral(gait.speed * effort * np.cos(yaw))
    y = integral(gait.speed * effort * np.sin(yaw))
    return _Path(time=time, pose=np.stack((x, y, yaw), axis=-1), effort=effort)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foot:
    """One foot's holds and the swings between them."""

    holds: np.ndarray
    """(K + 1, 3) x, y m of the toe joint, yaw rad."""
    starts: np.ndarray
    """(K,) s."""
    swings: np.ndarray
    """(K,) s each swing lasts."""
    efforts: np.ndarray
    """(K,) 0 to 1: how far this step is a full one."""

    @classmethod
    def plan(
        cls,
        body: HumanBody,
        style: Style,
        gait: Gait,
        path: _Path,
        *,
        side: int,
        starts: np.ndarray,
    ) -> "_Foot":
        walking = min(gait.swing, 0.42)
        effort = path.effort_at(starts + 0.5 * gait.swing * gait.period)
        swings = gait.period * (walking + (gait.swing - walking) * effort)
        lands = np.concatenate(((starts + swings)[:-1], path.time[-1:]))
        leaves = np.concatenate((starts[1:], path.time[-1:]))
        # halfway in space, not in time: a foot must not stay too far behind who speeds up
        poses = np.concatenate((path.at(np.zeros(1)), 0.5 * (path.at(lands) + path.at(leaves))))
        neutral = np.array([body.ball[side, 0], SIDE_SIGN[side] * style.half_width])
        # a foot at speed lands a little nearer: the toes' roll makes up for it behind
        ahead = np.concatenate(([0.0], effort[:-1], [0.0])) * -foot_roll(gait.speed)
        cos, sin = np.cos(poses[:, 2]), np.sin(poses[:, 2])
        along = neutral[0] + ahead
        x = poses[:, 0] + cos * along - sin * neutral[1]
        y = poses[:, 1] + sin * along + cos * neutral[1]
        yaw = poses[:, 2] + SIDE_SIGN[side] * style.toe_out
        holds = np.stack((x, y, yaw), axis=-1)
        strides = np.linalg.norm(np.diff(holds[:, :2], axis=0), axis=-1)
        turns = np.abs(np.diff(holds[:, 2]))
        full = max(gait.speed * gait.period, abs(gait.turn_rate) * gait.period * 0.3, 0.3)
        efforts = np.clip((strides + 0.3 * turns) / full, 0.25, 1.0)
        return cls(holds=holds, starts=starts, swings=swings, efforts=efforts)

    def at(self, t: np.ndarray, gait: Gait) -> np.ndarray:
        """(T, 5) as `Tracks.feet` has them."""
        # the heel rises before the toes leave, so a step begins there
        rise = 0.22 * gait.period
        step = np.clip(np.searchsorted(self.starts - rise, t, side="right") - 1, 0, None)
        u = np.clip((t - self.starts[step]) / self.swings[step], 0.0, 1.0)
        hold, target = self.holds[step], self.holds[step + 1]
        moved = 0.6 * u * u * (3.0 - 2.0 * u) + 0.4 * smooth(u)
        effort = self.efforts[step]
        early = u**0.8
        arc = 16.0 * np.square(early * (1.0 - early))
        heel_up = smooth((t - self.starts[step] + rise) / rise) * (1.0 - smooth(u / 0.8))
        pitch = effort * gait.heel * heel_up
        planar = hold + moved[:, None] * (target - hold)
        lift = effort * gait.lift * arc
        return np.column_stack((planar[:, :2], lift, planar[:, 2], pitch))


def _body(tracks: Tracks, t: np.ndarray, path: _Path, gait: Gait, style: Style, first: int) -> None:
    """Pelvis, trunk and arms in time with the steps; everything fades out with the speed."""
    pose, effort = path.at(t), path.effort_at(t)
    # of the left foot: when it lands, and the middle of its stance
    left_start = _LEAD_S + 0.5 * gait.period * first
    landing = 2.0 * np.pi * (t - left_start - gait.swing * gait.period) / gait.period
    stance = landing - np.pi * (1.0 - gait.swing)
    ahead, over = effort * np.cos(landing), effort * np.cos(stance)
    twice = effort * np.cos(2.0 * stance)
    runs = gait.swing > 0.5
    sway = (0.012 if runs else 0.022) * style.energy * over
    tracks.pelvis[:, 0] = pose[:, 0] - np.sin(pose[:, 2]) * sway
    tracks.pelvis[:, 1] = pose[:, 1] + np.cos(pose[:, 2]) * sway
    tracks.pelvis[:, 2] = gait.bounce * (-twice if runs else twice) - gait.drop * (
        1.0 - np.square(1.0 - effort)  # the first steps are long already
    )
    tracks.pelvis[:, 3] = 0.035 * style.energy * over
    tracks.pelvis[:, 4] = 0.5 * gait.lean * effort
    stride = min(gait.speed / 1.3, 1.5)
    tracks.pelvis[:, 5] = pose[:, 2] - 0.07 * stride * ahead
    tracks.spine[:, 0] = -0.8 * tracks.pelvis[:, 3]
    tracks.spine[:, 1] += 0.5 * gait.lean * effort
    tracks.spine[:, 2] = 0.15 * stride * style.energy * ahead
    tracks.head[:, 1] -= 0.8 * gait.lean * effort
    tracks.head[:, 2] -= 0.08 * stride * style.energy * ahead - 0.25 * gait.turn_rate * effort
    swing = gait.arm_swing * style.energy
    for side in (0, 1):
        forwards = -SIDE_SIGN[side] * ahead
        tracks.arms[:, side, 0] = swing * forwards - 0.05 * effort
        tracks.arms[:, side, 3] += gait.elbow * effort + 0.35 * swing * (effort + forwards)


def foot_roll(speed: float) -> float:
    """How much further a foot stays behind than it lands ahead, over two, m."""
    return 0.06 * min(speed, 1.6)


def landing_dip(body: HumanBody, *, speed: float, period: float, swing: float) -> float:
    """How much lower than over a straight leg the hips must be when a foot lands, m."""
    reach = max(0.5 * speed * period * (1.0 - swing) - foot_roll(speed), 0.0)
    return body.leg - float(np.sqrt(max(body.leg**2 - reach**2, 0.25 * body.leg**2)))


def free_fall_bounce(period: float) -> float:
    """m: the amplitude at which a pelvis that moves up and down twice a period falls freely."""
    return _GRAVITY / (4.0 * np.pi / period) ** 2

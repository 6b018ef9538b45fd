"""Actions that a made person can do, each from standing to standing, drawn at random."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from motionlib.errors import nearest_names
from motionlib.synthesis.human_body import HumanBody
from motionlib.synthesis.human_gait import Gait, free_fall_bounce, landing_dip, plan_gait
from motionlib.synthesis.human_jump import plan_jump
from motionlib.synthesis.human_tracks import (
    Plan,
    Style,
    Tracks,
    between,
    raised_and_lowered,
    standing,
)

Planner = Callable[[HumanBody, Style, np.random.Generator, float], Plan]
"""Body, style, randomness and about how many seconds, to an action."""


def plan_walk(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """A walk, straight or along a bend."""
    speed = rng.uniform(0.6, 1.35) * style.tempo
    period = 1.25 - 0.14 * speed + rng.uniform(-0.04, 0.04)
    turn = 0.0 if rng.random() < 0.5 else rng.uniform(-0.6, 0.6)
    return _gait(body, style, rng, seconds, name="walk", speed=speed, period=period, turn=turn)


def plan_turn(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """A turn on the spot by small steps."""
    rate = rng.choice((-1.0, 1.0)) * rng.uniform(0.6, 1.5) * style.tempo
    return _gait(body, style, rng, seconds, name="turn", speed=0.0, period=0.95, turn=rate)


def plan_run(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """A run: both feet leave the ground in every step."""
    speed = rng.uniform(1.9, 2.7) * style.tempo
    period, swing = rng.uniform(0.66, 0.74), rng.uniform(0.59, 0.63)
    dip = landing_dip(body, speed=speed, period=period, swing=swing)
    bounce = free_fall_bounce(period)
    gait = Gait(
        speed=speed,
        turn_rate=0.0 if rng.random() < 0.5 else rng.uniform(-0.5, 0.5),
        period=period,
        swing=swing,
        lift=0.1 + 0.045 * speed,
        heel=0.75,
        bounce=bounce,
        drop=dip + 0.8 * bounce + 0.02,
        arm_swing=0.6,
        elbow=1.0,
        lean=0.16,
        ramp=1.8 * period,
    )
    first = int(rng.integers(2))
    return plan_gait(body, style, gait, seconds=max(seconds, 2.6), name="run", first=first)


def _gait(
    body: HumanBody,
    style: Style,
    rng: np.random.Generator,
    seconds: float,
    *,
    name: str,
    speed: float,
    period: float,
    turn: float,
) -> Plan:
    swing = rng.uniform(0.39, 0.42)
    dip = landing_dip(body, speed=speed, period=period, swing=swing)
    gait = Gait(
        speed=speed,
        turn_rate=turn,
        period=period,
        swing=swing,
        lift=0.05 + 0.025 * speed,
        heel=0.25 + 0.3 * min(speed, 1.4),
        bounce=0.35 * dip + 0.003,
        drop=0.75 * dip + 0.012,
        arm_swing=0.08 + 0.28 * speed,
        elbow=0.12 * speed,
        lean=0.05 * speed,
        ramp=0.75 * period,
    )
    first = int(turn < 0.0) if speed == 0.0 else int(rng.integers(2))
    return plan_gait(body, style, gait, seconds=seconds, name=name, first=first)


def plan_squat(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """Squats with flat feet."""
    depth = rng.uniform(0.25, 0.6) * body.leg
    fall, hold, rise = rng.uniform(0.7, 1.1), rng.uniform(0.05, 0.6), rng.uniform(0.6, 1.0)
    pause = 0.3
    rest = fall + hold + rise + pause
    count = max(1, round((seconds - pause) / rest))
    forwards, sideways = rng.uniform(0.2, 1.5), rng.uniform(0.0, 0.25)

    def tracks(t: np.ndarray) -> Tracks:
        result = standing(body, style, len(t))
        phase = np.where(t < count * rest, np.mod(t, rest), 0.0) - 0.5 * pause
        deep = raised_and_lowered(phase, rise=fall, hold=hold, fall=rise)
        share = depth / body.leg
        result.pelvis[:, 2] = -depth * deep
        result.pelvis[:, 0] = -0.28 * depth * deep
        result.pelvis[:, 4] = 0.95 * share * deep
        result.spine[:, 1] += 0.45 * share * deep
        result.head[:, 1] -= 0.9 * share * deep
        result.arms[:, :, 0] += (forwards * deep)[:, None]
        result.arms[:, :, 1] += (sideways * deep)[:, None]
        return result

    return Plan(name="squat", duration=count * rest + pause, end=(0.0, 0.0, 0.0), tracks=tracks)


def plan_wave(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """One arm is raised, the forearm waves, the arm comes down."""
    side = int(rng.integers(2))
    high, rate = rng.uniform(0.9, 1.5), rng.uniform(1.1, 2.2)
    width, bent = rng.uniform(0.25, 0.5), rng.uniform(0.9, 1.3)
    rise, fall = rng.uniform(0.5, 0.8), rng.uniform(0.6, 0.9)
    duration = max(seconds, rise + fall + 0.8)
    lean = rng.uniform(0.0, 0.06) * (1 if side else -1)

    def tracks(t: np.ndarray) -> Tracks:
        result = standing(body, style, len(t))
        up = raised_and_lowered(t, rise=rise, hold=duration - rise - fall - 0.1, fall=fall)
        steady = between(t, 0.6 * rise, 1.4 * rise) * (
            1.0 - between(t, duration - 1.3 * fall, duration - 0.5 * fall)
        )
        arm = result.arms[:, side]
        arm[:, 0] += 0.25 * up
        arm[:, 1] += high * up
        arm[:, 3] += (0.2 - style.elbow) * up
        arm[:, 4] = bent * up + width * steady * np.sin(2.0 * np.pi * rate * t)
        arm[:, 5] = -0.3 * width * steady * np.sin(2.0 * np.pi * rate * t - 0.6)
        result.spine[:, 0] = lean * up
        result.head[:, 0] = -0.5 * lean * up
        return result

    return Plan(name="wave", duration=duration, end=(0.0, 0.0, 0.0), tracks=tracks)


def plan_sit_down(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """Sitting down on a seat that is not there to see, staying, and standing up."""
    seat = rng.uniform(0.5, 0.58) - body.standing_height
    back = rng.uniform(0.75, 0.9) * float(np.linalg.norm(body.knee[0]))
    fall, rise = rng.uniform(1.1, 1.6), rng.uniform(1.0, 1.5)
    duration = max(seconds, fall + rise + 0.8)
    hold = duration - fall - rise - 0.3
    lap = rng.uniform(0.25, 0.5)

    def tracks(t: np.ndarray) -> Tracks:
        result = standing(body, style, len(t))
        since = t - 0.15
        down = raised_and_lowered(since, rise=fall, hold=hold, fall=rise)
        # the trunk comes forwards while the weight is carried by the feet
        moving = 16.0 * np.square(down * (1.0 - down))
        result.pelvis[:, 0] = -back * down
        result.pelvis[:, 2] = seat * down
        result.pelvis[:, 4] = 0.55 * moving - 0.08 * down
        result.spine[:, 1] += 0.35 * moving + 0.05 * down
        result.head[:, 1] -= 0.45 * moving
        result.arms[:, :, 0] += (lap * down + 0.25 * moving)[:, None]
        result.arms[:, :, 3] += (0.75 * down)[:, None]
        return result

    return Plan(name="sit_down", duration=duration, end=(0.0, 0.0, 0.0), tracks=tracks)


def plan_stand(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """Standing about: the weight shifts, the head looks round."""
    duration = max(seconds, 0.8)
    rates, phases = rng.uniform(0.12, 0.5, 8), rng.uniform(0.0, 2.0 * np.pi, 8)
    sizes = rng.uniform(0.4, 1.0, 8) * (0.015, 0.03, 0.05, 0.06, 0.4, 0.12, 0.15, 0.15)

    def tracks(t: np.ndarray) -> Tracks:
        result = standing(body, style, len(t))
        ramp = min(0.5, 0.4 * duration)
        awake = raised_and_lowered(t, rise=ramp, hold=duration - 2.0 * ramp, fall=ramp)
        waves = np.sin(2.0 * np.pi * rates * t[:, None] + phases) * sizes * awake[:, None]
        result.pelvis[:, :2] = waves[:, :2]
        result.pelvis[:, 2] = -2.0 * np.square(waves[:, :2]).sum(-1)
        result.pelvis[:, 3:5] = -waves[:, 1:2] * (0.5, 0.0)
        result.spine[:, [0, 2]] += waves[:, 2:4]
        result.head[:, [2, 1]] += waves[:, 4:6]
        result.arms[:, :, 0] += waves[:, 6:8]
        return result

    return Plan(name="stand", duration=duration, end=(0.0, 0.0, 0.0), tracks=tracks)


ACTIONS: Mapping[str, Planner] = {
    "walk": plan_walk,
    "run": plan_run,
    "turn": plan_turn,
    "squat": plan_squat,
    "wave": plan_wave,
    "jump": plan_jump,
    "sit_down": plan_sit_down,
    "stand": plan_stand,
}
"""Every action by name."""


def check_actions(names: Sequence[str]) -> None:
    """Whether all are in `ACTIONS`.

    Raises:
        ValueError: One is not; offers the nearest.
    """
    for name in names:
        if name not in ACTIONS:
            raise ValueError(f"unknown action {name!r}; {nearest_names(name, ACTIONS)}")

"""A standing jump: crouch, push, free flight, landing."""

import numpy as np

from motionlib.synthesis.human_body import HumanBody
from motionlib.synthesis.human_tracks import Plan, Style, Tracks, between, smooth, standing

_GRAVITY = 9.81
_BLEND_M = 0.008
_LEAD_S, _CROUCH_S, _RISE_S, _TAIL_S = 0.15, 0.5, 0.6, 0.2


def plan_jump(body: HumanBody, style: Style, rng: np.random.Generator, seconds: float) -> Plan:
    """One jump, on the spot or forwards; standing fills what is left of the asked seconds."""
    flight = rng.uniform(0.32, 0.52)
    speed = 0.5 * _GRAVITY * flight
    heel = rng.uniform(0.55, 0.75)
    top = _heel_gain(body, heel) - 0.012
    deep, landed = rng.uniform(0.2, 0.32), rng.uniform(0.15, 0.28)
    push, land = 2.1 * (deep + top) / speed, 2.1 * (landed + top) / speed
    far = 0.0 if rng.random() < 0.5 else rng.uniform(0.15, 0.6)
    glide = far / (flight + 0.4 * (push + land))
    arms_back, arms_up = rng.uniform(0.3, 0.6), rng.uniform(0.8, 1.7)
    # when the push, the flight, the landing and the rising begin
    begin = _LEAD_S + _CROUCH_S
    off = begin + push
    on = off + flight
    rest = on + land
    still = rest + _RISE_S
    duration = max(seconds, still + _TAIL_S)

    def tracks(t: np.ndarray) -> Tracks:
        result = standing(body, style, len(t))
        knots = np.array([_LEAD_S, begin, off, on, rest, still])
        height = _piecewise(
            t, knots, pos=(0.0, -deep, top, top, -landed, 0.0),
            vel=(0.0, 0.0, speed, -speed, 0.0, 0.0), acc=(0.0, 0.0, -_GRAVITY, -_GRAVITY, 0.0, 0.0),
        )  # fmt: skip
        ahead = glide * np.cumsum([0.0, 0.0, 0.4 * push, flight, 0.4 * land, 0.0])
        along = _piecewise(
            t, knots, pos=ahead, vel=(0.0, 0.0, glide, glide, 0.0, 0.0), acc=np.zeros(6)
        )
        crouch = np.clip(-height / max(deep, landed), 0.0, 1.0)
        pitch = heel * between(t, off - 0.65 * push, off) * (1.0 - between(t, on, on + 0.7 * land))
        result.pelvis[:, 0] = along - 0.2 * np.clip(-height, 0.0, None) + 0.05 * pitch
        result.pelvis[:, 2] = height
        result.pelvis[:, 4] = 0.35 * smooth(crouch)
        result.feet[:, :, 0] += (far * smooth((t - off) / flight))[:, None]
        # the feet leave the ground where the legs are at their end, without a jerk
        lift = _BLEND_M * np.logaddexp(0.0, (height - top) / _BLEND_M)
        result.feet[:, :, 2] = lift[:, None]
        result.feet[:, :, 4] = pitch[:, None]
        result.spine[:, 1] += 0.3 * smooth(crouch)
        result.head[:, 1] -= 0.35 * smooth(crouch)
        swing = _piecewise(
            t, knots, pos=(0.0, -arms_back, arms_up, 0.7 * arms_up, 0.1, 0.0),
            vel=np.zeros(6), acc=np.zeros(6),
        )  # fmt: skip
        result.arms[:, :, 0] += swing[:, None]
        result.arms[:, :, 3] += (0.4 * np.abs(swing) / max(arms_up, 1.0))[:, None]
        return result

    return Plan(name="jump", duration=duration, end=(far, 0.0, 0.0), tracks=tracks)


def _heel_gain(body: HumanBody, pitch: float) -> float:
    """How much the ankle rises when the foot tips over its toe joint, m."""
    return float(body.ball[0, 0] * np.sin(pitch) + body.ball[0, 2] * (1.0 - np.cos(pitch)))


def _piecewise(
    t: np.ndarray, knots: np.ndarray, *, pos: np.ndarray | tuple[float, ...],
    vel: np.ndarray | tuple[float, ...], acc: np.ndarray | tuple[float, ...],
) -> np.ndarray:  # fmt: skip
    """Quintic pieces through position, speed and acceleration at the knots; constant outside."""
    pos, vel, acc = (np.asarray(each, dtype=np.float64) for each in (pos, vel, acc))
    piece = np.clip(np.searchsorted(knots, t, side="right") - 1, 0, len(knots) - 2)
    span = (knots[1:] - knots[:-1])[piece]
    u = np.clip((t - knots[piece]) / span, 0.0, 1.0)
    p0, p1 = pos[piece], pos[piece + 1]
    v0, v1 = vel[piece] * span, vel[piece + 1] * span
    a0, a1 = acc[piece] * span**2, acc[piece + 1] * span**2
    step = p1 - p0
    c3 = 10.0 * step - 6.0 * v0 - 4.0 * v1 - 1.5 * a0 + 0.5 * a1
    c4 = -15.0 * step + 8.0 * v0 + 7.0 * v1 + 1.5 * a0 - a1
    c5 = 6.0 * step - 3.0 * (v0 + v1) - 0.5 * (a0 - a1)
    return p0 + u * (v0 + u * (0.5 * a0 + u * (c3 + u * (c4 + u * c5))))

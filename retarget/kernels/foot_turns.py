"""Compiled kernels that turn the feet of a goal to agree with what of them stands."""

import numpy as np

from motionlib.kernels.compiled import compiled
from retarget.kernels.footholds import AIR, FLAT
from retarget.kernels.kinematics import product, rotation


@compiled
def settle_foot(turns, states, pivots, axes, slopes, blend):
    """Orientations of one foot: flat where heel and toe stand, else with its pivot lowest.

    A robot's ankle turns less than a human's and its sole is a plate. What a foot is turned fades
    over the frames beside, so that it does not jump when it is set down or lifted.

    Args:
        turns: (T, 3, 3), changed.
        states: (T,) int64, see `footholds`.
        pivots: (T,) int64, see `footholds.hold_foot`.
        axes: (3, 3) unit vectors of the sole, foot frame: to the toe, to the left, up.
        slopes: Least sine of the tilt along and across of a foot that turns about a corner.
        blend: Frames over which a turn fades.
    """
    by, known, up = np.zeros((len(turns), 3)), np.zeros(len(turns), dtype=np.bool_), np.empty(3)
    for t in range(len(turns)):
        if states[t] == FLAT:
            known[t] = True
            _shortest(turns[t, 2], axes[2], by[t])
    _fade(by, known, blend)
    _apply(turns, by)
    by[:] = 0.0
    for t in range(len(turns)):
        known[t] = states[t] != AIR
        if pivots[t] >= 0:
            _lowest(turns[t, 2], axes, pivots[t], slopes, up)
            _shortest(turns[t, 2], up, by[t])
    _fade(by, known, blend)
    _apply(turns, by)


@compiled
def _lowest(now, axes, pivot, slopes, up):
    """World's up (3,), foot frame, nearest to `now` with which the corner `pivot` is the lowest.

    `up := σ_0 a_0 + σ_1 a_1 + √(1 − σ_0² − σ_1²) a_2`, a being `axes`;
    `σ_k := ± min(max(± now·a_k, slopes_k), 0.7)`, the sign being that of a slope which rises from
    the pivot to the other end, or side.
    """
    rest = 1.0
    up[:] = 0.0
    for k in range(2):
        # the other end, or side, is along this axis from the pivot, or against it
        sign = (1.0 if pivot < 2 else -1.0) if k == 0 else (-1.0 if pivot % 2 == 0 else 1.0)
        slope = 0.0
        for i in range(3):
            slope += sign * axes[k, i] * now[i]
        slope = sign * min(max(slope, slopes[k]), 0.7)
        rest -= slope * slope
        for i in range(3):
            up[i] += slope * axes[k, i]
    for i in range(3):
        up[i] += np.sqrt(max(rest, 0.0)) * axes[2, i]


@compiled
def _shortest(a, b, out):
    """Rotation vector (3,) rad that turns the unit vector `a` into `b`.

    `v := atan2(‖a × b‖, a·b) (a × b) / ‖a × b‖`; zero where they are parallel or opposite.
    """
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    sine, cosine = np.sqrt(x * x + y * y + z * z), a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    scale = np.arctan2(sine, cosine) / sine if sine > 1e-9 else 0.0
    out[0], out[1], out[2] = scale * x, scale * y, scale * z


@compiled
def _fade(by, known, blend):
    """Rotation vectors (T, 3) of frames that are not known: the nearest known ones', fading.

    `by(t) := Σ c_s by(s) / max(1, Σ c_s)` over the nearest known frame s on each side that is at
    most `blend` away, `c_s := 1 − |t − s| / (blend + 1)`.
    """
    for t in range(len(by)):
        if known[t]:
            continue
        total = 0.0
        for side in (-1, 1):
            for away in range(1, blend + 1):
                near = t + side * away
                if not 0 <= near < len(by):
                    break
                if known[near]:
                    share = 1.0 - away / (blend + 1.0)
                    total += share
                    for i in range(3):
                        by[t, i] += share * by[near, i]
                    break
        if total > 1.0:
            for i in range(3):
                by[t, i] /= total


@compiled
def _apply(turns, by):
    """Orientations (T, 3, 3) turned back by rotation vectors v (T, 3) rad of their own frames.

    `R ← R exp(−v)`: what was n in the foot's frame, Rᵀ n_world, becomes exp(v) n.
    """
    vector, turn, out = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    for t in range(len(turns)):
        if by[t, 0] == 0.0 and by[t, 1] == 0.0 and by[t, 2] == 0.0:
            continue
        for i in range(3):
            vector[i] = -by[t, i]
        rotation(vector, turn)
        product(turns[t], turn, out)
        turns[t] = out

"""Compiled kernels of stance: where the corners of one foot stand, and which of them hold it.

A foot touches the ground in spells. Within one it lies flat or turns about a corner of its heel or
toe, by turns; what it does next it does from where it stands, so the places of a spell hang
together, and only the whole of them lies where the goal's foot is on average.

Corners are numbered heel left, heel right, toe left, toe right.
"""

import numpy as np

from motionlib.kernels.compiled import compiled

AIR, HEEL, TOE, FLAT = 0, 1, 2, 3
_TILTED = 4.0
"""How much a corner's height over the other counts against a way on the ground."""
_ROLL = 0.01
"""m of way that going from one corner to the other counts for."""


@compiled
def hold_foot(soles, states, heights, width, strength, anchors, weights, floor, pivots):
    """Places, weights and floors of the corners of one foot.

    Where the foot lies flat, each end's left corner has the weight `w (1 − s)`, its right one
    `w s`, with `s := ½ + ½ h / rolled` held within [0, 1], h the height of the left one over the
    right one.

    Args:
        soles: (T, 2, 3) m: heel and toe of the goal.
        states: (T,) int64 AIR, HEEL, TOE or FLAT.
        heights: (T, 2) m by which the left corner of heel and toe is above the right one.
        width: (2,) m of heel's and toe's edge.
        strength: Weight of an end that stands; m of height between its corners from which on the
            lower one carries all of it; m by which corners that do not stand keep off the ground
            while another one does.
        anchors: (T, 4, 3) m, out.
        weights: (T, 4), out; zero where a corner does not stand.
        floor: (T, 4) m, out.
        pivots: (T,) int64, out: corner about which the foot turns, -1 where it lies flat or flies.
    """
    weight, rolled, lift = strength
    anchors[:], weights[:], floor[:], pivots[:] = 0.0, 0.0, 0.0, -1
    start = 0
    while start < len(states):
        stop = _spell_end(states, start)
        if states[start] != AIR:
            _hold_spell(soles, states, heights, width, start, stop, anchors, pivots)
        for t in range(start, stop):
            if pivots[t] >= 0:
                floor[t] = lift
                floor[t, pivots[t]] = 0.0
                weights[t, pivots[t]] = weight
            elif states[t] == FLAT:
                for end in range(2):
                    share = min(max(0.5 + 0.5 * heights[t, end] / rolled, 0.0), 1.0)
                    weights[t, 2 * end] = weight * (1.0 - share)
                    weights[t, 2 * end + 1] = weight * share
        start = stop


@compiled
def _spell_end(states, start):
    """First frame after a spell on the ground, or in the air.

    A foot that goes from its heel to its toe without lying flat begins another.
    """
    stop = start + 1
    while stop < len(states):
        before, now = states[stop - 1], states[stop]
        if (before == AIR) != (now == AIR) or before + now == HEEL + TOE:
            break
        stop += 1
    return stop


@compiled
def _hold_spell(soles, states, heights, width, start, stop, anchors, pivots):
    """Anchors and pivots of one spell.

    `anchor(t) := place(t) + mean over the spell of miss`: places hang together from the first on,
    and the goal's foot is where they lie on average.
    """
    places, pivot, first = np.zeros((4, 2)), -1, start
    miss_x, miss_y = 0.0, 0.0
    while first < stop:
        last = first + 1
        while last < stop and states[last] == states[first]:
            last += 1
        if states[first] == FLAT:
            _lie(soles, width, first, last, pivot, places)
        else:
            _choose_pivots(soles, states[first] - HEEL, heights, width, first, last, pivots)
        for t in range(first, last):
            if t > first and pivots[t] != pivots[t - 1]:
                _roll_over(soles[t], pivots[t - 1], pivots[t], places, width)
            for corner in range(4):
                anchors[t, corner, 0], anchors[t, corner, 1] = places[corner, 0], places[corner, 1]
            x, y = _miss(soles[t], pivots[t], places, width)
            miss_x, miss_y = miss_x + x / (stop - start), miss_y + y / (stop - start)
        pivot = pivots[last - 1]
        first = last
    for t in range(start, stop):
        for corner in range(4):
            anchors[t, corner, 0] += miss_x
            anchors[t, corner, 1] += miss_y


@compiled
def _lie(soles, width, first, last, pivot, places):
    """Places (4, 2) m of a foot that lies flat in the goal's mean direction.

    `place := e L d ± ½ width_e d⊥`: e is 0 at the heel, 1 at the toe, d the horizontal direction of
    the sum of all ways from heel to toe, L their mean length, d⊥ to the left of d, plus on the
    left. Then all are shifted so that the corner `pivot` stays where it was; without one, -1, the
    heel is at the origin.
    """
    x, y, length = 0.0, 0.0, 0.0
    for t in range(first, last):
        u, v = soles[t, 1, 0] - soles[t, 0, 0], soles[t, 1, 1] - soles[t, 0, 1]
        w = soles[t, 1, 2] - soles[t, 0, 2]
        x, y, length = x + u, y + v, length + np.sqrt(u * u + v * v + w * w)
    norm, length = max(np.sqrt(x * x + y * y), 1e-9), length / (last - first)
    x, y = x / norm, y / norm
    old_x, old_y = places[pivot, 0], places[pivot, 1]
    for end in range(2):
        for side in range(2):
            reach = 0.5 * width[end] * (1.0 - 2.0 * side)
            places[2 * end + side, 0] = end * length * x - reach * y
            places[2 * end + side, 1] = end * length * y + reach * x
    if pivot >= 0:
        shift_x, shift_y = old_x - places[pivot, 0], old_y - places[pivot, 1]
        for corner in range(4):
            places[corner, 0] += shift_x
            places[corner, 1] += shift_y


@compiled
def _corner(sole, end, side, width):
    """Place (x, y) m of one corner of a goal's foot (2, 3) that has no roll.

    `x_end ± ½ width_end d⊥`, d⊥ being the unit vector to the left of the way from heel to toe on
    the ground, plus on the left.
    """
    x, y = sole[1, 0] - sole[0, 0], sole[1, 1] - sole[0, 1]
    reach = 0.5 * width[end] * (1.0 - 2.0 * side) / max(np.sqrt(x * x + y * y), 1e-9)
    return sole[end, 0] - reach * y, sole[end, 1] + reach * x


@compiled
def _choose_pivots(soles, end, heights, width, first, last, pivots):
    """Corner about which a foot turns in each frame while one end stands alone.

    The one that moves less; but an ankle cannot lay a foot flat that is tilted much, so the lower
    one. From one to the other the foot may roll when both are low: the cheapest sequence (Viterbi).
    `c(t, k) := min(c(t − 1, k), c(t − 1, other) + ROLL + |h|) + way(t, k) + max(± h, 0)` m, h being
    TILTED times the height of the left corner over the right one, plus for the left; the first
    frame has the last term alone.
    """
    came = np.zeros((last - first, 2), dtype=np.int64)
    cost_left, cost_right = 0.0, 0.0
    for t in range(first, last):
        height = _TILTED * heights[t, end]
        if t > first:
            roll = _ROLL + abs(height)
            came[t - first, 0] = 1 if cost_right + roll < cost_left else 0
            came[t - first, 1] = 0 if cost_left + roll < cost_right else 1
            cost_left, cost_right = (
                min(cost_left, cost_right + roll),
                min(cost_right, cost_left + roll),
            )
            cost_left += _way(soles, t, end, 0, width)
            cost_right += _way(soles, t, end, 1, width)
        cost_left += max(height, 0.0)
        cost_right += max(-height, 0.0)
    side = 1 if cost_right < cost_left else 0
    for t in range(last - 1, first - 1, -1):
        pivots[t] = 2 * end + side
        side = came[t - first, side]


@compiled
def _way(soles, t, end, side, width):
    """How far in m a corner of the goal's foot moves along the ground: `‖x(t) − x(t − 1)‖`."""
    x, y = _corner(soles[t], end, side, width)
    u, v = _corner(soles[t - 1], end, side, width)
    return np.sqrt((x - u) ** 2 + (y - v) ** 2)


@compiled
def _roll_over(sole, old, new, places, width):
    """The corner `new` gets its place beside the corner `old`, as the goal's foot (2, 3) has them.

    `place_new := place_old + x_new − x_old`, x of `_corner`.
    """
    x, y = _corner(sole, old // 2, old % 2, width)
    u, v = _corner(sole, new // 2, new % 2, width)
    places[new, 0], places[new, 1] = places[old, 0] + u - x, places[old, 1] + v - y


@compiled
def _miss(sole, pivot, places, width):
    """From the places to the goal's foot, (x, y) m: at one corner, or at the middle of a flat foot.

    `x_pivot − place_pivot`, x of `_corner`; without a pivot, -1, the middle of heel and toe less
    the mean of the four places.
    """
    if pivot >= 0:
        x, y = _corner(sole, pivot // 2, pivot % 2, width)
        return x - places[pivot, 0], y - places[pivot, 1]
    x, y = 0.5 * (sole[0, 0] + sole[1, 0]), 0.5 * (sole[0, 1] + sole[1, 1])
    for corner in range(4):
        x -= 0.25 * places[corner, 0]
        y -= 0.25 * places[corner, 1]
    return x, y


@compiled
def lengthen(grow, anchors, weights):
    """Corners (T, 4) held for some frames before they stand and after, with falling weight.

    `w(t) ← max(w(t), max over n ≤ grow of (1 − n / (grow + 1)) w(t ± n))`, of the weights on entry;
    the anchor comes along where a corner does not stand itself. A foot that is to be at rest in a
    frame cannot move just before it.
    """
    stand = weights.copy()
    for t in range(len(weights)):
        for corner in range(weights.shape[1]):
            for away in range(1, grow + 1):
                for near in (t - away, t + away):
                    if not 0 <= near < len(weights):
                        continue
                    share = (1.0 - away / (grow + 1.0)) * stand[near, corner]
                    if share > weights[t, corner]:
                        weights[t, corner] = share
                        if stand[t, corner] == 0.0:
                            anchors[t, corner] = anchors[near, corner]

"""Compiled kernels of self-collision: gaps of a robot's capsules and the terms that open them."""

import numpy as np

from motionlib.kernels.compiled import compiled, compiled_inline
from retarget.kernels.kinematics import ROOT, turned

_LANES = 16
"""Rows of the table of pairs are filled up to a multiple of so many, to be read several at once."""


@compiled_inline
def segments(p1, q1, p2, q2):
    """Parameters (s, u) in [0, 1] of the nearest points of two segments (Ericson 2005, 5.1.9).

    `argmin ‖p1 + s d1 − p2 − u d2‖`, d = q − p. With r = p1 − p2 and a = d1·d1, e = d2·d2, b =
    d1·d2, c = d1·r, f = d2·r: `s = (b f − c e) / (a e − b²)`, 0 where they are parallel, and
    `u = (b s + f) / e`, both clamped; where u was clamped, `s = (b u − c) / a`, clamped.
    """
    d10, d11, d12 = q1[0] - p1[0], q1[1] - p1[1], q1[2] - p1[2]
    d20, d21, d22 = q2[0] - p2[0], q2[1] - p2[1], q2[2] - p2[2]
    r0, r1, r2 = p1[0] - p2[0], p1[1] - p2[1], p1[2] - p2[2]
    a = d10 * d10 + d11 * d11 + d12 * d12
    e = d20 * d20 + d21 * d21 + d22 * d22
    f = d20 * r0 + d21 * r1 + d22 * r2
    if a <= 1e-12 and e <= 1e-12:
        return 0.0, 0.0
    if a <= 1e-12:
        return 0.0, min(max(f / e, 0.0), 1.0)
    c = d10 * r0 + d11 * r1 + d12 * r2
    if e <= 1e-12:
        return min(max(-c / a, 0.0), 1.0), 0.0
    b = d10 * d20 + d11 * d21 + d12 * d22
    denominator = a * e - b * b
    s = min(max((b * f - c * e) / denominator, 0.0), 1.0) if denominator > 1e-12 else 0.0
    u = (b * s + f) / e
    if u < 0.0:
        return min(max(-c / a, 0.0), 1.0), 0.0
    if u > 1.0:
        return min(max((b - c) / a, 0.0), 1.0), 1.0
    return s, u


@compiled
def place_capsules(terms, pos, rot, ends):
    """World start, end and middle of every capsule into `ends` (C, 3, 3) m.

    `p_b + R_b l` for start and end l in the frame of body b, then half their sum.
    """
    for c in range(len(terms.caps_body)):
        b = terms.caps_body[c]
        for i in range(3):
            ends[c, 0, i] = pos[b, i] + turned(rot, b, terms.caps_start, c, i)
            ends[c, 1, i] = pos[b, i] + turned(rot, b, terms.caps_end, c, i)
            ends[c, 2, i] = 0.5 * (ends[c, 0, i] + ends[c, 1, i])


@compiled_inline
def gap_of(ends, radius, a, b, nearest):
    """Signed gap of two placed capsules, m; `nearest` (2, 3) takes the points on their axes.

    `gap := min over s, u in [0, 1] of ‖x_a(s) − x_b(u)‖ − r_a − r_b`, x being points of the axes
    and r the radii.
    """
    s, u = segments(ends[a, 0], ends[a, 1], ends[b, 0], ends[b, 1])
    squared = 0.0
    for i in range(3):
        nearest[0, i] = ends[a, 0, i] + s * (ends[a, 1, i] - ends[a, 0, i])
        nearest[1, i] = ends[b, 0, i] + u * (ends[b, 1, i] - ends[b, 0, i])
        squared += (nearest[0, i] - nearest[1, i]) ** 2
    return np.sqrt(squared) - radius[a] - radius[b]


@compiled
def collision_scratch(terms, num_unknowns):
    """What `add_collisions` works with: a table of pairs, and arrays that it writes into."""
    count = len(terms.caps_body)
    width = (count + _LANES - 1) // _LANES * _LANES
    far2, middles = np.empty((count, width)), np.empty((3, width))
    for b in range(width):
        for i in range(3):
            middles[i, b] = 0.0
        for a in range(count):
            far2[a, b] = -1.0
    for k in range(len(terms.pair_a)):
        far2[terms.pair_a[k], terms.pair_b[k]] = terms.pair_far2[k]
    cols, row = np.empty(num_unknowns, dtype=np.int64), np.empty(num_unknowns)
    return far2, middles, np.empty((count, 3, 3)), np.empty((2, 3)), cols, row


@compiled
def _far2(middles, a, b):
    """Squared distance in m² of the middles of two capsules, ‖m_a − m_b‖²; `middles` is (3, C)."""
    x, y = middles[0, a] - middles[0, b], middles[1, a] - middles[1, b]
    z = middles[2, a] - middles[2, b]
    return x * x + y * y + z * z


@compiled_inline
def _row(tree, axes, moments, body_a, body_b, normal, lever, cols, row):
    """Derivative of a gap by the dofs not common to both bodies: how many, and the first's.

    `∂gap/∂q_d = ± (a_d·(x × n) + m_d·n)`, plus for dofs that move the first body, minus for the
    second. n is the unit normal towards the first, x the nearest point from the root's origin, so x
    × n is `lever`; a_d is the dof's axis and m_d its moment, see `equations.frame_equations`. What
    moves both bodies alike cannot change their gap, so the common part of the two lineages, the
    root first, is left out.
    """
    la, lb = tree.body_unknown[body_a], tree.body_unknown[body_b]
    da = tree.depth[la] if la >= 0 else ROOT
    db = tree.depth[lb] if lb >= 0 else ROOT
    lineage, common = tree.lineage, ROOT
    while common < min(da, db) and lineage[la, common] == lineage[lb, common]:
        common += 1
    n = 0
    for side in range(2):
        at, depth, sign = (la, da, 1.0) if side == 0 else (lb, db, -1.0)
        for q in range(common, depth):
            i = lineage[at, q]
            d = i - ROOT
            turn = lever[0] * axes[d, 0] + lever[1] * axes[d, 1] + lever[2] * axes[d, 2]
            shift = (
                normal[0] * moments[d, 0] + normal[1] * moments[d, 1] + normal[2] * moments[d, 2]
            )
            cols[n], row[n] = i, sign * (turn + shift)
            n += 1
    return n, da - common


@compiled_inline
def _add(H, g, band, cols, row, n, split, slope, weight):
    """One gap's row J into the equations; entries before `split` are of one branch of the tree.

    `H += weight JᵀJ` and `g += slope Jᵀ`, slope being a weight times a residual. Without a band, H
    has no place for products of the two branches' parts u and v of J; it takes
    `2 weight (u uᵀ + v vᵀ)`, which is never less.
    """
    for a in range(n):
        i = cols[a]
        g[i] += slope * row[a]
        for b in range(n):
            j = cols[b]
            if j > i:
                continue
            if len(band):
                band[j, i - j] += weight * row[a] * row[b]
            elif (a < split) == (b < split):
                H[i, j] += 2.0 * weight * row[a] * row[b]


@compiled_inline
def add_collisions(tree, terms, pos, rot, axes, moments, H, g, band, scratch):
    """Add the terms of gaps below the margin; see `equations.frame_equations`.

    `r := min(gap − margin, 0)`, cost `w r²`, `g += w r Jᵀ`, `H += w s² JᵀJ` with the share
    `s := min((margin + reach − gap) / reach, 1)`, J = ∂gap/∂q. So a gap that is not yet too small
    already stiffens the equations, more so the nearer it is: a step is then no longer taken as if
    there were nothing to run into, and iterations settle.
    """
    far2, middles, ends, nearest = scratch[0], scratch[1], scratch[2], scratch[3]
    cols, row, body, radius = scratch[4], scratch[5], terms.caps_body, terms.caps_radius
    margin, reach, cost = terms.pair_margin, terms.pair_margin + terms.pair_reach, 0.0
    count = len(body) if terms.pair_weight > 0.0 else 0
    place_capsules(terms, pos, rot, ends)
    for c in range(count):
        for i in range(3):
            middles[i, c] = ends[c, 2, i]
    for a in range(count):
        # few rows have a pair that is near at all: to count them takes no branch
        near = 0
        for b in range(far2.shape[1]):
            near += _far2(middles, a, b) <= far2[a, b]
        for b in range(count if near else 0):
            if not _far2(middles, a, b) <= far2[a, b]:
                continue
            gap = gap_of(ends, radius, a, b, nearest)
            distance = gap + radius[a] + radius[b]
            if gap >= reach or distance < 1e-6:
                continue
            u, v = nearest[0, 0] - nearest[1, 0], nearest[0, 1] - nearest[1, 1]
            w = nearest[0, 2] - nearest[1, 2]
            u, v, w = u / distance, v / distance, w / distance
            x, y = nearest[0, 0] - pos[0, 0], nearest[0, 1] - pos[0, 1]
            z = nearest[0, 2] - pos[0, 2]
            lever = (y * w - z * v, z * u - x * w, x * v - y * u)
            n, split = _row(tree, axes, moments, body[a], body[b], (u, v, w), lever, cols, row)
            r = min(gap - margin, 0.0)
            share = min((reach - gap) / (reach - margin), 1.0) if reach > margin else 1.0
            slope, weight = terms.pair_weight * r, terms.pair_weight * share * share
            _add(H, g, band, cols, row, n, split, slope, weight)
            cost += terms.pair_weight * r * r
    return cost

"""Compiled kernels of self-collision: gaps of a robot's capsules and the terms that open them."""

import numpy as np

from motionlib.compiled import compiled
from retarget.kernels import ROOT, carried


@compiled
def segments(p1, q1, p2, q2):
    """Parameters (s, u) in [0, 1] of the nearest points of two segments (Ericson 2005, 5.1.9)."""
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
    """World start, end and middle of every capsule into `ends` (C, 3, 3) m."""
    for c in range(len(terms.caps_body)):
        b = terms.caps_body[c]
        carried(pos, rot, b, terms.caps_start[c], ends[c, 0])
        carried(pos, rot, b, terms.caps_end[c], ends[c, 1])
        for i in range(3):
            ends[c, 2, i] = 0.5 * (ends[c, 0, i] + ends[c, 1, i])


@compiled
def gap_of(ends, radius, a, b, nearest):
    """Signed gap of two placed capsules, m; `nearest` (2, 3) takes the points on their axes."""
    s, u = segments(ends[a, 0], ends[a, 1], ends[b, 0], ends[b, 1])
    squared = 0.0
    for i in range(3):
        nearest[0, i] = ends[a, 0, i] + s * (ends[a, 1, i] - ends[a, 0, i])
        nearest[1, i] = ends[b, 0, i] + u * (ends[b, 1, i] - ends[b, 0, i])
        squared += (nearest[0, i] - nearest[1, i]) ** 2
    return np.sqrt(squared) - radius[a] - radius[b]


@compiled
def _row(tree, axes, moments, body_a, body_b, normal, lever, cols, row):
    """Derivative of a gap by the dofs that are not common to both bodies: how many, and the first's.

    What moves both bodies alike cannot change their gap, so the common part of the two lineages,
    the root first, is left out.
    """
    la, lb = tree.body_unknown[body_a], tree.body_unknown[body_b]
    da = tree.depth[la] if la >= 0 else ROOT
    db = tree.depth[lb] if lb >= 0 else ROOT
    common = ROOT
    while common < min(da, db) and tree.lineage[la, common] == tree.lineage[lb, common]:
        common += 1
    n = 0
    for side in range(2):
        at, depth, sign = (la, da, 1.0) if side == 0 else (lb, db, -1.0)
        for q in range(common, depth):
            i = tree.lineage[at, q]
            d = i - ROOT
            value = 0.0
            for k in range(3):
                value += lever[k] * axes[d, k] + normal[k] * moments[d, k]
            cols[n], row[n] = i, sign * value
            n += 1
    return n, da - common


@compiled
def _add(H, g, band, cols, row, n, split, slope, weight):
    """One gap's row into the equations; entries before `split` are of one branch of the tree."""
    for a in range(n):
        g[cols[a]] += slope * row[a]
    for a in range(n):
        for b in range(n):
            i, j = cols[a], cols[b]
            if j > i:
                continue
            if len(band):
                band[j, i - j] += weight * row[a] * row[b]
            elif (a < split) == (b < split):
                H[i, j] += 2.0 * weight * row[a] * row[b]


@compiled
def add_collisions(tree, terms, pos, rot, axes, moments, ends, H, g, band):
    """Add the terms of gaps below the margin; see `equations.frame_equations`.

    A gap that is not yet too small already stiffens the equations, more so the nearer it is: a
    step is then no longer taken as if there were nothing to run into, and iterations settle.
    """
    cost = 0.0
    nearest, normal, lever = np.empty((2, 3)), np.empty(3), np.empty(3)
    cols, row = np.empty(len(g), dtype=np.int64), np.empty(len(g))
    place_capsules(terms, pos, rot, ends)
    margin, reach = terms.pair_margin, terms.pair_margin + terms.pair_reach
    for k in range(len(terms.pair_a)):
        a, b = terms.pair_a[k], terms.pair_b[k]
        x, y = ends[a, 2, 0] - ends[b, 2, 0], ends[a, 2, 1] - ends[b, 2, 1]
        z = ends[a, 2, 2] - ends[b, 2, 2]
        if x * x + y * y + z * z > terms.pair_far2[k]:
            continue
        gap = gap_of(ends, terms.caps_radius, a, b, nearest)
        distance = gap + terms.caps_radius[a] + terms.caps_radius[b]
        if gap >= reach or distance < 1e-6:
            continue
        for i in range(3):
            normal[i] = (nearest[0, i] - nearest[1, i]) / distance
        px, py, pz = (
            nearest[0, 0] - pos[0, 0],
            nearest[0, 1] - pos[0, 1],
            nearest[0, 2] - pos[0, 2],
        )
        lever[0] = py * normal[2] - pz * normal[1]
        lever[1] = pz * normal[0] - px * normal[2]
        lever[2] = px * normal[1] - py * normal[0]
        n, split = _row(
            tree, axes, moments, terms.caps_body[a], terms.caps_body[b], normal, lever, cols, row
        )
        r = min(gap - margin, 0.0)
        near = min((reach - gap) / (reach - margin), 1.0) if reach > margin else 1.0
        cost += terms.pair_weight * r * r
        _add(
            H, g, band, cols, row, n, split, terms.pair_weight * r, terms.pair_weight * near * near
        )
    return cost

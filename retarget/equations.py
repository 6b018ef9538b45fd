"""Compiled kernels of one frame's normal equations, in time linear in the robot's bodies.

Every term of a body is a quadratic form of its twist about the root's origin, so the terms of all
bodies add up along the tree like inertias do in the composite-rigid-body algorithm (Featherstone,
Rigid Body Dynamics Algorithms, 6.2); the normal matrix has entries only between a dof and those
between it and the root.
"""

import numpy as np

from motionlib.compiled import compiled, compiled_inline
from retarget.collision import add_collisions
from retarget.kernels import ROOT, carried, forward, logarithm

_FORM = 24
"""Numbers of a body's form: angular block (6), linear by angular (9), linear diagonal (3), then
the gradient, angular and linear (3 + 3)."""

_GROUND_REACH = 0.02
"""m above its floor from which on a corner stiffens the equations, more so the lower it is: a step
is then not taken as if there were no floor, and iterations settle."""


@compiled
def frame_scratch(tree, terms):
    """Arrays that `frame_equations` writes into, one set for each thread of work."""
    bodies, dofs = len(tree.parents), len(tree.axes)
    return (
        np.empty((bodies, 3)),
        np.empty((bodies, 3, 3)),
        np.empty((dofs, 3)),
        np.empty((dofs, 3)),
        np.empty((bodies, _FORM)),
        np.empty((len(terms.caps_body), 3, 3)),
    )


@compiled_inline
def _add_point(form, x, y, z, w0, w1, w2, r0, r1, r2):
    """A point at (x, y, z) m from the root's origin, weights and residuals by world axis."""
    form[0] += w1 * z * z + w2 * y * y
    form[1] -= w2 * x * y
    form[2] -= w1 * x * z
    form[3] += w0 * z * z + w2 * x * x
    form[4] -= w0 * y * z
    form[5] += w0 * y * y + w1 * x * x
    form[7] += w0 * z
    form[8] -= w0 * y
    form[9] -= w1 * z
    form[11] += w1 * x
    form[12] += w2 * y
    form[13] -= w2 * x
    form[15] += w0
    form[16] += w1
    form[17] += w2
    r0, r1, r2 = w0 * r0, w1 * r1, w2 * r2
    form[18] += y * r2 - z * r1
    form[19] += z * r0 - x * r2
    form[20] += x * r1 - y * r0
    form[21] += r0
    form[22] += r1
    form[23] += r2


@compiled
def _points(terms, targets, t, pos, rot, forms):
    cost = 0.0
    p = np.empty(3)
    for k in range(len(terms.point_body)):
        b, w = terms.point_body[k], terms.point_weight[k]
        target = targets.points[t, terms.point_key[k]]
        carried(pos, rot, b, terms.point_local[k], p)
        x, y, z = p[0] - target[0], p[1] - target[1], p[2] - target[2]
        cost += w * (x * x + y * y + z * z)
        _add_point(forms[b], p[0] - pos[0, 0], p[1] - pos[0, 1], p[2] - pos[0, 2], w, w, w, x, y, z)
    return cost


@compiled
def _turns(terms, targets, t, rot, forms):
    cost = 0.0
    r, m = np.empty(3), np.empty((3, 3))
    for k in range(len(terms.turn_body)):
        b, target = terms.turn_body[k], targets.turns[t, terms.turn_key[k]]
        for i in range(3):
            for j in range(3):
                first = rot[b, i, 0] * target[j, 0] + rot[b, i, 1] * target[j, 1]
                m[i, j] = first + rot[b, i, 2] * target[j, 2]
        logarithm(m, r)
        size2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
        size = np.sqrt(size2)
        w, loss = terms.turn_weight[k], size2
        if size > terms.huber:
            w *= terms.huber / size
            loss = terms.huber * (2.0 * size - terms.huber)
        cost += terms.turn_weight[k] * loss
        form = forms[b]
        form[0] += w
        form[3] += w
        form[5] += w
        for i in range(3):
            form[18 + i] += w * r[i]
    return cost


@compiled
def _soles(terms, targets, t, pos, rot, forms):
    """Anchors of corners that stand, and none below its floor."""
    cost = 0.0
    p = np.empty(3)
    for k in range(len(terms.corner_body)):
        b, w, floor = terms.corner_body[k], targets.anchor_weight[t, k], targets.floor[t, k]
        carried(pos, rot, b, terms.corner_local[k], p)
        x, y, z = p[0] - pos[0, 0], p[1] - pos[0, 1], p[2] - pos[0, 2]
        if w > 0.0:
            r0, r1 = p[0] - targets.anchors[t, k, 0], p[1] - targets.anchors[t, k, 1]
            r2 = p[2] - targets.anchors[t, k, 2]
            cost += w * (r0 * r0 + r1 * r1 + r2 * r2)
            _add_point(forms[b], x, y, z, w, w, w, r0, r1, r2)
        if p[2] < floor + _GROUND_REACH:
            near = min((floor + _GROUND_REACH - p[2]) / _GROUND_REACH, 1.0)
            w, r2 = terms.ground_weight, min(p[2] - floor, 0.0)
            cost += w * r2 * r2
            _add_point(forms[b], x, y, z, 0.0, 0.0, w * near * near, 0.0, 0.0, r2)
    return cost


@compiled
def _gather(tree, pos, axes, moments, forms, H, g):
    """Forms of all bodies into the normal matrix; only entries on a dof's lineage are written."""
    f = np.empty(6)
    for b in range(len(tree.parents) - 1, 0, -1):
        form = forms[b]
        for k in range(tree.num_dofs[b]):
            d = tree.first_dof[b] + k
            i = ROOT + d
            x, y, z = axes[d, 0], axes[d, 1], axes[d, 2]
            u, v, w = moments[d, 0], moments[d, 1], moments[d, 2]
            f[0] = form[15] * u + form[6] * x + form[7] * y + form[8] * z
            f[1] = form[16] * v + form[9] * x + form[10] * y + form[11] * z
            f[2] = form[17] * w + form[12] * x + form[13] * y + form[14] * z
            f[3] = form[0] * x + form[1] * y + form[2] * z
            f[3] += form[6] * u + form[9] * v + form[12] * w
            f[4] = form[1] * x + form[3] * y + form[4] * z
            f[4] += form[7] * u + form[10] * v + form[13] * w
            f[5] = form[2] * x + form[4] * y + form[5] * z
            f[5] += form[8] * u + form[11] * v + form[14] * w
            g[i] = x * form[18] + y * form[19] + z * form[20]
            g[i] += u * form[21] + v * form[22] + w * form[23]
            for j in range(ROOT):
                H[i, j] = f[j]
            for q in range(ROOT, tree.depth[i]):
                j = tree.lineage[i, q]
                e = j - ROOT
                angular = f[3] * axes[e, 0] + f[4] * axes[e, 1] + f[5] * axes[e, 2]
                linear = f[0] * moments[e, 0] + f[1] * moments[e, 1] + f[2] * moments[e, 2]
                H[i, j] = angular + linear
        above = forms[tree.parents[b]]
        for k in range(_FORM):
            above[k] += form[k]
    _gather_root(forms[0], H, g)


@compiled
def _gather_root(form, H, g):
    for i in range(3):
        g[i], g[3 + i] = form[21 + i], form[18 + i]
        for j in range(i + 1):
            H[i, j] = form[15 + i] if i == j else 0.0
        for j in range(3):
            H[3 + i, j] = form[6 + 3 * j + i]
    H[3, 3], H[4, 3], H[4, 4] = form[0], form[1], form[3]
    H[5, 3], H[5, 4], H[5, 5] = form[2], form[4], form[5]


@compiled
def frame_equations(tree, terms, targets, t, pose, H, g, band, scratch):
    """One frame's own normal equations, those of smoothness left out.

    Args:
        tree: See `model.Tree`.
        terms: What is asked of every frame, see `problem.Terms`.
        targets: What is asked of each frame, see `problem.Targets`.
        t: Frame.
        pose: Root position (3,) m, root rotation (3, 3) and dofs (D,) rad.
        H: (N, N), out: entry (i, j) of the normal matrix for every j of the lineage of i; other
            entries are left as they are.
        g: (N,), out: gradient.
        band: (N, W), added to: `band[j, i - j]` takes what collisions add at (i, j). With no rows
            they are added to `H`, and what lies off a lineage to both its diagonals (a bound).
        scratch: Of `frame_scratch`.

    Returns:
        The cost.
    """
    pos, rot, axes, moments, forms, ends = scratch
    dofs = pose[2]
    forward(tree, pose[0], pose[1], dofs, pos, rot, axes)
    for d in range(len(dofs)):
        b = tree.dof_body[d]
        x, y, z = pos[b, 0] - pos[0, 0], pos[b, 1] - pos[0, 1], pos[b, 2] - pos[0, 2]
        moments[d, 0] = y * axes[d, 2] - z * axes[d, 1]
        moments[d, 1] = z * axes[d, 0] - x * axes[d, 2]
        moments[d, 2] = x * axes[d, 1] - y * axes[d, 0]
    forms[:] = 0.0
    cost = _points(terms, targets, t, pos, rot, forms)
    cost += _turns(terms, targets, t, rot, forms)
    cost += _soles(terms, targets, t, pos, rot, forms)
    _gather(tree, pos, axes, moments, forms, H, g)
    for d in range(len(dofs)):
        e = dofs[d] - terms.rest[d]
        cost += terms.rest_weight[d] * e * e
        H[ROOT + d, ROOT + d] += terms.rest_weight[d]
        g[ROOT + d] += terms.rest_weight[d] * e
    if terms.pair_weight > 0.0:
        cost += add_collisions(tree, terms, pos, rot, axes, moments, ends, H, g, band)
    return cost

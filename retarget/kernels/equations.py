"""Compiled kernels of one frame's normal equations, in time linear in the robot's bodies.

Every term of a body is a quadratic form of its twist about the root's origin, so the terms of all
bodies add up along the tree like inertias do in the composite-rigid-body algorithm (Featherstone,
Rigid Body Dynamics Algorithms, 6.2); the normal matrix has entries only between a dof and those
between it and the root.

What runs for every frame takes its scratch from outside and is put into its caller's text. A
compiled function that allocates, assigns to a slice or calls a large one may raise, and then counts
references to all of its arrays whenever it runs: that took as long as the arithmetic.
"""

import numpy as np

from motionlib.kernels.compiled import compiled, compiled_inline
from retarget.kernels.collision import add_collisions, collision_scratch
from retarget.kernels.kinematics import ROOT, forward, forward_scratch, logarithm, turned

_FORM = 19
"""Numbers of a body's form, weights being m along the ground and n upwards: angular block (6),
m (1, x, y, z), n (1, x, y), then the gradient, angular and linear (3 + 3)."""

_GROUND_REACH = 0.005
"""m above its floor from which on a point stiffens the equations, more so the lower it is: a step
is then not taken as if there were no floor, and iterations settle."""


@compiled
def frame_scratch(tree, terms):
    """What `frame_equations` works with for these terms, one set for each thread of work."""
    bodies, dofs = len(tree.parents), len(tree.axes)
    return (
        np.empty((bodies, 3)),
        np.empty((bodies, 3, 3)),
        np.empty((dofs, 3)),
        np.empty((dofs, 3)),
        np.empty((bodies, _FORM)),
        np.empty((3, 3)),
        np.empty(3),
        forward_scratch(tree),
        collision_scratch(terms, ROOT + dofs),
    )


@compiled
def _add_point(forms, b, x, y, z, w, r0, r1, r2):
    """A point p = (x, y, z) m from the root's origin: its weight and residual into a body's form.

    `e := x_world − x*`, moved by a twist (v, ω) about the root's origin: `J = [I, −[p]×]`. Adds
    `w JᵀJ`, angular block `w (‖p‖² I − p pᵀ)`, and `w Jᵀe = (w e, p × w e)`.
    """
    u, v = w * x, w * y
    forms[b, 0] += w * z * z + v * y
    forms[b, 1] -= u * y
    forms[b, 2] -= u * z
    forms[b, 3] += w * z * z + u * x
    forms[b, 4] -= v * z
    forms[b, 5] += v * y + u * x
    forms[b, 6] += w
    forms[b, 7] += u
    forms[b, 8] += v
    forms[b, 9] += w * z
    forms[b, 10] += w
    forms[b, 11] += u
    forms[b, 12] += v
    r0, r1, r2 = w * r0, w * r1, w * r2
    forms[b, 13] += y * r2 - z * r1
    forms[b, 14] += z * r0 - x * r2
    forms[b, 15] += x * r1 - y * r0
    forms[b, 16] += r0
    forms[b, 17] += r1
    forms[b, 18] += r2


@compiled
def _add_height(forms, b, x, y, w, pull):
    """The height alone of a point at (x, y) m from the root's origin: its weight and pull.

    `J = [0, 0, 1, y, −x, 0]` of a twist (v, ω) about the root's origin. Adds `w JᵀJ` and `pull Jᵀ`,
    pull being a weight times a residual.
    """
    u, v = w * x, w * y
    forms[b, 0] += v * y
    forms[b, 1] -= u * y
    forms[b, 3] += u * x
    forms[b, 10] += w
    forms[b, 11] += u
    forms[b, 12] += v
    forms[b, 13] += y * pull
    forms[b, 14] -= x * pull
    forms[b, 18] += pull


@compiled
def _add_floor(forms, b, x, y, height, floor, weight):
    """A point that must not go below a floor, at (x, y) m from the root's origin: its cost.

    `e := min(height − floor, 0)`, cost `w e²`, gradient `w e Jᵀ`, matrix `w s² JᵀJ` with
    `s := min((floor + reach − height) / reach, 1)`, reach being `_GROUND_REACH`; J of
    `_add_height`.
    """
    near = min((floor + _GROUND_REACH - height) / _GROUND_REACH, 1.0)
    under = min(height - floor, 0.0)
    _add_height(forms, b, x, y, weight * near * near, weight * under)
    return weight * under * under


@compiled_inline
def _points(terms, targets, t, pos, rot, forms):
    """Positions of keypoints: `e := p_b + R_b l − x*` m, cost `Σ w ‖e‖²`.

    l is the point in the frame of its body b, x* the target in the world.
    """
    bodies, keys, wanted = terms.point_body, terms.point_key, targets.points
    local, weight, cost = terms.point_local, terms.point_weight, 0.0
    for k in range(len(bodies)):
        b, key, w = bodies[k], keys[k], weight[k]
        x = pos[b, 0] + turned(rot, b, local, k, 0)
        y = pos[b, 1] + turned(rot, b, local, k, 1)
        z = pos[b, 2] + turned(rot, b, local, k, 2)
        r0, r1, r2 = x - wanted[t, key, 0], y - wanted[t, key, 1], z - wanted[t, key, 2]
        cost += w * (r0 * r0 + r1 * r1 + r2 * r2)
        x, y, z = x - pos[0, 0], y - pos[0, 1], z - pos[0, 2]
        _add_point(forms, b, x, y, z, w, r0, r1, r2)
    return cost


@compiled_inline
def _turns(terms, targets, t, rot, m, r, forms):
    """Orientations, with Huber's loss: `e := log(R_b R*ᵀ)` rad, world axes.

    Cost `Σ w ρ(‖e‖)`, `ρ(s) := s²` up to huber and `huber (2 s − huber)` above, where the weight in
    the equations is `w huber / ‖e‖`. `J = [0, I]` of a twist (v, ω): the derivative of the
    logarithm, which leaves e as it is, is taken for the identity, so the gradient is exact and the
    matrix is not. `m` and `r` are scratch.
    """
    bodies, keys, weight, wanted = terms.turn_body, terms.turn_key, terms.turn_weight, targets.turns
    huber, cost = terms.huber, 0.0
    for k in range(len(bodies)):
        b, key, w = bodies[k], keys[k], weight[k]
        for i in range(3):
            for j in range(3):
                first = rot[b, i, 0] * wanted[t, key, j, 0] + rot[b, i, 1] * wanted[t, key, j, 1]
                m[i, j] = first + rot[b, i, 2] * wanted[t, key, j, 2]
        logarithm(m, r)
        loss = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
        size = np.sqrt(loss)
        if size > huber:
            loss = huber * (2.0 * size - huber)
        cost += w * loss
        if size > huber:
            w *= huber / size
        forms[b, 0] += w
        forms[b, 3] += w
        forms[b, 5] += w
        for i in range(3):
            forms[b, 13 + i] += w * r[i]
    return cost


@compiled_inline
def _soles(terms, targets, t, pos, rot, forms):
    """Anchors of corners that stand, and none below its floor.

    `e := p_b + R_b l − x*` m, cost `Σ w ‖e‖²`, for corners l with an anchor x*; `_add_floor` for
    those near their floor.
    """
    bodies, local, weights = terms.corner_body, terms.corner_local, targets.anchor_weight
    anchors, floors, cost = targets.anchors, targets.floor, 0.0
    for k in range(len(bodies)):
        b, w, floor = bodies[k], weights[t, k], floors[t, k]
        height = pos[b, 2] + turned(rot, b, local, k, 2)
        low = height < floor + _GROUND_REACH
        if not (low or w > 0.0):
            continue
        x = pos[b, 0] - pos[0, 0] + turned(rot, b, local, k, 0)
        y = pos[b, 1] - pos[0, 1] + turned(rot, b, local, k, 1)
        if w > 0.0:
            r0 = x + pos[0, 0] - anchors[t, k, 0]
            r1 = y + pos[0, 1] - anchors[t, k, 1]
            r2 = height - anchors[t, k, 2]
            cost += w * (r0 * r0 + r1 * r1 + r2 * r2)
            _add_point(forms, b, x, y, height - pos[0, 2], w, r0, r1, r2)
        if low:
            cost += _add_floor(forms, b, x, y, height, floor, terms.ground_weight)
    return cost


@compiled
def _floor(terms, pos, rot, forms):
    """No ball of any other body below the ground: `_add_floor` with a floor at 0 m.

    The height is `(p_b + R_b l)_z − radius`, l being the ball's centre in the frame of its body b.
    """
    bodies, local, radius, cost = terms.low_body, terms.low_local, terms.low_radius, 0.0
    for k in range(len(bodies)):
        b = bodies[k]
        height = pos[b, 2] + turned(rot, b, local, k, 2) - radius[k]
        if height >= _GROUND_REACH:
            continue
        x = pos[b, 0] - pos[0, 0] + turned(rot, b, local, k, 0)
        y = pos[b, 1] - pos[0, 1] + turned(rot, b, local, k, 1)
        cost += _add_floor(forms, b, x, y, height, 0.0, terms.ground_weight)
    return cost


@compiled_inline
def _gather(tree, axes, moments, forms, H, g):
    """Forms of all bodies into the normal matrix; only entries on a dof's lineage are written.

    `F_b := Σ w JᵀJ` and `f_b := Σ w Jᵀe` of the body's terms and of those of all bodies that it
    carries. With the dof's twist `s_i := (m_i, a_i)`, linear and angular: `H_ij = s_jᵀ F_b s_i` for
    j on the lineage of i, b being the body that i moves, and `g_i = s_iᵀ f_b`.
    """
    parents, first, count = tree.parents, tree.first_dof, tree.num_dofs
    depth, lineage = tree.depth, tree.lineage
    for b in range(len(parents) - 1, 0, -1):
        for d in range(first[b], first[b] + count[b]):
            i = ROOT + d
            x, y, z = axes[d, 0], axes[d, 1], axes[d, 2]
            u, v, w = moments[d, 0], moments[d, 1], moments[d, 2]
            m1, mx, my, mz = forms[b, 6], forms[b, 7], forms[b, 8], forms[b, 9]
            n1, nx, ny = forms[b, 10], forms[b, 11], forms[b, 12]
            f0 = m1 * u + mz * y - my * z
            f1 = m1 * v - mz * x + mx * z
            f2 = n1 * w + ny * x - nx * y
            f3 = forms[b, 0] * x + forms[b, 1] * y + forms[b, 2] * z - mz * v + ny * w
            f4 = forms[b, 1] * x + forms[b, 3] * y + forms[b, 4] * z + mz * u - nx * w
            f5 = forms[b, 2] * x + forms[b, 4] * y + forms[b, 5] * z - my * u + mx * v
            g[i] = x * forms[b, 13] + y * forms[b, 14] + z * forms[b, 15]
            g[i] += u * forms[b, 16] + v * forms[b, 17] + w * forms[b, 18]
            H[i, 0], H[i, 1], H[i, 2], H[i, 3], H[i, 4], H[i, 5] = f0, f1, f2, f3, f4, f5
            for q in range(ROOT, depth[i]):
                j = lineage[i, q]
                e = j - ROOT
                angular = f3 * axes[e, 0] + f4 * axes[e, 1] + f5 * axes[e, 2]
                linear = f0 * moments[e, 0] + f1 * moments[e, 1] + f2 * moments[e, 2]
                H[i, j] = angular + linear
        a = parents[b]
        for k in range(_FORM):
            forms[a, k] += forms[b, k]


@compiled_inline
def _gather_root(forms, H, g):
    """Form of the whole robot into the root's rows: `H_00 = F_0` and `g_0 = f_0`, lower triangle.

    The root's six unknowns are its twist, linear then angular, world axes.
    """
    for i in range(3):
        g[i], g[3 + i] = forms[0, 16 + i], forms[0, 13 + i]
        for j in range(3):
            H[i, j] = H[3 + i, j] = 0.0
    H[0, 0], H[1, 1], H[2, 2] = forms[0, 6], forms[0, 6], forms[0, 10]
    H[4, 0], H[5, 0] = forms[0, 9], -forms[0, 8]
    H[3, 1], H[5, 1] = -forms[0, 9], forms[0, 7]
    H[3, 2], H[4, 2] = forms[0, 12], -forms[0, 11]
    H[3, 3], H[4, 3], H[4, 4] = forms[0, 0], forms[0, 1], forms[0, 3]
    H[5, 3], H[5, 4], H[5, 5] = forms[0, 2], forms[0, 4], forms[0, 5]


@compiled
def frame_equations(tree, terms, targets, t, pose, H, g, band, scratch):
    """One frame's own normal equations, those of smoothness left out.

    The cost is `Σ w ‖e‖²` of points, orientations, soles, floors, gaps and the rest pose, whose
    `e := q − q_rest`; `g := Σ w Jᵀe`, half of the cost's gradient, and `H := Σ w JᵀJ`, stiffer
    where a term says so, make a step by `H x = −g`. The twist of a dof of body b about the root's
    origin is its world axis a and its moment `m := (p_b − p_root) × a`.

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
        scratch: Of `frame_scratch` for the same tree and terms.

    Returns:
        The cost.
    """
    pos, rot, axes, moments, forms = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    dofs, body = pose[2], tree.dof_body
    forward(tree, pose[0], pose[1], dofs, pos, rot, axes, scratch[7])
    for d in range(len(dofs)):
        b = body[d]
        x, y, z = pos[b, 0] - pos[0, 0], pos[b, 1] - pos[0, 1], pos[b, 2] - pos[0, 2]
        moments[d, 0] = y * axes[d, 2] - z * axes[d, 1]
        moments[d, 1] = z * axes[d, 0] - x * axes[d, 2]
        moments[d, 2] = x * axes[d, 1] - y * axes[d, 0]
    for b in range(len(forms)):
        for k in range(_FORM):
            forms[b, k] = 0.0
    cost = _points(terms, targets, t, pos, rot, forms)
    cost += _turns(terms, targets, t, rot, scratch[5], scratch[6], forms)
    cost += _soles(terms, targets, t, pos, rot, forms)
    cost += _floor(terms, pos, rot, forms)
    _gather(tree, axes, moments, forms, H, g)
    _gather_root(forms, H, g)
    rest, weight = terms.rest, terms.rest_weight
    for d in range(len(dofs)):
        e = dofs[d] - rest[d]
        cost += weight[d] * e * e
        H[ROOT + d, ROOT + d] += weight[d]
        g[ROOT + d] += weight[d] * e
    cost += add_collisions(tree, terms, pos, rot, axes, moments, H, g, band, scratch[8])
    return cost

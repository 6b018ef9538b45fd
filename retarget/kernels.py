"""Compiled kernels of the trajectory solver: kinematics, residuals, normal equations of a frame.

A frame has N = 6 + D unknowns: root position (3), root rotation (3, world axes, from the left),
then the dofs. Bodies have at most three hinges in series at their origin, or, where a robot's
dofs are exponential maps, one ball joint whose three unknowns turn it about its parent's axes.
"""

import numpy as np
from numba import njit

ROOT = 6
"""Unknowns of the root."""


@njit(cache=True, nogil=True, inline="always")
def _matmul(a, b, out):
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@njit(cache=True, nogil=True)
def rotation(v, out):
    """Rotation matrix (3, 3) of a rotation vector (3,) rad, Rodrigues' formula."""
    x, y, z = v[0], v[1], v[2]
    angle2 = x * x + y * y + z * z
    if angle2 < 1e-12:
        s, c = 1.0 - angle2 / 6.0, 0.5 - angle2 / 24.0
    else:
        angle = np.sqrt(angle2)
        s, c = np.sin(angle) / angle, (1.0 - np.cos(angle)) / angle2
    out[0, 0] = 1.0 - c * (y * y + z * z)
    out[0, 1] = c * x * y - s * z
    out[0, 2] = c * x * z + s * y
    out[1, 0] = c * x * y + s * z
    out[1, 1] = 1.0 - c * (x * x + z * z)
    out[1, 2] = c * y * z - s * x
    out[2, 0] = c * x * z - s * y
    out[2, 1] = c * y * z + s * x
    out[2, 2] = 1.0 - c * (x * x + y * y)


@njit(cache=True, nogil=True)
def logarithm(m, out):
    """Rotation vector (3,) rad of a rotation matrix, angle at most pi."""
    x, y, z = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    sine = 0.5 * np.sqrt(x * x + y * y + z * z)
    cosine = 0.5 * (m[0, 0] + m[1, 1] + m[2, 2] - 1.0)
    angle = np.arctan2(sine, cosine)
    if sine > 1e-6:
        scale = 0.5 * angle / sine
        out[0], out[1], out[2] = scale * x, scale * y, scale * z
    elif cosine > 0.0:
        out[0], out[1], out[2] = 0.5 * x, 0.5 * y, 0.5 * z
    else:  # half a turn: the axis from the diagonal
        k = 0
        if m[1, 1] > m[0, 0]:
            k = 1
        if m[2, 2] > m[k, k]:
            k = 2
        a, b = (k + 1) % 3, (k + 2) % 3
        length = np.sqrt(max(0.5 * (m[k, k] + 1.0), 1e-12))
        out[k] = angle * length
        out[a] = angle * 0.25 * (m[k, a] + m[a, k]) / length
        out[b] = angle * 0.25 * (m[k, b] + m[b, k]) / length


@njit(cache=True, nogil=True)
def forward(tree, root_pos, root_rot, dofs, pos, rot, axes):
    """Forward kinematics of one frame.

    Args:
        tree: See `model.Tree`.
        root_pos: (3,) m.
        root_rot: (3, 3).
        dofs: (D,) rad.
        pos: (B, 3) m, out.
        rot: (B, 3, 3), out.
        axes: (D, 3) world axis about which each dof turns, out.
    """
    parents, offset_pos, offset_rot, first, count, ball, hinge_axes = tree
    joint, base, turned = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    vector = np.empty(3)
    pos[0], rot[0] = root_pos, root_rot
    for b in range(1, len(parents)):
        p = parents[b]
        for i in range(3):
            pos[b, i] = (
                pos[p, i]
                + rot[p, i, 0] * offset_pos[b, 0]
                + rot[p, i, 1] * offset_pos[b, 1]
                + rot[p, i, 2] * offset_pos[b, 2]
            )
        _matmul(rot[p], offset_rot[b], base)
        d = first[b]
        if ball[b]:
            for k in range(3):
                vector[k] = dofs[d + k]
                for i in range(3):
                    axes[d + k, i] = base[i, k]
            rotation(vector, joint)
            _matmul(base, joint, rot[b])
            continue
        for k in range(count[b]):
            for i in range(3):
                a = 0.0
                for j in range(3):
                    a += base[i, j] * hinge_axes[d + k, j]
                axes[d + k, i] = a
                vector[i] = hinge_axes[d + k, i] * dofs[d + k]
            rotation(vector, joint)
            _matmul(base, joint, turned)
            base[:] = turned
        rot[b] = base


@njit(cache=True, nogil=True)
def _columns(path, pos, axes, dof_body, point, cols, jac):
    """Jacobian of a world point that a body carries; the number of its columns."""
    n = ROOT
    for k in range(3):
        cols[k], cols[3 + k] = k, 3 + k
        for i in range(3):
            jac[i, k] = 1.0 if i == k else 0.0
    x, y, z = point[0] - pos[0, 0], point[1] - pos[0, 1], point[2] - pos[0, 2]
    jac[0, 3], jac[1, 3], jac[2, 3] = 0.0, -z, y
    jac[0, 4], jac[1, 4], jac[2, 4] = z, 0.0, -x
    jac[0, 5], jac[1, 5], jac[2, 5] = -y, x, 0.0
    for k in range(len(path)):
        d = path[k]
        if d < 0:
            break
        b = dof_body[d]
        x, y, z = point[0] - pos[b, 0], point[1] - pos[b, 1], point[2] - pos[b, 2]
        ax, ay, az = axes[d, 0], axes[d, 1], axes[d, 2]
        cols[n] = ROOT + d
        jac[0, n], jac[1, n], jac[2, n] = ay * z - az * y, az * x - ax * z, ax * y - ay * x
        n += 1
    return n


@njit(cache=True, nogil=True)
def _add3(H, g, cols, jac, n, r, w):
    """Three rows of weight `w` (3,) and residual `r` (3,)."""
    w0, w1, w2 = w[0], w[1], w[2]
    for a in range(n):
        ca = cols[a]
        j0, j1, j2 = w0 * jac[0, a], w1 * jac[1, a], w2 * jac[2, a]
        g[ca] += j0 * r[0] + j1 * r[1] + j2 * r[2]
        for b in range(a + 1):
            # columns rise along a path, so this is the lower triangle
            H[ca, cols[b]] += j0 * jac[0, b] + j1 * jac[1, b] + j2 * jac[2, b]


@njit(cache=True, nogil=True)
def _point(pos, rot, body, local, out):
    for i in range(3):
        out[i] = (
            pos[body, i]
            + rot[body, i, 0] * local[0]
            + rot[body, i, 1] * local[1]
            + rot[body, i, 2] * local[2]
        )


@njit(cache=True, nogil=True)
def frame_equations(tree, paths, dof_body, terms, targets, t, pos, rot, axes, dofs, H, g, work):
    """Add one frame's own terms to its normal equations; the frame's cost.

    Args:
        tree: See `model.Tree`.
        paths: (B, P) dofs from the root to each body, -1 behind the last.
        dof_body: (D,).
        terms: What is asked of every frame, see `problem.Terms`.
        targets: What is asked of each frame, see `problem.Targets`.
        t: Frame.
        pos: (B, 3) m; `rot` (B, 3, 3); `axes` (D, 3): from `forward`.
        dofs: (D,) rad.
        H: (N, N) lower triangle, added to.
        g: (N,) gradient, added to.
        work: Scratch: columns (N,), Jacobian (3, N).
    """
    (
        point_body, point_local, point_weight, turn_body, turn_weight, huber,
        sole_body, sole_local, ground_weight, limits, limit_weight, rest, rest_weight,
        pair_a, pair_b, caps_body, caps_start, caps_end, caps_radius, pair_margin, pair_weight,
    ) = terms  # fmt: skip
    point_target, turn_target, anchor, anchor_weight = targets
    cols, jac = work
    cost = 0.0
    p, r, w, m = np.empty(3), np.empty(3), np.empty(3), np.empty((3, 3))

    for k in range(len(point_body)):
        if point_weight[k] <= 0.0:
            continue
        b = point_body[k]
        _point(pos, rot, b, point_local[k], p)
        for i in range(3):
            r[i] = p[i] - point_target[t, k, i]
            w[i] = point_weight[k]
            cost += w[i] * r[i] * r[i]
        n = _columns(paths[b], pos, axes, dof_body, p, cols, jac)
        _add3(H, g, cols, jac, n, r, w)

    for k in range(len(turn_body)):
        if turn_weight[k] <= 0.0:
            continue
        b = turn_body[k]
        for i in range(3):
            for j in range(3):
                m[i, j] = (
                    rot[b, i, 0] * turn_target[t, k, j, 0]
                    + rot[b, i, 1] * turn_target[t, k, j, 1]
                    + rot[b, i, 2] * turn_target[t, k, j, 2]
                )
        logarithm(m, r)
        size = np.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
        weight = turn_weight[k] * (1.0 if size <= huber else huber / size)
        w[:] = weight
        cost += weight * size * size
        n = ROOT
        for i in range(3):
            cols[i], cols[3 + i] = i, 3 + i
            for j in range(3):
                jac[j, i] = 0.0
                jac[j, 3 + i] = 1.0 if i == j else 0.0
        for q in range(paths.shape[1]):
            d = paths[b, q]
            if d < 0:
                break
            cols[n] = ROOT + d
            for i in range(3):
                jac[i, n] = axes[d, i]
            n += 1
        _add3(H, g, cols, jac, n, r, w)

    for k in range(len(sole_body)):
        b = sole_body[k]
        _point(pos, rot, b, sole_local[k], p)
        w[0] = w[1] = w[2] = anchor_weight[t, k]
        r[0], r[1], r[2] = p[0] - anchor[t, k, 0], p[1] - anchor[t, k, 1], p[2] - anchor[t, k, 2]
        if anchor_weight[t, k] == 0.0:
            if p[2] >= 0.0:
                continue
            r[0] = r[1] = 0.0
            r[2] = p[2]
        if p[2] < 0.0:
            w[2] = max(w[2], ground_weight)
        cost += w[0] * r[0] * r[0] + w[1] * r[1] * r[1] + w[2] * r[2] * r[2]
        n = _columns(paths[b], pos, axes, dof_body, p, cols, jac)
        _add3(H, g, cols, jac, n, r, w)

    for d in range(len(dofs)):
        c = ROOT + d
        e = dofs[d] - rest[d]
        cost += rest_weight[d] * e * e
        H[c, c] += rest_weight[d]
        g[c] += rest_weight[d] * e
        over = 0.0
        if dofs[d] < limits[d, 0]:
            over = dofs[d] - limits[d, 0]
        elif dofs[d] > limits[d, 1]:
            over = dofs[d] - limits[d, 1]
        if over != 0.0:
            cost += limit_weight * over * over
            H[c, c] += limit_weight
            g[c] += limit_weight * over

    if pair_weight > 0.0:
        cost += _self_collision(
            pos, rot, axes, paths, dof_body, pair_a, pair_b, caps_body, caps_start, caps_end,
            caps_radius, pair_margin, pair_weight, H, g, cols, jac,
        )  # fmt: skip
    return cost


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def capsule_distance(pos, rot, caps_body, radii, a, b, start, end, scratch):
    """Signed gap of two capsules, m; writes nearest axis points into `scratch` (6, 3)."""
    _point(pos, rot, caps_body[a], start[a], scratch[0])
    _point(pos, rot, caps_body[a], end[a], scratch[1])
    _point(pos, rot, caps_body[b], start[b], scratch[2])
    _point(pos, rot, caps_body[b], end[b], scratch[3])
    s, u = segments(scratch[0], scratch[1], scratch[2], scratch[3])
    gap = 0.0
    for i in range(3):
        scratch[4, i] = scratch[0, i] + s * (scratch[1, i] - scratch[0, i])
        scratch[5, i] = scratch[2, i] + u * (scratch[3, i] - scratch[2, i])
        gap += (scratch[4, i] - scratch[5, i]) ** 2
    return np.sqrt(gap) - radii[a] - radii[b]


@njit(cache=True, nogil=True)
def _self_collision(
    pos, rot, axes, paths, dof_body, pair_a, pair_b, caps_body, start, end, radius, margin,
    weight, H, g, cols, jac,
):  # fmt: skip
    cost = 0.0
    scratch = np.empty((6, 3))
    row = np.zeros(len(g))
    marked = np.zeros(len(g), dtype=np.bool_)
    used = np.empty(len(g), dtype=np.int64)
    for k in range(len(pair_a)):
        a, b = pair_a[k], pair_b[k]
        gap = capsule_distance(pos, rot, caps_body, radius, a, b, start, end, scratch)
        if gap >= margin:
            continue
        distance = gap + radius[a] + radius[b]
        if distance < 1e-6:
            continue
        n = 0
        for side in range(2):
            body = caps_body[a] if side == 0 else caps_body[b]
            sign = 1.0 if side == 0 else -1.0
            m = _columns(paths[body], pos, axes, dof_body, scratch[4 + side], cols, jac)
            for c in range(ROOT, m):  # the root moves both alike
                value = 0.0
                for i in range(3):
                    value += (scratch[4, i] - scratch[5, i]) / distance * jac[i, c]
                if not marked[cols[c]]:
                    marked[cols[c]] = True
                    used[n] = cols[c]
                    n += 1
                row[cols[c]] += sign * value
        r = gap - margin
        cost += weight * r * r
        for i in range(n):
            ci = used[i]
            g[ci] += weight * row[ci] * r
            for j in range(n):
                cj = used[j]
                if cj <= ci:
                    H[ci, cj] += weight * row[ci] * row[cj]
        for i in range(n):
            row[used[i]] = 0.0
            marked[used[i]] = False
    return cost


@njit(cache=True, nogil=True)
def cholesky_solve(H, g, x):
    """Solve H x = -g for a dense symmetric H (lower triangle, overwritten); False if not definite."""
    n = len(g)
    for j in range(n):
        s = H[j, j]
        for k in range(j):
            s -= H[j, k] * H[j, k]
        if s <= 1e-12:
            return False
        d = np.sqrt(s)
        H[j, j] = d
        for i in range(j + 1, n):
            s = H[i, j]
            for k in range(j):
                s -= H[i, k] * H[j, k]
            H[i, j] = s / d
    for i in range(n):
        s = -g[i]
        for k in range(i):
            s -= H[i, k] * x[k]
        x[i] = s / H[i, i]
    for i in range(n - 1, -1, -1):
        s = x[i]
        for k in range(i + 1, n):
            s -= H[k, i] * x[k]
        x[i] = s / H[i, i]
    return True


@njit(cache=True, nogil=True)
def step(tree, x, cap, root_pos, root_rot, dofs, new_pos, new_rot, new_dofs):
    """One frame moved by its unknowns `x`; dof and root turns are capped at `cap` rad."""
    first, ball = tree[3], tree[5]
    vector, turn, old, out = np.empty(3), np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    for i in range(3):
        new_pos[i] = root_pos[i] + x[i]
        vector[i] = min(max(x[3 + i], -cap), cap)
    rotation(vector, turn)
    _matmul(turn, root_rot, new_rot)
    for d in range(len(dofs)):
        new_dofs[d] = dofs[d] + min(max(x[ROOT + d], -cap), cap)
    for b in range(1, len(first)):
        if not ball[b]:
            continue
        d = first[b]
        for i in range(3):
            vector[i] = min(max(x[ROOT + d + i], -cap), cap)
        rotation(vector, turn)
        rotation(dofs[d : d + 3], old)
        _matmul(turn, old, out)
        logarithm(out, new_dofs[d : d + 3])

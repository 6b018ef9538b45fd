"""Compiled kernels of rotations and kinematics: the pose of a frame, and how its unknowns move it.

A frame has N = 6 + D unknowns: root position (3), root rotation (3, world axes, from the left),
then the dofs. A body has at most three hinges in series at its origin, or, where a robot's dofs
are exponential maps, one ball joint whose three unknowns turn it about its parent's axes.
"""

import numpy as np

from motionlib.kernels.compiled import compiled, compiled_inline

ROOT = 6
"""Unknowns of the root."""


@compiled_inline
def product(a, b, out):
    """Product of two matrices (3, 3)."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@compiled_inline
def coordinate(pos, rot, local, i):
    """One of the three coordinates of the world place of a point on a body: `(p + R l)_i`.

    p (3,) m and R (3, 3) are the body's pose, l (3,) m the point in its frame.
    """
    return pos[i] + rot[i, 0] * local[0] + rot[i, 1] * local[1] + rot[i, 2] * local[2]


@compiled
def rotation(v, out):
    """Rotation matrix (3, 3) of a rotation vector (3,) rad, Rodrigues' formula.

    `exp(v) := I + (sin θ / θ) [v]× + ((1 − cos θ) / θ²) [v]×²` with θ = ‖v‖ and [v]× the matrix of
    v × ·; below 1e-6 rad the first two terms of each factor's series.
    """
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


@compiled_inline
def logarithm(m, out):
    """Rotation vector (3,) rad of a rotation matrix, angle at most pi.

    `log(M) := θ / (2 sin θ) w`, w = (M₂₁ − M₁₂, M₀₂ − M₂₀, M₁₀ − M₀₁),
    `θ = atan2(‖w‖ / 2, (tr M − 1) / 2)`; w / 2 near the identity, `_half_turn` near θ = π.
    """
    x, y, z = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    sine = 0.5 * np.sqrt(x * x + y * y + z * z)
    cosine = 0.5 * (m[0, 0] + m[1, 1] + m[2, 2] - 1.0)
    if sine > 1e-6:
        scale = 0.5 * np.arctan2(sine, cosine) / sine
        out[0], out[1], out[2] = scale * x, scale * y, scale * z
    elif cosine > 0.0:
        out[0], out[1], out[2] = 0.5 * x, 0.5 * y, 0.5 * z
    else:
        _half_turn(m, out)


@compiled_inline
def _half_turn(m, out):
    """Rotation vector of half a turn: the axis comes from the diagonal.

    `M = 2 n nᵀ − I`, so `n_k = √((M_kk + 1) / 2)` with the largest M_kk,
    `n_i = (M_ki + M_ik) / (4 n_k)` for the others, and the vector is π n.
    """
    k = 0
    if m[1, 1] > m[0, 0]:
        k = 1
    if m[2, 2] > m[k, k]:
        k = 2
    a, b = (k + 1) % 3, (k + 2) % 3
    length = np.sqrt(max(0.5 * (m[k, k] + 1.0), 1e-12))
    out[k] = np.pi * length
    out[a] = np.pi * 0.25 * (m[k, a] + m[a, k]) / length
    out[b] = np.pi * 0.25 * (m[k, b] + m[b, k]) / length


@compiled
def relative(b, a, m, out):
    """Rotation vector (3,) rad, world axes, that turns the matrix `a` into `b`: `log(b aᵀ)`.

    `m` is scratch.
    """
    for i in range(3):
        for j in range(3):
            m[i, j] = b[i, 0] * a[j, 0] + b[i, 1] * a[j, 1] + b[i, 2] * a[j, 2]
    logarithm(m, out)


@compiled_inline
def sines(angles, sine, cosine):
    """Sines and cosines of angles (D,) rad, within 2e-15 for a few turns; several at a time.

    Taylor's series at x, a quarter of `θ − 2π ⌊θ / 2π + ½⌋`, doubled twice:
    `sin 2x = 2 sin x cos x`, `cos 2x = 1 − 2 sin² x`. No call and no branch.
    """
    for d in range(len(angles)):
        turns = np.floor(angles[d] * (0.5 / np.pi) + 0.5)
        x = 0.25 * (angles[d] - turns * (2.0 * np.pi))
        z = x * x
        s = 1.0 - z * (1 / 110) * (1.0 - z * (1 / 156) * (1.0 - z * (1 / 210)))
        s = 1.0 - z * (1 / 42) * (1.0 - z * (1 / 72) * s)
        s = x * (1.0 - z * (1 / 6) * (1.0 - z * (1 / 20) * s))
        c = 1.0 - z * (1 / 132) * (1.0 - z * (1 / 182) * (1.0 - z * (1 / 240)))
        c = 1.0 - z * (1 / 30) * (1.0 - z * (1 / 56) * (1.0 - z * (1 / 90) * c))
        c = 1.0 - z * (1 / 2) * (1.0 - z * (1 / 12) * c)
        s, c = 2.0 * s * c, 1.0 - 2.0 * s * s
        sine[d], cosine[d] = 2.0 * s * c, 1.0 - 2.0 * s * s


@compiled
def forward_scratch(tree):
    """What `forward` works with: parts of every hinge's turn, and arrays that it writes into.

    A hinge's angle t about the axis h turns its body, in the frame that came before, by Rodrigues'
    formula `T(t) := O (h hᵀ + cos t (I − h hᵀ) + sin t [h]×) = A + cos t B + sin t C`, where A = O
    h hᵀ, B = O − A and C = O [h]×. O is how the body is turned at rest for its first hinge, I for
    the next ones. The nine entries stand in rows, so that several hinges are turned at a time.
    """
    bodies, dofs = len(tree.parents), len(tree.axes)
    parts, hinges, turns = np.empty((3, 9, dofs)), np.empty((dofs, 3)), np.empty((9, dofs + bodies))
    for b in range(bodies):
        for i in range(9):
            turns[i, dofs + b] = tree.offset_rot[b, i // 3, i % 3]
    rest, h = np.empty((3, 3)), tree.axes
    for d in range(dofs):
        b = tree.dof_body[d]
        for i in range(3):
            for j in range(3):
                rest[i, j] = tree.offset_rot[b, i, j] if d == tree.first_dof[b] else 1.0 * (i == j)
            hinges[d, i] = rest[i, 0] * h[d, 0] + rest[i, 1] * h[d, 1] + rest[i, 2] * h[d, 2]
            for j in range(3):
                k, m = (j + 1) % 3, (j + 2) % 3
                parts[0, 3 * i + j, d] = hinges[d, i] * h[d, j]
                parts[1, 3 * i + j, d] = rest[i, j] - hinges[d, i] * h[d, j]
                parts[2, 3 * i + j, d] = rest[i, k] * h[d, m] - rest[i, m] * h[d, k]
    return parts, turns, hinges, np.empty(dofs), np.empty(dofs), np.empty((3, 3))


@compiled_inline
def _hinge_turns(scratch, dofs):
    """How every hinge turns its body in the frame before: `T_d := A_d + cos q_d B_d + sin q_d C_d`.

    (9, D) row-major matrices, of dofs q (D,) rad; see `forward_scratch`.
    """
    parts, turns, sine, cosine = scratch[0], scratch[1], scratch[3], scratch[4]
    sines(dofs, sine, cosine)
    for i in range(9):
        for d in range(len(dofs)):
            turns[i, d] = parts[0, i, d] + cosine[d] * parts[1, i, d] + sine[d] * parts[2, i, d]


@compiled
def _turn(rot, a, turns, d, b):
    """Rotation of body `b`: `R_b := R_a T_d`, T_d being column `d` of `turns` (9, D), row-major."""
    x, y, z = rot[a, 0, 0], rot[a, 0, 1], rot[a, 0, 2]
    x1, y1, z1 = rot[a, 1, 0], rot[a, 1, 1], rot[a, 1, 2]
    x2, y2, z2 = rot[a, 2, 0], rot[a, 2, 1], rot[a, 2, 2]
    for j in range(3):
        u, v, w = turns[j, d], turns[3 + j, d], turns[6 + j, d]
        rot[b, 0, j] = x * u + y * v + z * w
        rot[b, 1, j] = x1 * u + y1 * v + z1 * w
        rot[b, 2, j] = x2 * u + y2 * v + z2 * w


@compiled
def turned(rot, body, vectors, k, i):
    """World coordinate `i` of vector `k` of `vectors`, in a body's frame: `(R_body v_k)_i`."""
    x, y = rot[body, i, 0] * vectors[k, 0], rot[body, i, 1] * vectors[k, 1]
    return x + y + rot[body, i, 2] * vectors[k, 2]


@compiled_inline
def _start_ball(dofs, d, b, rot, axes, joint, turns):
    """Axes of a ball joint, whose body is turned as at rest, and the turn that comes next.

    The three axes are the columns of R_b as it is before the turn, the turn is `T_d := exp(q)` of
    the joint's rotation vector q (3,) rad.
    """
    rotation(dofs[d : d + 3], joint)
    for i in range(3):
        for j in range(3):
            axes[d + j, i] = rot[b, i, j]
            turns[3 * i + j, d] = joint[i, j]


@compiled_inline
def forward(tree, root_pos, root_rot, dofs, pos, rot, axes, scratch):
    """Forward kinematics of one frame.

    `p_b := p_a + R_a o_b` and `R_b := R_a T_d ⋯ T_e`, a being the parent of b, o_b its offset in
    the parent's frame and d to e its hinges in order; without any, R_a O_b, and O_b exp(q) for a
    ball joint. The world axis of a hinge is `R O h`, R being the rotation that came before it.

    Args:
        tree: See `model.Tree`.
        root_pos: (3,) m.
        root_rot: (3, 3).
        dofs: (D,) rad.
        pos: (B, 3) m, out.
        rot: (B, 3, 3), out.
        axes: (D, 3) world axis about which each dof turns, out.
        scratch: Of `forward_scratch`.
    """
    parents, ball, first, count = tree.parents, tree.ball, tree.first_dof, tree.num_dofs
    offsets, turns, hinges, joint = tree.offset_pos, scratch[1], scratch[2], scratch[5]
    _hinge_turns(scratch, dofs)
    for i in range(3):
        pos[0, i] = root_pos[i]
        for j in range(3):
            rot[0, i, j] = root_rot[i, j]
    for b in range(1, len(parents)):
        a, d = parents[b], first[b]
        for i in range(3):
            pos[b, i] = pos[a, i] + turned(rot, a, offsets, b, i)
        if ball[b] or count[b] == 0:
            _turn(rot, a, turns, len(dofs) + b, b)
        if ball[b]:
            _start_ball(dofs, d, b, rot, axes, joint, turns)
            a = b
        for k in range(d, d + 1 if ball[b] else d + count[b]):
            for i in range(0 if ball[b] else 3):
                axes[k, i] = turned(rot, a, hinges, k, i)
            _turn(rot, a, turns, k, b)
            a = b


@compiled
def step(tree, x, cap, root_pos, root_rot, dofs, new_pos, new_rot, new_dofs):
    """One frame moved by its unknowns `x` (N,), into other arrays.

    `p ← p + x_p`, `R ← exp(x_R) R`, a hinge's `q ← q + x_q`, a ball joint's
    `q ← log(exp(x_q) exp(q))`; every entry of x but x_p is first held within ± `cap` rad.
    """
    vector, turn, old, out = np.empty(3), np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    for i in range(3):
        new_pos[i] = root_pos[i] + x[i]
        vector[i] = min(max(x[3 + i], -cap), cap)
    rotation(vector, turn)
    product(turn, root_rot, new_rot)
    for b in range(1, len(tree.parents)):
        d = tree.first_dof[b]
        if not tree.ball[b]:
            for k in range(d, d + tree.num_dofs[b]):
                new_dofs[k] = dofs[k] + min(max(x[ROOT + k], -cap), cap)
            continue
        for i in range(3):
            vector[i] = min(max(x[ROOT + d + i], -cap), cap)
        rotation(vector, turn)
        rotation(dofs[d : d + 3], old)
        product(turn, old, out)
        logarithm(out, new_dofs[d : d + 3])


@compiled
def keep_root(t, pos, rot, root_pos, root_rot):
    """One frame's root into the arrays of all; entry by entry, which compiles the fastest."""
    for i in range(3):
        root_pos[t, i] = pos[i]
        for j in range(3):
            root_rot[t, i, j] = rot[i, j]


@compiled
def clamp(limits, dofs):
    """Dofs (D,) moved into their limits (D, 2): `q ← min(max(q, low), high)`."""
    for d in range(len(dofs)):
        dofs[d] = min(max(dofs[d], limits[d, 0]), limits[d, 1])


@compiled
def poses(tree, root_pos, root_rot, dofs, body_pos, body_rot):
    """Forward kinematics of all frames into (T, B, 3) m and (T, B, 3, 3)."""
    axes, scratch = np.empty((dofs.shape[1], 3)), forward_scratch(tree)
    for t in range(len(dofs)):
        forward(tree, root_pos[t], root_rot[t], dofs[t], body_pos[t], body_rot[t], axes, scratch)

"""Compiled kernels of rotations and kinematics: the pose of a frame, and how its unknowns move it.

A frame has N = 6 + D unknowns: root position (3), root rotation (3, world axes, from the left),
then the dofs. A body has at most three hinges in series at its origin, or, where a robot's dofs
are exponential maps, one ball joint whose three unknowns turn it about its parent's axes.
"""

import numpy as np

from motionlib.compiled import compiled, compiled_inline

ROOT = 6
"""Unknowns of the root."""


@compiled_inline
def product(a, b, out):
    """Product of two matrices (3, 3)."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@compiled_inline
def carried(pos, rot, body, local, out):
    """World place (3,) m of a point that a body carries."""
    for i in range(3):
        turned = rot[body, i, 0] * local[0] + rot[body, i, 1] * local[1]
        out[i] = pos[body, i] + turned + rot[body, i, 2] * local[2]


@compiled_inline
def coordinate(pos, rot, local, i):
    """One of the three coordinates of the world place of a point on a body at (3,), (3, 3)."""
    return pos[i] + rot[i, 0] * local[0] + rot[i, 1] * local[1] + rot[i, 2] * local[2]


@compiled
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


@compiled
def logarithm(m, out):
    """Rotation vector (3,) rad of a rotation matrix, angle at most pi."""
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


@compiled
def _half_turn(m, out):
    """Rotation vector of half a turn: the axis comes from the diagonal."""
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
    """Rotation vector (3,) rad, world axes, that turns the matrix `a` into `b`; `m` is scratch."""
    for i in range(3):
        for j in range(3):
            m[i, j] = b[i, 0] * a[j, 0] + b[i, 1] * a[j, 1] + b[i, 2] * a[j, 2]
    logarithm(m, out)


@compiled_inline
def _hinge(hinge, angle, turn, axis):
    """`turn` (3, 3) turned by `angle` about its own axis `hinge` (3,), whose world axis it writes."""
    sine, cosine = np.sin(angle), np.cos(angle)
    x = turn[0, 0] * hinge[0] + turn[0, 1] * hinge[1] + turn[0, 2] * hinge[2]
    y = turn[1, 0] * hinge[0] + turn[1, 1] * hinge[1] + turn[1, 2] * hinge[2]
    z = turn[2, 0] * hinge[0] + turn[2, 1] * hinge[1] + turn[2, 2] * hinge[2]
    axis[0], axis[1], axis[2] = x, y, z
    for j in range(3):
        u, v, w = turn[0, j], turn[1, j], turn[2, j]
        along = hinge[j] * (1.0 - cosine)
        turn[0, j] = cosine * u + sine * (y * w - z * v) + along * x
        turn[1, j] = cosine * v + sine * (z * u - x * w) + along * y
        turn[2, j] = cosine * w + sine * (x * v - y * u) + along * z


@compiled
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
    joint, base = np.empty((3, 3)), np.empty((3, 3))
    parents, ball, first, count = tree.parents, tree.ball, tree.first_dof, tree.num_dofs
    offset_pos, offset_rot, hinges = tree.offset_pos, tree.offset_rot, tree.axes
    pos[0], rot[0] = root_pos, root_rot
    for b in range(1, len(parents)):
        p, d = parents[b], first[b]
        carried(pos, rot, p, offset_pos[b], pos[b])
        if ball[b]:
            product(rot[p], offset_rot[b], base)
            axes[d : d + 3] = base.T
            rotation(dofs[d : d + 3], joint)
            product(base, joint, rot[b])
            continue
        product(rot[p], offset_rot[b], rot[b])
        for k in range(d, d + count[b]):
            _hinge(hinges[k], dofs[k], rot[b], axes[k])


@compiled
def step(tree, x, cap, root_pos, root_rot, dofs, new_pos, new_rot, new_dofs):
    """One frame moved by its unknowns `x` (N,); dof and root turns are capped at `cap` rad."""
    vector, turn, old, out = np.empty(3), np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    for i in range(3):
        new_pos[i] = root_pos[i] + x[i]
        vector[i] = min(max(x[3 + i], -cap), cap)
    rotation(vector, turn)
    product(turn, root_rot, out)
    new_rot[:] = out
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
def clamp(limits, dofs):
    """Dofs (D,) moved into their limits (D, 2)."""
    for d in range(len(dofs)):
        dofs[d] = min(max(dofs[d], limits[d, 0]), limits[d, 1])


@compiled
def poses(tree, root_pos, root_rot, dofs, body_pos, body_rot):
    """Forward kinematics of all frames into (T, B, 3) m and (T, B, 3, 3)."""
    axes = np.empty((dofs.shape[1], 3))
    for t in range(len(dofs)):
        forward(tree, root_pos[t], root_rot[t], dofs[t], body_pos[t], body_rot[t], axes)

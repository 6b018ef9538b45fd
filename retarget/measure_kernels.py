"""Poses and soles of all frames of one clip, compiled, for measuring.

One file on its own: the compiler's cache on disk notices a change of the file that a function
stands in, not of one that it calls into.
"""

import math

import numpy as np

from motionlib.compiled import compiled


@compiled
def world_poses(tree, root_pos, root_quat, dofs, pos, rot):
    """Forward kinematics of a clip.

    Args:
        tree: `measured_robot.Tree`.
        root_pos: (T, 3) m.
        root_quat: (T, 4) wxyz.
        dofs: (T, D) rad.
        pos: (T, B, 3) m, filled.
        rot: (T, B, 3, 3), filled.
    """
    parents, offset_pos, offset_rot, first, count, ball, axes = tree
    base, joint = np.empty((3, 3)), np.empty((3, 3))
    turned = np.empty(parents.shape[0], dtype=np.bool_)
    for b in range(parents.shape[0]):
        turned[b] = offset_rot[b, 0, 0] + offset_rot[b, 1, 1] + offset_rot[b, 2, 2] < 3.0
    for t in range(root_pos.shape[0]):
        pos[t, 0] = root_pos[t]
        _matrix(root_quat[t], rot[t, 0])
        for b in range(1, parents.shape[0]):
            p = parents[b]
            for i in range(3):
                pos[t, b, i] = (
                    pos[t, p, i]
                    + rot[t, p, i, 0] * offset_pos[b, 0]
                    + rot[t, p, i, 1] * offset_pos[b, 1]
                    + rot[t, p, i, 2] * offset_pos[b, 2]
                )
            if turned[b]:
                _matmul(rot[t, p], offset_rot[b], rot[t, b])
            else:
                rot[t, b] = rot[t, p]
            d = first[b]
            if ball[b]:
                _turn(dofs[t, d], dofs[t, d + 1], dofs[t, d + 2], joint)
                base[:] = rot[t, b]
                _matmul(base, joint, rot[t, b])
                continue
            for k in range(d, d + count[b]):
                angle = dofs[t, k]
                _turn(angle * axes[k, 0], angle * axes[k, 1], angle * axes[k, 2], joint)
                base[:] = rot[t, b]
                _matmul(base, joint, rot[t, b])


@compiled
def point_distances(pos, rot, bodies, local, goal, columns, out):
    """Distances of points on bodies from where they should be.

    Args:
        pos: (T, B, 3) m.
        rot: (T, B, 3, 3).
        bodies: (P,) int64.
        local: (P, 3) m, frames of those bodies.
        goal: (T, K, 3) m.
        columns: (P,) int64, column of the goal of each point.
        out: (T, P) m, filled.
    """
    for t in range(pos.shape[0]):
        for p in range(bodies.shape[0]):
            b, square = bodies[p], 0.0
            for i in range(3):
                x = _coordinate(pos[t, b], rot[t, b], local[p], i) - goal[t, columns[p], i]
                square += x * x
            out[t, p] = math.sqrt(square)


@compiled
def lowest_corners(pos, rot, bodies, corners, fps, height, speed):
    """Height and horizontal speed of each foot's lowest sole corner, central differences.

    Args:
        pos: (T, B, 3) m.
        rot: (T, B, 3, 3).
        bodies: (F,) int64.
        corners: (F, 4, 3) m, frames of those bodies.
        fps: Frames a second.
        height: (T, F) m, filled.
        speed: (T, F) m/s, filled; zero in a clip of one frame.
    """
    frames = pos.shape[0]
    for t in range(frames):
        for f in range(bodies.shape[0]):
            b, lowest, at = bodies[f], math.inf, 0
            for c in range(4):
                z = _coordinate(pos[t, b], rot[t, b], corners[f, c], 2)
                if z < lowest:
                    lowest, at = z, c
            height[t, f] = lowest
            before, after = max(t - 1, 0), min(t + 1, frames - 1)
            square = 0.0
            for i in range(2):
                step = _coordinate(pos[after, b], rot[after, b], corners[f, at], i)
                step -= _coordinate(pos[before, b], rot[before, b], corners[f, at], i)
                square += step * step
            speed[t, f] = math.sqrt(square) * fps / max(after - before, 1)


@compiled
def _coordinate(pos, rot, local, i):
    return pos[i] + rot[i, 0] * local[0] + rot[i, 1] * local[1] + rot[i, 2] * local[2]


@compiled
def _matmul(a, b, out):
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@compiled
def _matrix(q, out):
    w, x, y, z = q[0], q[1], q[2], q[3]
    s = 2.0 / (w * w + x * x + y * y + z * z)
    out[0, 0], out[0, 1], out[0, 2] = (
        1 - s * (y * y + z * z),
        s * (x * y - w * z),
        s * (x * z + w * y),
    )
    out[1, 0], out[1, 1], out[1, 2] = (
        s * (x * y + w * z),
        1 - s * (x * x + z * z),
        s * (y * z - w * x),
    )
    out[2, 0], out[2, 1], out[2, 2] = (
        s * (x * z - w * y),
        s * (y * z + w * x),
        1 - s * (x * x + y * y),
    )


@compiled
def _turn(x, y, z, out):
    """Rotation matrix of a rotation vector, rad."""
    half = 0.5 * math.sqrt(x * x + y * y + z * z)
    scale = 0.5 if half < 1e-9 else 0.5 * math.sin(half) / half
    _matrix((math.cos(half), scale * x, scale * y, scale * z), out)

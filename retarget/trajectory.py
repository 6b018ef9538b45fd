"""Compiled kernels over the frames of one clip: single-frame starts, and the banded system."""

import numpy as np
from numba import njit

from retarget.kernels import (
    ROOT,
    cholesky_solve,
    forward,
    frame_equations,
    logarithm,
    rotation,
    step,
)

_STEP_CAP = 0.8
"""rad that a joint or the root may turn in one iteration."""
_DAMPING = 1e-2


@njit(cache=True, nogil=True)
def _evaluate(tree, paths, dof_body, terms, targets, t, root_pos, root_rot, dofs, H, g, scratch):
    pos, rot, axes, work = scratch
    H[:] = 0.0
    g[:] = 0.0
    forward(tree, root_pos, root_rot, dofs, pos, rot, axes)
    return frame_equations(
        tree, paths, dof_body, terms, targets, t, pos, rot, axes, dofs, H, g, work
    )


@njit(cache=True, nogil=True)
def solve_frames(tree, paths, dof_body, terms, targets, root_pos, root_rot, dofs, iterations):
    """Every frame alone, from the pose it is given, by Levenberg-Marquardt with rejection.

    Nothing is inherited from another frame. Arrays (T, 3), (T, 3, 3), (T, D) are overwritten.
    """
    num_frames, num_dofs = dofs.shape
    num_bodies, n = len(tree[0]), ROOT + num_dofs
    scratch = (
        np.empty((num_bodies, 3)),
        np.empty((num_bodies, 3, 3)),
        np.empty((num_dofs, 3)),
        (np.empty(n, dtype=np.int64), np.empty((3, n))),
    )
    H, g, A, x = np.empty((n, n)), np.empty(n), np.empty((n, n)), np.empty(n)
    H2, g2 = np.empty((n, n)), np.empty(n)
    new_pos, new_rot, new_dofs = np.empty(3), np.empty((3, 3)), np.empty(num_dofs)
    for t in range(num_frames):
        damping = _DAMPING
        cost = _evaluate(
            tree,
            paths,
            dof_body,
            terms,
            targets,
            t,
            root_pos[t],
            root_rot[t],
            dofs[t],
            H,
            g,
            scratch,
        )
        for _ in range(iterations):
            A[:] = H
            for i in range(n):
                A[i, i] += damping
            if not cholesky_solve(A, g, x):
                damping *= 10.0
                continue
            step(tree, x, _STEP_CAP, root_pos[t], root_rot[t], dofs[t], new_pos, new_rot, new_dofs)
            new_cost = _evaluate(
                tree,
                paths,
                dof_body,
                terms,
                targets,
                t,
                new_pos,
                new_rot,
                new_dofs,
                H2,
                g2,
                scratch,
            )
            if new_cost < cost:
                root_pos[t], root_rot[t], dofs[t] = new_pos, new_rot, new_dofs
                H[:], g[:] = H2, g2
                done = cost - new_cost < 1e-4 * cost
                cost = new_cost
                damping *= 0.3
                if done:
                    break
            else:
                damping *= 10.0


@njit(cache=True, nogil=True)
def _couple(band, gradient, t, n, i, r, w):
    """Second difference r of unknown i about frame t."""
    a, b, c = (t - 1) * n + i, t * n + i, (t + 1) * n + i
    gradient[a] += w * r
    gradient[b] -= 2.0 * w * r
    gradient[c] += w * r
    band[a, 0] += w
    band[b, 0] += 4.0 * w
    band[c, 0] += w
    band[a, n] -= 2.0 * w
    band[b, n] -= 2.0 * w
    band[a, 2 * n] += w


@njit(cache=True, nogil=True)
def _relative(b, a, out, m):
    """Rotation vector that turns the matrix `a` into `b`, world axes."""
    for i in range(3):
        for j in range(3):
            m[i, j] = b[i, 0] * a[j, 0] + b[i, 1] * a[j, 1] + b[i, 2] * a[j, 2]
    logarithm(m, out)


@njit(cache=True, nogil=True)
def _smooth_turn(before, now, after, band, gradient, t, n, first, w, scratch):
    m, u, v = scratch
    _relative(now, before, u, m)
    _relative(after, now, v, m)
    cost = 0.0
    for i in range(3):
        r = v[i] - u[i]
        cost += w[first + i] * r * r
        _couple(band, gradient, t, n, first + i, r, w[first + i])
    return cost


@njit(cache=True, nogil=True)
def assemble(
    tree, paths, dof_body, terms, targets, smooth, speed, speed_weight, root_pos, root_rot, dofs,
    damping, band, gradient,
):  # fmt: skip
    """The banded normal equations of a clip.

    Args:
        smooth: (N,) weights of second differences.
        speed: (D,) rad a frame that a dof may move; infinity where unknown.
        speed_weight: Of what exceeds it.
        root_pos: (T, 3) m; `root_rot` (T, 3, 3); `dofs` (T, D) rad.
        damping: Added to the diagonal.
        band: (T N, 2 N + 1) float32, out: `band[j, i - j]` is entry (i, j) of the lower triangle.
        gradient: (T N,) float64, out.

    Returns:
        The cost.
    """
    num_frames, num_dofs = dofs.shape
    num_bodies, n = len(tree[0]), ROOT + num_dofs
    scratch = (
        np.empty((num_bodies, 3)),
        np.empty((num_bodies, 3, 3)),
        np.empty((num_dofs, 3)),
        (np.empty(n, dtype=np.int64), np.empty((3, n))),
    )
    H, g = np.empty((n, n)), np.empty(n)
    band[:] = 0.0
    gradient[:] = 0.0
    cost = 0.0
    for t in range(num_frames):
        cost += _evaluate(
            tree,
            paths,
            dof_body,
            terms,
            targets,
            t,
            root_pos[t],
            root_rot[t],
            dofs[t],
            H,
            g,
            scratch,
        )
        at = t * n
        for j in range(n):
            gradient[at + j] += g[j]
            for i in range(j, n):
                band[at + j, i - j] += H[i, j]
            band[at + j, 0] += damping
    cost += _smoothness(tree, smooth, root_pos, root_rot, dofs, band, gradient)
    cost += _speed_limits(speed, speed_weight, dofs, band, gradient)
    return cost


@njit(cache=True, nogil=True)
def _smoothness(tree, smooth, root_pos, root_rot, dofs, band, gradient):
    first, count, ball = tree[3], tree[4], tree[5]
    num_frames, num_dofs = dofs.shape
    n = ROOT + num_dofs
    scratch = (np.empty((3, 3)), np.empty(3), np.empty(3))
    before, now, after = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    cost = 0.0
    for t in range(1, num_frames - 1):
        for i in range(3):
            r = root_pos[t + 1, i] - 2.0 * root_pos[t, i] + root_pos[t - 1, i]
            cost += smooth[i] * r * r
            _couple(band, gradient, t, n, i, r, smooth[i])
        cost += _smooth_turn(
            root_rot[t - 1], root_rot[t], root_rot[t + 1], band, gradient, t, n, 3, smooth, scratch
        )
        for b in range(1, len(first)):
            d = first[b]
            if ball[b]:
                rotation(dofs[t - 1, d : d + 3], before)
                rotation(dofs[t, d : d + 3], now)
                rotation(dofs[t + 1, d : d + 3], after)
                cost += _smooth_turn(
                    before, now, after, band, gradient, t, n, ROOT + d, smooth, scratch
                )
                continue
            for k in range(d, d + count[b]):
                r = dofs[t + 1, k] - 2.0 * dofs[t, k] + dofs[t - 1, k]
                cost += smooth[ROOT + k] * r * r
                _couple(band, gradient, t, n, ROOT + k, r, smooth[ROOT + k])
    return cost


@njit(cache=True, nogil=True)
def _speed_limits(speed, weight, dofs, band, gradient):
    num_frames, num_dofs = dofs.shape
    n = ROOT + num_dofs
    cost = 0.0
    for t in range(num_frames - 1):
        for d in range(num_dofs):
            v = dofs[t + 1, d] - dofs[t, d]
            over = abs(v) - speed[d]
            if over <= 0.0:
                continue
            r = over if v > 0.0 else -over
            a, b = t * n + ROOT + d, (t + 1) * n + ROOT + d
            cost += weight * over * over
            gradient[a] -= weight * r
            gradient[b] += weight * r
            band[a, 0] += weight
            band[b, 0] += weight
            band[a, n] -= weight
    return cost


@njit(cache=True, nogil=True)
def move(tree, x, root_pos, root_rot, dofs, limits, clamp):
    """All frames moved by the solution `x` (T N,); clamped to limits where asked.

    Returns:
        Largest step of any dof, rad.
    """
    num_frames, num_dofs = dofs.shape
    n = ROOT + num_dofs
    new_pos, new_rot, new_dofs = np.empty(3), np.empty((3, 3)), np.empty(num_dofs)
    largest = 0.0
    for t in range(num_frames):
        row = x[t * n : (t + 1) * n]
        step(tree, row, _STEP_CAP, root_pos[t], root_rot[t], dofs[t], new_pos, new_rot, new_dofs)
        root_pos[t], root_rot[t] = new_pos, new_rot
        for d in range(num_dofs):
            value = new_dofs[d]
            if clamp:
                value = min(max(value, limits[d, 0]), limits[d, 1])
            largest = max(largest, abs(value - dofs[t, d]))
            dofs[t, d] = value
    return largest


@njit(cache=True, nogil=True)
def poses(tree, root_pos, root_rot, dofs, body_pos, body_rot):
    """Forward kinematics of all frames into (T, B, 3) m and (T, B, 3, 3)."""
    axes = np.empty((dofs.shape[1], 3))
    for t in range(len(dofs)):
        forward(tree, root_pos[t], root_rot[t], dofs[t], body_pos[t], body_rot[t], axes)

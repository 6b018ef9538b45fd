"""Compiled kernels over the frames of a clip: the banded system, and steps through it."""

import numpy as np

from motionlib.kernels.compiled import compiled, compiled_inline
from retarget.kernels.equations import frame_equations, frame_scratch
from retarget.kernels.frames import STEP_CAP
from retarget.kernels.kinematics import ROOT, keep_root, relative, rotation, step

HOLD = 1e6
"""Number added to the diagonal of a dof held at its limit: it moves by -multiplier / HOLD."""


@compiled
def assemble(
    tree, terms, targets, smooth, speed, speed_weight, root_pos, root_rot, dofs, held, damping,
    band, gradient,
):  # fmt: skip
    """The banded normal equations of a clip, `A x = −g`.

    The cost is `Σ_t c_t + Σ w ‖r_t‖² + Σ W o²`: of `frame_equations`, of second differences r, of
    what steps of dofs exceed their speed by, o. A is the sum of all `w JᵀJ`, plus damping I, plus
    HOLD for dofs that are held; g is half of the cost's gradient.

    Args:
        tree: See `model.Tree`.
        terms: What is asked of every frame, see `problem.Terms`.
        targets: What is asked of each frame, see `problem.Targets`.
        smooth: (N,) weights of second differences.
        speed: (D,) rad a frame that a dof may move; infinity where unknown.
        speed_weight: Of what exceeds it.
        root_pos: (T, 3) m.
        root_rot: (T, 3, 3).
        dofs: (T, D) rad, inside the limits.
        held: (T, D) bool dofs that stay at their limit.
        damping: Added to the diagonal.
        band: (T N, W) float32, W at least 2 N + 1, out: `band[j, i - j]` is entry (i, j) of the
            lower triangle.
        gradient: (T N,) float64, out.

    Returns:
        The cost.
    """
    num_frames, n = len(dofs), ROOT + dofs.shape[1]
    scratch = frame_scratch(tree, terms)
    H = np.empty((n, n))
    cost = 0.0
    for t in range(num_frames):
        block, g = band[t * n : (t + 1) * n], gradient[t * n : (t + 1) * n]
        for i in range(n):  # in loops: assigned slices take long to compile
            for j in range(block.shape[1]):
                block[i, j] = 0.0
        pose = (root_pos[t], root_rot[t], dofs[t])
        cost += frame_equations(tree, terms, targets, t, pose, H, g, block, scratch)
        for i in range(n):
            for a in range(tree.depth[i]):
                j = tree.lineage[i, a]
                block[j, i - j] += H[i, j]
        _stencil(t, num_frames, smooth, damping, block)
        for d in range(n - ROOT):
            if held[t, d]:
                block[ROOT + d, 0] += HOLD
    cost += _smooth_root(smooth, root_pos, root_rot, gradient)
    cost += _smooth_dofs(tree, smooth, dofs, gradient)
    cost += _speed_limits(speed, speed_weight, dofs, band, gradient)
    return cost


@compiled
def _stencil(t, num_frames, smooth, damping, block):
    """What second differences add to one frame's rows of the band, and the damping.

    `w JᵀJ` of `r_s := x_{s−1} − 2 x_s + x_{s+1}` at all inner frames s, J = (1, −2, 1): what of it
    is in the columns of frame t and the rows of t, t + 1 and t + 2.
    """
    n = len(smooth)
    before, here, after = t - 1 > 0, 0 < t < num_frames - 1, t + 1 < num_frames - 1
    same = (1.0 if before else 0.0) + (4.0 if here else 0.0) + (1.0 if after else 0.0)
    following = -2.0 * ((1.0 if here else 0.0) + (1.0 if after else 0.0))
    last = 1.0 if after else 0.0
    for i in range(n):
        block[i, 0] += damping + smooth[i] * same
        block[i, n] += smooth[i] * following
        block[i, 2 * n] += smooth[i] * last


@compiled_inline
def _pull(gradient, t, n, i, w, r):
    """Gradient `w r (1, −2, 1)` of w r² / 2, r the second difference of unknown i about frame t."""
    gradient[(t - 1) * n + i] += w * r
    gradient[t * n + i] -= 2.0 * w * r
    gradient[(t + 1) * n + i] += w * r


@compiled
def _smooth_root(smooth, root_pos, root_rot, gradient):
    """Second differences of the root's motion into the gradient; their cost `Σ w ‖r‖² + Σ w' ‖u‖²`.

    `r := p(t + 1) − 2 p(t) + p(t − 1)` m, and `u := ω(t) − ω(t − 1)` with the turns
    `ω(t) := log(R(t + 1) R(t)ᵀ)` rad, whose derivative is taken for that of vectors.
    """
    n, cost = len(smooth), 0.0
    m, turn, last = np.empty((3, 3)), np.empty(3), np.zeros(3)
    for t in range(len(root_pos) - 1):
        relative(root_rot[t + 1], root_rot[t], m, turn)
        for i in range(3):
            if t > 0:
                r = root_pos[t + 1, i] - 2.0 * root_pos[t, i] + root_pos[t - 1, i]
                u = turn[i] - last[i]
                cost += smooth[i] * r * r + smooth[3 + i] * u * u
                _pull(gradient, t, n, i, smooth[i], r)
                _pull(gradient, t, n, 3 + i, smooth[3 + i], u)
            last[i] = turn[i]
    return cost


@compiled
def _smooth_dofs(tree, smooth, dofs, gradient):
    """Second differences of all dofs into the gradient; their cost `Σ w r²`.

    A hinge's `r := q(t + 1) − 2 q(t) + q(t − 1)` rad, a ball joint's `r := ω(t) − ω(t − 1)` with
    `ω(t) := log(exp(q(t + 1)) exp(q(t))ᵀ)`, whose derivative is taken for that of vectors.
    """
    n, cost = len(smooth), 0.0
    for t in range(1, len(dofs) - 1):
        for d in range(dofs.shape[1]):
            if not tree.ball[tree.dof_body[d]]:
                w, r = smooth[ROOT + d], dofs[t + 1, d] - 2.0 * dofs[t, d] + dofs[t - 1, d]
                cost += w * r * r
                _pull(gradient, t, n, ROOT + d, w, r)
    m, turn, last = np.empty((3, 3)), np.empty(3), np.zeros(3)
    now, after = np.empty((3, 3)), np.empty((3, 3))
    for b in range(1, len(tree.parents)):
        if not tree.ball[b]:
            continue
        d = tree.first_dof[b]
        rotation(dofs[0, d : d + 3], now)
        for t in range(len(dofs) - 1):
            rotation(dofs[t + 1, d : d + 3], after)
            relative(after, now, m, turn)
            for i in range(3):
                if t > 0:
                    w, u = smooth[ROOT + d + i], turn[i] - last[i]
                    cost += w * u * u
                    _pull(gradient, t, n, ROOT + d + i, w, u)
                last[i] = turn[i]
            now, after = after, now
    return cost


@compiled
def _speed_limits(speed, weight, dofs, band, gradient):
    """Steps of dofs that are too long into the band and the gradient; their cost `Σ W o²`.

    `o := |q(t + 1) − q(t)| − speed` rad where positive, W the weight; `J = ± (−1, 1)` in frames t
    and t + 1, the sign being that of the step.
    """
    n, cost = ROOT + dofs.shape[1], 0.0
    for t in range(len(dofs) - 1):
        for d in range(dofs.shape[1]):
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


@compiled
def move(tree, limits, x, root_pos, root_rot, dofs, held):
    """All frames moved by the solution `x` (T N,), inside the limits (D, 2).

    `q ← min(max(q + x, low), high)`, see `kernels.step` for the rest. A primal-dual active set: a
    dof that reaches a limit is held there; one that is held is let go when the solution, in which
    all others have moved, pulls it inward: at low when x ≥ 0, at high when x ≤ 0.

    Returns:
        Largest step of a dof, rad.
    """
    n = ROOT + dofs.shape[1]
    new_pos, new_rot, new_dofs = np.empty(3), np.empty((3, 3)), np.empty(dofs.shape[1])
    largest = 0.0
    for t in range(len(dofs)):
        row = x[t * n : (t + 1) * n]
        step(tree, row, STEP_CAP, root_pos[t], root_rot[t], dofs[t], new_pos, new_rot, new_dofs)
        keep_root(t, new_pos, new_rot, root_pos, root_rot)
        for d in range(dofs.shape[1]):
            value = min(max(new_dofs[d], limits[d, 0]), limits[d, 1])
            if held[t, d]:
                low = dofs[t, d] <= limits[d, 0]
                held[t, d] = row[ROOT + d] < 0.0 if low else row[ROOT + d] > 0.0
                continue
            held[t, d] = value != new_dofs[d]
            largest = max(largest, abs(value - dofs[t, d]))
            dofs[t, d] = value
    return largest

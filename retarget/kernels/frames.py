"""Compiled kernels that solve each frame of a clip alone: where the trajectory solve starts."""

import numpy as np

from motionlib.kernels.compiled import compiled
from retarget.kernels.equations import frame_equations, frame_scratch
from retarget.kernels.kinematics import (
    ROOT,
    clamp,
    keep_root,
    logarithm,
    product,
    relative,
    rotation,
    step,
)

STEP_CAP = 0.8
"""rad that a joint or the root may turn in one iteration."""
_DAMPING = 1e-2
_ENOUGH = 1e-2
"""Share of the cost below which an iteration's gain ends a frame: the trajectory solve goes on."""


@compiled
def factor_tree(tree, L):
    """Factor `H = LᵀL` in place where H has entries on lineages only; False if not definite.

    From the last unknown k to the first: `L_kk = √H_kk`, `L_kj = H_kj / L_kk` and
    `H_ij −= L_ki L_kj` for all i and j above k. No entry is filled in (Featherstone, Rigid Body
    Dynamics Algorithms, 6.3).

    Args:
        tree: See `model.Tree`.
        L: (N, N); only entries (i, j) with j on the lineage of i are read and written.
    """
    for k in range(len(L) - 1, -1, -1):
        if L[k, k] <= 1e-12:
            return False
        d = np.sqrt(L[k, k])
        L[k, k] = d
        above = tree.depth[k] - 1
        for a in range(above):
            L[k, tree.lineage[k, a]] /= d
        for a in range(above):
            i = tree.lineage[k, a]
            value = L[k, i]
            for b in range(a + 1):
                j = tree.lineage[k, b]
                L[i, j] -= value * L[k, j]
    return True


@compiled
def solve_tree(tree, L, g, x):
    """Solve `LᵀL x = −g` with the factor of `factor_tree`; all of (N,) but `L` (N, N).

    `Lᵀ y = −g` from the last unknown to the first, then `L x = y` from the first to the last.
    """
    n = len(g)
    for i in range(n):
        x[i] = -g[i]
    for i in range(n - 1, -1, -1):
        x[i] /= L[i, i]
        for a in range(tree.depth[i] - 1):
            j = tree.lineage[i, a]
            x[j] -= L[i, j] * x[i]
    for i in range(n):
        for a in range(tree.depth[i] - 1):
            x[i] -= L[i, tree.lineage[i, a]] * x[tree.lineage[i, a]]
        x[i] /= L[i, i]


@compiled
def _direction(tree, limits, dofs, damping, H, g, L, held, x):
    """Factor of a damped step without dofs that press against their limit; False if indefinite.

    `LᵀL := H + λ I + 10⁶ Σ e_i e_iᵀ` over the dofs i that are at their lower limit with g_i > 0 or
    at their upper with g_i < 0; `held` is g (N,) with zero in their places, λ the damping.
    """
    for i in range(len(g)):
        for a in range(tree.depth[i]):
            j = tree.lineage[i, a]
            L[i, j] = H[i, j]
        L[i, i] += damping
        held[i] = g[i]
    for d in range(len(dofs)):
        i = ROOT + d
        low = dofs[d] <= limits[d, 0] and g[i] > 0.0
        if low or (dofs[d] >= limits[d, 1] and g[i] < 0.0):
            L[i, i] += 1e6
            held[i] = 0.0
    return factor_tree(tree, L)


@compiled
def solve_frames(tree, terms, targets, root_pos, root_rot, dofs, iterations):
    """Every frame alone, from the pose it is given, by Levenberg-Marquardt inside the limits.

    `(H + λ I) x = −g` with the equations of `frame_equations`; a step that lowers the cost is taken
    and λ falls to 0.3 λ, else it grows to 10 λ. Nothing is inherited from another frame.

    Args:
        tree: See `model.Tree`.
        terms: What is asked of every frame, see `problem.Terms`.
        targets: What is asked of each frame, see `problem.Targets`.
        root_pos: (T, 3) m, overwritten.
        root_rot: (T, 3, 3), overwritten.
        dofs: (T, D) rad, overwritten.
        iterations: At most so many for each frame.

    Returns:
        Evaluations of a frame, of the whole clip together.
    """
    n = ROOT + dofs.shape[1]
    scratch = frame_scratch(tree, terms)
    H, H2, L = np.empty((n, n)), np.empty((n, n)), np.empty((n, n))
    g, g2, held, x = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    new_pos, new_rot, new_dofs = np.empty(3), np.empty((3, 3)), np.empty(dofs.shape[1])
    none = np.empty((0, 1), dtype=np.float32)
    evaluations = 0
    for t in range(len(dofs)):
        damping = _DAMPING
        pose = (root_pos[t], root_rot[t], dofs[t])
        clamp(terms.limits, dofs[t])
        cost = frame_equations(tree, terms, targets, t, pose, H, g, none, scratch)
        for _ in range(iterations):
            evaluations += 1
            if not _direction(tree, terms.limits, dofs[t], damping, H, g, L, held, x):
                damping *= 10.0
                continue
            solve_tree(tree, L, held, x)
            step(tree, x, STEP_CAP, root_pos[t], root_rot[t], dofs[t], new_pos, new_rot, new_dofs)
            clamp(terms.limits, new_dofs)
            pose = (new_pos, new_rot, new_dofs)
            new_cost = frame_equations(tree, terms, targets, t, pose, H2, g2, none, scratch)
            if not new_cost < cost:
                damping *= 10.0
                continue
            keep_root(t, new_pos, new_rot, root_pos, root_rot)
            for d in range(dofs.shape[1]):
                dofs[t, d] = new_dofs[d]
            H, H2 = H2, H
            g, g2 = g2, g
            done = cost - new_cost < _ENOUGH * cost
            cost = new_cost
            damping *= 0.3
            if done:
                break
    return evaluations


@compiled
def spread(tree, rows, some_pos, some_rot, some_dofs, root_pos, root_rot, dofs):
    """All frames of a clip from some of them; rotations on the shortest way.

    Between the known frames a and b, with the share s in [0, 1] of the way from one to the other:
    `p := p_a + s (p_b − p_a)`, hinges' dofs alike, and `R := exp(s log(R_b R_aᵀ)) R_a` for the root
    and, with R = exp(q), for ball joints.

    Args:
        tree: See `model.Tree`.
        rows: (S,) int64 rising frames that are known.
        some_pos: (S, 3) m.
        some_rot: (S, 3, 3).
        some_dofs: (S, D) rad.
        root_pos: (T, 3) m, out.
        root_rot: (T, 3, 3), out.
        dofs: (T, D) rad, out. Before the first and after the last known frame like there.
    """
    m, turn, now, after = np.empty((3, 3)), np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    a = 0
    for t in range(len(dofs)):
        while a + 2 < len(rows) and rows[a + 1] <= t:
            a += 1
        b = min(a + 1, len(rows) - 1)
        share = min(max((t - rows[a]) / max(rows[b] - rows[a], 1), 0.0), 1.0)
        for i in range(3):
            root_pos[t, i] = some_pos[a, i] + share * (some_pos[b, i] - some_pos[a, i])
        _between(some_rot[a], some_rot[b], share, m, turn, root_rot[t])
        for d in range(dofs.shape[1]):
            dofs[t, d] = some_dofs[a, d] + share * (some_dofs[b, d] - some_dofs[a, d])
        for k in range(1, len(tree.parents)):
            if tree.ball[k]:
                d = tree.first_dof[k]
                rotation(some_dofs[a, d : d + 3], now)
                rotation(some_dofs[b, d : d + 3], after)
                _between(now, after, share, m, turn, after)
                logarithm(after, dofs[t, d : d + 3])


@compiled
def _between(now, after, share, m, turn, out):
    """The rotation at a share s of the way: `out := exp(s log(after nowᵀ)) now`, all (3, 3).

    `m` and `turn` are scratch.
    """
    relative(after, now, m, turn)
    for i in range(3):
        turn[i] *= share
    rotation(turn, m)
    product(m, now, out)

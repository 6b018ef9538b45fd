"""How deep a robot's shapes are in the ground and in each other, compiled."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.segments import squared_gap
from retarget.kernels.kinematics import coordinate, product

CAPSULE, BOX, CYLINDER, ELLIPSOID = 0, 1, 2, 3
"""Kinds of shapes; a sphere is a capsule without length."""


@compiled
def shape_extremes(pos, rot, shapes, pairs, lowest, deepest):
    """Height of the lowest point of any shape, and the deepest overlap of any pair, of each frame.

    `lowest := min over shapes of z − h`, z being the height of the centre and h what `_reach_down`
    gives; `deepest := max(0, max over pairs of d)`, d of `_overlap`.

    Args:
        pos: (T, B, 3) m.
        rot: (T, B, 3, 3).
        shapes: `measured_robot.Shapes`.
        pairs: (P, 2) int64 shapes that are looked at.
        lowest: (T,) m, filled; infinity for a robot without shapes.
        deepest: (T,) m, filled; zero where nothing meets.
    """
    kind, body, place, turn, size, reach = shapes
    count = kind.shape[0]
    centre, axes = np.empty((count, 3)), np.empty((count, 3, 3))
    for t in range(pos.shape[0]):
        low = math.inf
        for g in range(count):
            b = body[g]
            for i in range(3):
                centre[g, i] = coordinate(pos[t, b], rot[t, b], place[g], i)
            product(rot[t, b], turn[g], axes[g])
            if centre[g, 2] - reach[g] < low:
                low = min(low, centre[g, 2] - _reach_down(kind[g], axes[g], size[g]))
        lowest[t] = low
        deep = 0.0
        for p in range(pairs.shape[0]):
            a, b = pairs[p, 0], pairs[p, 1]
            near, square = reach[a] + reach[b] - deep, 0.0
            for i in range(3):
                square += (centre[a, i] - centre[b, i]) ** 2
            if near <= 0.0 or square >= near * near:
                continue
            deep = max(
                deep, _overlap(kind[a], centre[a], axes[a], size[a],
                               kind[b], centre[b], axes[b], size[b])
            )  # fmt: skip
        deepest[t] = deep


@compiled
def _reach_down(kind, axes, size):
    """From a shape's centre down to its lowest point, m; exact: the support `max over x of −n·x`.

    With n = (n₀, n₁, n₂), the world's up in the shape's frame, and sizes s: capsule `|n₂| s₁ + s₀`,
    box `Σ |n_i| s_i`, cylinder `|n₂| s₁ + s₀ √(1 − n₂²)`, ellipsoid `√(Σ n_i² s_i²)`.
    """
    x, y, z = axes[2, 0], axes[2, 1], axes[2, 2]
    if kind == CAPSULE:
        return abs(z) * size[1] + size[0]
    if kind == BOX:
        return abs(x) * size[0] + abs(y) * size[1] + abs(z) * size[2]
    if kind == CYLINDER:
        return abs(z) * size[1] + size[0] * math.sqrt(max(1.0 - z * z, 0.0))
    return math.sqrt((x * size[0]) ** 2 + (y * size[1]) ** 2 + (z * size[2]) ** 2)


@compiled
def _overlap(kind_a, centre_a, axes_a, size_a, kind_b, centre_b, axes_b, size_b):
    """Depth of two shapes in each other, m; negative or zero where they do not meet.

    `r_a + r_b − gap` of the axes of two rods, see `_rod`; boxes by `_boxes` and `_rod_in_box`.
    """
    if kind_a == BOX and kind_b == BOX:
        return _boxes(centre_a, axes_a, size_a, centre_b, axes_b, size_b)
    if kind_a == BOX:
        return _rod_in_box(kind_b, centre_b, axes_b, size_b, centre_a, axes_a, size_a)
    if kind_b == BOX:
        return _rod_in_box(kind_a, centre_a, axes_a, size_a, centre_b, axes_b, size_b)
    k, half_a, radius_a = _rod(kind_a, size_a)
    m, half_b, radius_b = _rod(kind_b, size_b)
    square = squared_gap(
        centre_a, axes_a[0, k] * half_a, axes_a[1, k] * half_a, axes_a[2, k] * half_a,
        centre_b, axes_b[0, m] * half_b, axes_b[1, m] * half_b, axes_b[2, m] * half_b,
    )  # fmt: skip
    return radius_a + radius_b - math.sqrt(square)


@compiled
def _rod(kind, size):
    """Axis, half length and radius of the capsule that stands for a shape, inside it; m.

    A cylinder of radius r and half length h: h − r along its axis, radius r; where it is flatter
    than long, r − h across it, radius h. An ellipsoid with the longest half axis a, the shortest c
    and `f := √(a² − c²)`: the balls about ± f / 2 on its axis, of radius `c √(1 − ¼)`; one ball of
    radius c where f < a / 2.
    """
    if kind == CAPSULE:
        return 2, size[1], size[0]
    if kind == CYLINDER:
        if size[1] > size[0]:
            return 2, size[1] - size[0], size[0]
        return 0, size[0] - size[1], size[1]
    k = 0
    for i in range(1, 3):
        if size[i] > size[k]:
            k = i
    thin = min(size[0], size[1], size[2])
    focus = math.sqrt(size[k] ** 2 - thin**2)
    if focus < 0.5 * size[k]:
        return k, 0.0, thin
    # balls about the points half-way to the foci that just fit in
    return k, 0.5 * focus, thin * math.sqrt(0.75)


@compiled
def _rod_in_box(kind, centre, axes, size, box_centre, box_axes, box_size):
    """Depth of a capsule in a box, m; its radius where the axis itself is inside.

    `radius − min over t in [−1, 1] of ‖x(t) − y(t)‖`, `x(t) := p + t d` being the axis in the box's
    frame and y(t) the point of the box that is nearest, x(t) clamped to ± size.
    """
    k, half, radius = _rod(kind, size)
    p, d = np.empty(3), np.empty(3)
    for i in range(3):
        p[i] = d[i] = 0.0
        for j in range(3):
            p[i] += box_axes[j, i] * (centre[j] - box_centre[j])
            d[i] += box_axes[j, i] * axes[j, k] * half
    low, high = -1.0, 1.0
    # the squared distance is convex along the axis: its slope changes sign once
    for _ in range(24):
        at = 0.5 * (low + high)
        slope = 0.0
        for i in range(3):
            x = p[i] + at * d[i]
            slope += d[i] * (x - min(max(x, -box_size[i]), box_size[i]))
        if slope > 0.0:
            high = at
        elif slope < 0.0:
            low = at
        else:
            low = high = at
    square = 0.0
    for i in range(3):
        x = p[i] + 0.5 * (low + high) * d[i]
        square += (x - min(max(x, -box_size[i]), box_size[i])) ** 2
    return radius - math.sqrt(square)


@compiled
def _boxes(centre_a, axes_a, size_a, centre_b, axes_b, size_b):
    """Depth of two boxes by separating axes, m: faces, and crosses of edges.

    `min over n of (Σ_i |n·a_i| s_i + Σ_i |n·b_i| t_i − |n·(x_a − x_b)|) / ‖n‖`, n being the axes a
    and b of both boxes and all crosses a_i × b_j, s and t half sizes, x centres; the first that is
    not positive, if any.
    """
    least = math.inf
    axis = np.empty(3)
    for k in range(15):
        if k < 3:
            axis[:] = axes_a[:, k]
        elif k < 6:
            axis[:] = axes_b[:, k - 3]
        else:
            i, j = (k - 6) // 3, (k - 6) % 3
            for m in range(3):
                n, o = (m + 1) % 3, (m + 2) % 3
                axis[m] = axes_a[n, i] * axes_b[o, j] - axes_a[o, i] * axes_b[n, j]
        length = math.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
        if length < 1e-6:
            continue
        reach, apart = 0.0, 0.0
        for i in range(3):
            along_a = along_b = 0.0
            for m in range(3):
                along_a += axes_a[m, i] * axis[m]
                along_b += axes_b[m, i] * axis[m]
            reach += abs(along_a) * size_a[i] + abs(along_b) * size_b[i]
            apart += (centre_a[i] - centre_b[i]) * axis[i]
        least = min(least, (reach - abs(apart)) / length)
        if least <= 0.0:
            break
    return least

"""Keypoints and soles of all frames of one clip, compiled, for measuring."""

import math

from motionlib.kernels.compiled import compiled
from retarget.kernels.kinematics import coordinate


@compiled
def point_distances(pos, rot, bodies, local, goal, columns, out):
    """Distances of points on bodies from where they should be: `‖p_b + R_b l − x*‖`.

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
                x = coordinate(pos[t, b], rot[t, b], local[p], i) - goal[t, columns[p], i]
                square += x * x
            out[t, p] = math.sqrt(square)


@compiled
def lowest_corners(pos, rot, bodies, corners, fps, height, speed):
    """Height and horizontal speed of each foot's lowest sole corner, central differences.

    `height(t) := min over corners l of (p + R l)_z` at t; for the corner l where it is,
    `speed(t) := ‖x(t + 1) − x(t − 1)‖ fps / 2` along the ground with `x := p + R l`, one-sided at
    the ends.

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
                z = coordinate(pos[t, b], rot[t, b], corners[f, c], 2)
                if z < lowest:
                    lowest, at = z, c
            height[t, f] = lowest
            before, after = max(t - 1, 0), min(t + 1, frames - 1)
            square = 0.0
            for i in range(2):
                step = coordinate(pos[after, b], rot[after, b], corners[f, at], i)
                step -= coordinate(pos[before, b], rot[before, b], corners[f, at], i)
                square += step * step
            speed[t, f] = math.sqrt(square) * fps / max(after - before, 1)

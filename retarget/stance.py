"""Stance: fixed ground points for feet in contact, and feet that lie flat on the ground."""

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot
from retarget.pairs import Pair
from retarget.targets import Goal

_STIFF = 10.0
"""How much more a foot's own length counts than the places of its heel and toe."""


def anchors(
    soles: np.ndarray, contact: np.ndarray, weight: float, *, grow: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """A fixed ground point for each stretch of contact of heel and toe.

    A stretch's point is where the sole is on average. Where heel and toe of a foot both stand, the
    points are a foot's length apart in its mean direction, so that neither pulls the other along.

    Args:
        soles: (T, F, 2, 3) m: heel and toe.
        contact: (T, F, 2) bool.
        weight: In contact.
        grow: Frames by which a stretch is held before it begins and after it ends, with falling
            weight: a foot that is to be at rest in a frame cannot move just before it.

    Returns:
        (T, F, 2, 3) m anchors and (T, F, 2) weights, zero out of contact.
    """
    anchor, weights = soles.copy(), np.zeros(contact.shape)
    for foot in range(contact.shape[1]):
        stretches = [(end, *run) for end in range(2) for run in _runs(contact[:, foot, end])]
        places = _places(soles[:, foot], stretches)
        for (end, start, stop), place in zip(stretches, places, strict=True):
            for away in range(grow, -1, -1):
                rows = slice(max(start - away, 0), stop + away)
                share = weight * (1.0 - away / (grow + 1.0))
                weights[rows, foot, end] = np.maximum(weights[rows, foot, end], share)
            rows = slice(max(start - grow, 0), stop + grow)
            anchor[rows, foot, end] = [*place, 0.0]
    return anchor, weights


def _runs(column: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop of each stretch of true values."""
    edges = np.flatnonzero(np.diff(np.pad(column.astype(np.int8), 1)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _places(soles: np.ndarray, stretches: list[tuple[int, int, int]]) -> np.ndarray:
    """(S, 2) m: the points of one foot's stretches, least squares.

    Args:
        soles: (T, 2, 3) m.
        stretches: End (0 heel, 1 toe), start and stop of each.
    """
    count = len(stretches)
    matrix, right = np.zeros((count, count)), np.zeros((count, 2))
    for s, (end, start, stop) in enumerate(stretches):
        matrix[s, s] += stop - start
        right[s] += soles[start:stop, end, :2].sum(0)
    heels = [s for s in range(count) if stretches[s][0] == 0]
    for h in heels:
        for s in range(count):
            start = max(stretches[h][1], stretches[s][1])
            stop = min(stretches[h][2], stretches[s][2])
            if stretches[s][0] == 0 or start >= stop:
                continue
            span = soles[start:stop, 1] - soles[start:stop, 0]
            length = np.linalg.norm(span, axis=-1).mean()
            flat = span[:, :2].mean(0)
            flat *= length / max(float(np.linalg.norm(flat)), 1e-6)
            stiff = _STIFF * (stop - start)
            matrix[[h, s], [h, s]] += stiff
            matrix[[h, s], [s, h]] -= stiff
            right[h] -= stiff * flat
            right[s] += stiff * flat
    return np.linalg.solve(matrix, right) if count else right


def flattened(goal: Goal, robot: Robot, pair: Pair) -> np.ndarray:
    """(T, K, 3, 3) target orientations, those of feet in stance laid flat.

    A foot lies flat while heel and toe both stand: a robot's ankle turns less than a human's, and
    its sole is a plate.
    """
    turns = goal.turns.copy()
    for foot, (name, sole) in enumerate(zip(robot.foot_bodies, robot.soles, strict=True)):
        normal = sole_normal(sole.corners)
        for k, point in enumerate(pair.keypoints):
            if point.body == name:
                both = goal.contact[:, foot].all(-1)
                turns[both, k] = _upright(turns[both, k], normal)
    return np.ascontiguousarray(turns)


def sole_normal(corners: np.ndarray) -> np.ndarray:
    """(3,) unit normal of a sole, foot frame, out of the ground."""
    _, _, axes = np.linalg.svd(corners - corners.mean(0))
    return axes[2] * (1.0 if axes[2] @ -corners.mean(0) >= 0.0 else -1.0)


def _upright(turns: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Rotations turned the shortest way so that `normal` points up."""
    up = turns @ normal
    axis = np.cross(up, [0.0, 0.0, 1.0])
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine, up[:, 2:])
    axis = np.divide(axis, sine, out=np.zeros_like(axis), where=sine > 1e-9)
    return Rotation.from_rotvec(axis * angle).as_matrix() @ turns

"""Stance: fixed ground points for feet in contact, and feet that lie flat on the ground."""

import itertools
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot
from retarget.pairs import Pair
from retarget.targets import Goal

_STIFF = 10.0
"""How much more a foot's own length counts than the places of its heel and toe."""
_SECOND = 0.1
"""How much the corner beside the one that a foot may turn about counts while all four stand."""
_TILTED = 1.0
"""How much a corner's height over the other counts against a way on the ground."""
_LIFT = 0.002
"""m: what does not stand stays so much above the ground while another corner does."""


class Stance(NamedTuple):
    """What contact asks of the corners of the soles, in the order of `contacts.sole_corners`."""

    anchors: np.ndarray
    """(T, F, 4, 3) m: where corners stand."""
    weights: np.ndarray
    """(T, F, 4), zero where a corner does not stand."""
    floor: np.ndarray
    """(T, F, 4) m: height below which a corner must not go."""


def stance(
    goal: Goal, tilts: np.ndarray, widths: np.ndarray, weight: float, *, grow: int = 1
) -> Stance:
    """A fixed ground point for each stretch of contact of heel and toe.

    A stretch's point is where one corner of the sole is on average. Where heel and toe of a foot
    both stand, the points are a foot's length apart in its mean direction, so that neither pulls
    the other along, and all four corners are held. Where one end stands alone, only its one corner
    is: the foot may turn about it, and what is not held stays a little off the ground, so that
    no corner that moves is the lowest.

    Args:
        goal: Its soles and contacts.
        tilts: (T, F) sine of each foot's roll, positive with its left side up.
        widths: (F, 2) m: of heel's and toe's edge.
        weight: Of a corner in contact.
        grow: Frames by which a stretch is held before it begins and after it ends, with falling
            weight: a foot that is to be at rest in a frame cannot move just before it.
    """
    soles, contact = goal.soles, goal.contact
    frames, feet = contact.shape[:2]
    found = Stance(*(np.zeros((frames, feet, 4, *more)) for more in ((3,), (), ())))
    for foot in range(feet):
        corners = _corners(soles[:, foot], widths[foot])
        found.anchors[:, foot] = corners.reshape(frames, 4, 3)
        sides = _sides(corners, contact[:, foot], tilts[:, foot] * widths[foot].mean())
        part = Stance(*(array[:, foot] for array in found))
        _anchor_foot(corners, contact[:, foot], sides, (weight, grow), part)
    return found


def sole_tilts(goal: Goal, robot: Robot, pair: Pair, corners: np.ndarray) -> np.ndarray:
    """(T, F) sine of the roll of each foot of a goal, positive with its left side up.

    Args:
        goal: Of the robot.
        robot: Whose feet they are.
        pair: Tells their keypoints.
        corners: (F, 2, 2, 3) m, of `contacts.sole_corners`.
    """
    tilts = np.zeros(goal.contact.shape[:2])
    bodies = [point.body for point in pair.keypoints]
    for foot, name in enumerate(robot.foot_bodies):
        left = (corners[foot, :, 0] - corners[foot, :, 1]).sum(0)
        turns = goal.turns[:, bodies.index(name)]
        tilts[:, foot] = turns[:, 2] @ (left / np.linalg.norm(left))
    return tilts


def sole_widths(corners: np.ndarray) -> np.ndarray:
    """(F, 2) m: width of the heel's and of the toe's edge of each sole (F, 2, 2, 3) m."""
    return np.linalg.norm(corners[:, :, 0] - corners[:, :, 1], axis=-1)


def _corners(soles: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """(T, 2, 2, 3) m: left and right corner of heel and toe of a foot (T, 2, 3) without roll."""
    left = _left(soles[:, 1] - soles[:, 0])
    reach = 0.5 * widths[:, None] * left[:, None]
    return np.stack((soles + reach, soles - reach), axis=2)


def _left(span: np.ndarray) -> np.ndarray:
    """(..., 3) horizontal unit vectors to the left of directions (..., 3)."""
    left = np.stack((-span[..., 1], span[..., 0], np.zeros(span.shape[:-1])), axis=-1)
    return left / np.maximum(np.linalg.norm(left, axis=-1, keepdims=True), 1e-9)


def _sides(corners: np.ndarray, contact: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """(T, 2) int: corner of each end, 0 left or 1 right, about which a foot turns on that end.

    The one that moves less on the ground while the end stands alone; but an ankle cannot lay a
    foot flat that is tilted much, so what the left corner lies above the right, (T,) m, counts
    too. From one such time to the next it changes while heel and toe stand, not at once for both.
    """
    steps = np.linalg.norm(np.diff(corners[..., :2], axis=0), axis=-1)
    sides = np.zeros(contact.shape, dtype=np.int64)
    for end, share in ((0, 2), (1, 1)):
        for begin, finish in _runs(contact[:, end]):
            behind = begin
            for start, stop in (
                np.array(_runs(~contact[begin:finish, 1 - end])).reshape(-1, 2) + begin
            ):
                first = behind + (start - behind) * share // 3 if behind > begin else begin
                left, right = steps[start : stop - 1, end].sum(0)
                sides[first:finish, end] = left - right + _TILTED * heights[start:stop].sum() > 0.0
                behind = stop
    return sides


def _stretches(contact: np.ndarray, sides: np.ndarray) -> list[tuple[int, int, int]]:
    """End, start and stop of every stretch in which an end (T, 2) stands on one corner's place."""
    return [
        (end, start + first, start + last)
        for end in range(2)
        for start, stop in _runs(contact[:, end])
        for first, last in _pieces(sides[start:stop, end])
    ]


def _anchor_foot(
    corners: np.ndarray,
    contact: np.ndarray,
    sides: np.ndarray,
    strength: tuple[float, int],
    found: Stance,
) -> None:
    """Fill in one foot's part of what is found; corners are (T, 2, 2, 3) m."""
    rows, stretches = np.arange(len(contact))[:, None], _stretches(contact, sides)
    places = _places(corners[rows, [0, 1], sides], stretches)
    at = np.zeros((len(contact), 2, 2))
    for (end, start, stop), place in zip(stretches, places, strict=True):
        at[start:stop, end] = place
        _hold(found, 2 * end + sides[start, end], (start, stop), place, strength)
    weight, grow = strength
    for start, stop in _runs(contact[:, 0] & contact[:, 1]):
        for first, last in _pieces(at[start:stop].reshape(-1, 4), start):
            beside = _beside(at[first], sides[first], corners[first:last])
            for end in range(2):
                corner = 2 * end + 1 - sides[first, end]
                _hold(found, corner, (first, last), beside[end], (_SECOND * weight, grow))
    alone = contact[:, 0] != contact[:, 1]
    found.floor[alone[:, None] & (found.weights < weight)] = _LIFT


def _beside(at: np.ndarray, sides: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(2, 2) m: places of the other corners of heel and toe of a foot that lies flat.

    Args:
        at: (2, 2) m: places of one corner of each.
        sides: (2,) which corners those are.
        corners: (T, 2, 2, 3) m: of the goal, whose widths they have.
    """
    span = corners[:, 1, sides[1], :2] - corners[:, 0, sides[0], :2]
    angle = np.arctan2(*(at[1] - at[0])[::-1]) - np.arctan2(*span.mean(0)[::-1])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    here = corners[:, [0, 1], sides, :2]
    other = corners[:, [0, 1], 1 - sides, :2]
    across = (other - here).mean(0) @ turn.T
    width = np.linalg.norm(other - here, axis=-1).mean(0)
    return at + across * (width / np.maximum(np.linalg.norm(across, axis=-1), 1e-9))[:, None]


def _pieces(values: np.ndarray, start: int = 0) -> list[tuple[int, int]]:
    """Start and stop of the parts in which values (T, ...) stay the same, the first at `start`."""
    changes = np.diff(values.reshape(len(values), -1), axis=0).any(-1)
    bounds = [start, *(start + 1 + np.flatnonzero(changes)).tolist(), start + len(values)]
    return list(itertools.pairwise(bounds))


def _hold(
    found: Stance,
    corner: int,
    run: tuple[int, int],
    place: np.ndarray,
    strength: tuple[float, int],
) -> None:
    """A corner held at a place (2,) m during a run; strength is a weight and the frames it grows."""
    (start, stop), (weight, grow) = run, strength
    for away in range(grow, -1, -1):
        rows = slice(max(start - away, 0), stop + away)
        share = weight * (1.0 - away / (grow + 1.0))
        found.weights[rows, corner] = np.maximum(found.weights[rows, corner], share)
    found.anchors[max(start - grow, 0) : stop + grow, corner] = [*place, 0.0]


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

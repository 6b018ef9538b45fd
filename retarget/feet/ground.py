"""Goals whose feet are on the ground where the source's are, stay there, and do not dip below it.

A robot's limbs are not a human's to one scale and its foot is a plate: a path to scale makes its
feet slide and float that the human's did not, and a foot pushed off over bent toes would be
in the ground. Recordings slide and float by themselves, too.
"""

import numpy as np
from scipy.linalg import solveh_banded
from scipy.spatial.transform import Rotation

_SMOOTH_S = 0.15
"""s over which the way of a goal may change its speed."""
_MOST_DIP = 0.6
"""rad."""
_STILL = 0.5
"""m/s: a point that is faster does not stand, whatever its label says."""


def height_offsets(
    soles: np.ndarray, contact: np.ndarray, fps: float, recall_s: float
) -> np.ndarray:
    """Heights by which to raise a goal, (T,) m, so that feet in contact are on the ground.

    Feet that stand on their toe alone count only where no other does, and only if they float: what
    of a stiff foot is in the ground then can be turned out of it, see `dip_turns`.

    Args:
        soles: (T, F, 2, 3) m: heel and toe where the robot's feet would be.
        contact: (T, F, 2) bool.
        fps: Frames a second.
        recall_s: s after which a goal that no foot holds is back where it was.
    """
    heel, toe = contact[..., 0], contact[..., 1]
    z = soles[..., 2]
    height = np.where(heel & toe, z.mean(-1), np.where(heel, z[..., 0], z[..., 1]))
    firm = heel | (toe & (height > 0.0) & ~heel.any(-1, keepdims=True))
    band = _band(len(soles), fps, recall_s)
    band[0] += firm.sum(-1)
    return solveh_banded(band, -np.where(firm, height, 0.0).sum(-1), lower=True)


def way_offsets(soles: np.ndarray, contact: np.ndarray, fps: float, recall_s: float) -> np.ndarray:
    """Ways by which to move a goal, (T, 2) m, so that points that stay in contact do not slide.

    Least squares over the frames: ways of these points, second differences of the offset, and the
    offset itself.

    Args:
        soles: (T, F, 2, 3) m: heel and toe where the robot's feet would be.
        contact: (T, F, 2) bool.
        fps: Frames a second.
        recall_s: s after which a goal that no foot holds is back where it was.
    """
    ways = np.diff(soles[..., :2], axis=0)
    both = contact[1:] & contact[:-1] & (np.linalg.norm(ways, axis=-1) < _STILL / fps)
    ways = np.where(both[..., None], ways, 0.0).sum((1, 2))
    count = both.sum((1, 2)).astype(np.float64)
    band, right = _band(len(soles), fps, recall_s), np.zeros((len(soles), 2))
    band[1, :-1] -= count
    band[0, :-1] += count
    band[0, 1:] += count
    right[:-1] += ways
    right[1:] -= ways
    return solveh_banded(band, right, lower=True)


def dip_turns(
    ankle: np.ndarray, soles: np.ndarray, left: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turns about a foot's ankle that lift its heel or toe out of the ground, or lay it level.

    By at most `_MOST_DIP`: what then is still in the ground the solver keeps out of it.

    Args:
        ankle: (T, 3) m.
        soles: (T, 2, 3) m: heel and toe.
        left: (T, 3) to the left of the foot, whatever its pitch.

    Returns:
        Frames (N,) in which one end is in the ground, and world rotations (N, 3, 3).
    """
    end = soles[..., 2].argmin(-1)
    dips = (soles[np.arange(len(soles)), end, 2] < 0.0) & (ankle[:, 2] > 0.0)
    frames = np.flatnonzero(dips)
    end, left = end[frames], left[frames, :2]
    left = left / np.maximum(np.linalg.norm(left, axis=-1, keepdims=True), 1e-9)
    # seen from the side on which the foot dips, heel or toe
    sign = np.where(end == 1, 1.0, -1.0)
    arms = soles[frames] - ankle[frames, None]
    ahead = sign[:, None] * (arms[..., 0] * left[:, None, 1] - arms[..., 1] * left[:, None, 0])
    rows = np.arange(len(frames))
    out, up = ahead[rows, end], arms[rows, end, 2]
    reach = np.maximum(np.hypot(out, up), 1e-9)
    wanted = -np.arcsin(np.minimum(ankle[frames, 2] / reach, 1.0)) - np.arctan2(up, out)
    level = np.arctan2(arms[rows, 1 - end, 2] - up, out - ahead[rows, 1 - end])
    turn = sign * np.clip(np.minimum(wanted, level), 0.0, _MOST_DIP)
    axis = -np.concatenate((left, np.zeros((len(frames), 1))), axis=-1)
    return frames, Rotation.from_rotvec(axis * turn[:, None]).as_matrix()


def _band(frames: int, fps: float, recall_s: float) -> np.ndarray:
    """(3, T) lower band of recall and smoothness."""
    band = np.zeros((3, frames))
    band[0] = 1.0 / (recall_s * fps) ** 2
    smooth = (_SMOOTH_S * fps) ** 2
    for i, a in enumerate((1.0, -2.0, 1.0)):
        for j, b in enumerate((1.0, -2.0, 1.0)[: i + 1]):
            band[i - j, j : max(frames - 2 + j, 0)] += smooth * a * b if frames > 2 else 0.0
    return band

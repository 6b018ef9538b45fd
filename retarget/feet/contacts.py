"""Ground contacts of a recording: heel and toe of each foot, with hysteresis."""

import itertools

import numpy as np
from scipy.ndimage import gaussian_filter1d

from retarget.settings import ContactSettings


def label_points(
    points: np.ndarray, fps: float, settings: ContactSettings, *, ground: float = 0.0
) -> np.ndarray:
    """(T, F, 2) bool contacts of points (T, F, 2, 3) m, by speed and height with hysteresis.

    What a foot lifts over its other end by more than `tilt` counts twice: the end of a foot that
    is set down or pushed off slowly is not yet, or no longer, on the ground.
    """
    frames = len(points)
    if frames > 1:
        smooth = gaussian_filter1d(points, 0.02 * fps, axis=0, mode="nearest")
        speed = np.linalg.norm(np.gradient(smooth, 1.0 / fps, axis=0), axis=-1)
    else:
        speed = np.zeros(points.shape[:-1])
    height = points[..., 2] - ground
    height = height + np.maximum(height - height.min(-1, keepdims=True) - settings.tilt, 0.0)
    enter = (speed < settings.speed_in) & (height < settings.height_in)
    stay = (speed < settings.speed_out) & (height < settings.height_out)
    labels = np.zeros(enter.shape, dtype=bool)
    for foot, point in np.ndindex(enter.shape[1:]):
        column = _hysteresis(enter[:, foot, point], stay[:, foot, point])
        column = _without_runs(column, round(settings.fill_s * fps), value=False)
        labels[:, foot, point] = _without_runs(column, round(settings.drop_s * fps), value=True)
    return labels


def _runs(column: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop of each stretch of equal values."""
    edges = np.flatnonzero(np.diff(column.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(column)]
    return list(itertools.pairwise(bounds))


def _hysteresis(enter: np.ndarray, stay: np.ndarray) -> np.ndarray:
    """Stretches of `stay` that hold a frame of `enter`: no direction of time is preferred."""
    kept = np.zeros(len(stay), dtype=bool)
    for start, stop in _runs(stay):
        if stay[start] and enter[start:stop].any():
            kept[start:stop] = True
    return kept


def _without_runs(column: np.ndarray, longest: int, *, value: bool) -> np.ndarray:
    """Runs of `value` of at most `longest` frames turned over, except at the ends."""
    turned = column.copy()
    for start, stop in _runs(column):
        inner = start > 0 and stop < len(column)
        if column[start] == value and inner and stop - start <= longest:
            turned[start:stop] = not value
    return turned

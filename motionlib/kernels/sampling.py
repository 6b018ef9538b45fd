"""Reading a recording's frames at the output's times: checked whole, copied only where needed."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled

_SNAP = 1e-6
"""Frames: an output time this near to a source frame is that frame."""


def source_frames(num_frames: int, fps: float, output_fps: float) -> tuple[np.ndarray, ...]:
    """Where output frames lie between source frames.

    Output frame k lies exactly at k / output_fps from the first source frame, that is at
    `x := k fps / output_fps` source frames: between ⌊x⌋ and ⌊x⌋ + 1 at the share x − ⌊x⌋. The last
    one is the last that the source still reaches.

    Args:
        num_frames: Of the source, at least one.
        fps: Of the source.
        output_fps: Of the result.

    Returns:
        (T,) int64 source frame before, (T,) int64 source frame after, (T,) float64 share of the
        way from the one to the other in [0, 1), exactly zero where both are the same.
    """
    count = math.floor((num_frames - 1) / fps * output_fps + _SNAP) + 1
    position = np.arange(count, dtype=np.float64) * (fps / output_fps)
    low = np.minimum(np.floor(position + _SNAP).astype(np.int64), num_frames - 1)
    blend = position - low
    blend[blend < _SNAP] = 0.0
    high = np.where(blend > 0.0, np.minimum(low + 1, num_frames - 1), low)
    return low, high, blend


@compiled
def first_bad_frame(source: np.ndarray, first: int, stop: int, limit: float) -> int:
    """First row with a number in columns `first` to `stop` that is not finite or beyond `limit`.

    Args:
        source: (T, P) floating point.
        first: Column.
        stop: Column behind the last.
        limit: Largest magnitude that is taken for a measurement.

    Returns:
        Row, -1 if every number is good.
    """
    for t in range(source.shape[0]):
        bad = 0
        row = source[t]
        for column in range(first, stop):
            # false for NaN
            bad |= not abs(row[column]) <= limit
        if bad:
            return t
    return -1


@compiled
def gather(source: np.ndarray, frames: np.ndarray, columns: np.ndarray, out: np.ndarray) -> None:
    """Copy some columns of some rows.

    `out(t, b, i) := source(frames(t), columns(b, i))`.

    Args:
        source: (S, P) floating point.
        frames: (T,) int64 rows.
        columns: (B, 3) int64; -1 gives zero.
        out: (T, B, 3) float64, filled.
    """
    bodies = columns.shape[0]
    for t in range(frames.shape[0]):
        row = source[frames[t]]
        for b in range(bodies):
            for axis in range(3):
                column = columns[b, axis]
                out[t, b, axis] = row[column] if column >= 0 else 0.0

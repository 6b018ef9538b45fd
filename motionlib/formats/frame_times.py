"""The rate of frames whose times, or numbers, a file states one by one."""

from pathlib import Path

import numpy as np

from motionlib.errors import FormatError

_RATES = (1.0, 1000.0)
"""Frames a second that a recording may have."""
_SCALES = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
_MOST_OFF = 0.5
"""Frames by which a time may be off the even rate."""


def fps_from_times(times: np.ndarray, path: Path, *, in_seconds: bool) -> tuple[float, str]:
    """Frames a second, and the unit of the times.

    Args:
        times: (T,) as stored.
        path: For the message.
        in_seconds: Whether they are known to be seconds; else the unit is told by their size.

    Raises:
        FormatError: Times that do not rise evenly, or a rate outside of 1 to 1000 in every unit.
    """
    span = float(times[-1] - times[0])
    if len(times) < 2 or not span > 0.0:
        raise FormatError(
            f"{path}: the times do not rise (from {times[0]:g} to {times[-1]:g}); leave the time "
            "column out and pass --fps"
        )
    rate = (len(times) - 1) / span
    off = times - (times[0] + np.arange(len(times)) / rate)
    worst = int(np.abs(off).argmax())
    if np.abs(off[worst]) * rate > _MOST_OFF:
        raise FormatError(
            f"{path}: frame {worst} is at time {times[worst]:g}, {off[worst] * rate:+.1f} frames "
            f"off an even rate of {rate:g}; fill the gaps or resample the source evenly"
        )
    # times are rounded as they are written, so the rate is known no better than that
    rounding = rate * 2.0 * float(np.abs(off).max()) / span + 1e-9 * rate
    for unit, scale in _SCALES[:1] if in_seconds else _SCALES:
        fps = rate / scale
        if _RATES[0] <= fps <= _RATES[1]:
            whole = float(round(fps))
            return (whole if abs(fps - whole) <= rounding / scale else fps), unit
    raise FormatError(
        f"{path}: {len(times)} times from {times[0]:g} to {times[-1]:g} make {rate:g} frames a "
        "second; write the unit into the column's name, such as time_ms"
    )


def check_counted(numbers: np.ndarray, path: Path) -> None:
    """Refuse frame numbers with gaps.

    Raises:
        FormatError: Names the first gap.
    """
    steps = np.diff(numbers)
    uneven = np.flatnonzero(steps != steps[0]) if len(steps) else steps
    if len(uneven):
        at = int(uneven[0])
        raise FormatError(
            f"{path}: frame numbers go from {numbers[at]:g} to {numbers[at + 1]:g} in row {at + 1}, "
            f"by {steps[0]:g} before; fill or cut what is missing"
        )

"""Curves over one walking period: polynomials of the phase, closed by harmonics if need be."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from motionlib.errors import MotionError

HARMONICS = 6
CLOSED_GAP = 2e-3
"""rad: joints that meet their start this closely are left as they are."""
_CLOSED_SLOPE = 0.05
"""rad for one period: the same for the slope over the phase."""
_LARGEST_COST = 0.1
"""rad RMS: a cycle that closing changes by more is none."""

Curve = Callable[[np.ndarray], np.ndarray]
"""(N,) phases to (N, rows)."""


class ClosedCurve(NamedTuple):
    """A curve of period one and what it took to make it one."""

    curve: Curve
    gap: float
    """rad, largest jump from the end to the start before."""
    cost: float
    """rad, root mean square change of the worst row; 0 if nothing was changed."""
    rule: str


def polynomial_curve(coefficients: np.ndarray) -> Curve:
    """Horner over (rows, K) coefficients in ascending powers of the phase."""

    def evaluate(phase: np.ndarray) -> np.ndarray:
        value = np.zeros((len(phase), len(coefficients)))
        for column in coefficients.T[::-1]:
            value = value * phase[:, None] + column
        return value

    return evaluate


def polynomial_slope(coefficients: np.ndarray) -> np.ndarray:
    """(rows, K - 1) coefficients of the derivative by the phase."""
    return coefficients[:, 1:] * np.arange(1, coefficients.shape[1])


def closed_curve(coefficients: np.ndarray, phases: np.ndarray, *, where: str) -> ClosedCurve:
    """A polynomial as a curve of period one.

    One that closes in value and slope is kept; any other is refit by six harmonics on `phases`.

    Args:
        coefficients: (rows, K) rad.
        phases: (S,) equidistant in [0, 1).
        where: Name of the motion, for the message.

    Raises:
        MotionError: It is no cycle: closing would change it beyond recognition.
    """
    raw = polynomial_curve(coefficients)
    ends, slopes = (
        curve(np.array([0.0, 1.0]))
        for curve in (raw, polynomial_curve(polynomial_slope(coefficients)))
    )
    gap = float(np.abs(ends[1] - ends[0]).max())
    if gap <= CLOSED_GAP and float(np.abs(slopes[1] - slopes[0]).max()) <= _CLOSED_SLOPE:
        return ClosedCurve(raw, gap, 0.0, f"cycle closes within {gap:.2g} rad, kept as fitted")
    basis, samples = _harmonics(phases), raw(phases)
    weights = np.linalg.lstsq(basis, samples, rcond=None)[0]
    cost = float(np.sqrt(((basis @ weights - samples) ** 2).mean(axis=0)).max())
    if cost > _LARGEST_COST:
        raise MotionError(
            f"{where}: the end of the period is {gap:.2f} rad from its start and closing it would "
            f"cost {cost:.2f} rad RMS; expected a walking cycle (at most {_LARGEST_COST:g})"
        )
    rule = (
        f"joints refit by {HARMONICS} harmonics, closing a gap of {gap:.3f} rad "
        f"at {cost:.4f} rad RMS"
    )
    return ClosedCurve(lambda phase: _harmonics(phase) @ weights, gap, cost, rule)


def _harmonics(phase: np.ndarray) -> np.ndarray:
    angle = 2.0 * np.pi * phase[:, None] * np.arange(1, HARMONICS + 1)
    return np.concatenate((np.ones((len(phase), 1)), np.cos(angle), np.sin(angle)), axis=1)

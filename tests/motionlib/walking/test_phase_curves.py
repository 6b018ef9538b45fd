import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.walking.phase_curves import closed_curve, polynomial_curve, polynomial_slope

GRID = np.arange(256) / 256


def test_horner_and_slope_by_hand():
    coefficients = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(polynomial_curve(coefficients)(np.array([2.0])), [[17.0, 4.0]])
    slope = polynomial_curve(polynomial_slope(coefficients))(np.array([2.0]))
    np.testing.assert_allclose(slope, [[14.0, 4.0]])


def test_a_closed_cycle_is_kept_as_fitted():
    # x²(1-x)² closes in value and slope
    coefficients = np.array([[0.0, 0.0, 1.0, -2.0, 1.0]])
    closed = closed_curve(coefficients, GRID, where="m")
    assert closed.gap == 0.0
    assert closed.cost == 0.0
    np.testing.assert_allclose(closed.curve(GRID), polynomial_curve(coefficients)(GRID))


def test_a_gap_is_closed_by_harmonics_and_its_cost_is_told():
    wave = np.polynomial.chebyshev.Chebyshev.fit(GRID, 0.5 * np.sin(2 * np.pi * GRID), 11)
    coefficients = wave.convert(kind=np.polynomial.Polynomial, domain=[-1, 1]).coef[None]
    coefficients[0, 1] += 0.1  # a drift of .1 rad a period
    closed = closed_curve(coefficients, GRID, where="m")
    assert closed.gap == pytest.approx(0.1, abs=1e-3)
    assert 0.005 < closed.cost < 0.03
    ends = closed.curve(np.array([0.0, 1.0, 0.25, 1.25]))
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-9)
    np.testing.assert_allclose(ends[2], ends[3], atol=1e-9)
    assert "6 harmonics" in closed.rule


def test_what_is_no_cycle_is_refused():
    with pytest.raises(MotionError, match=r"m: the end of the period is 2\.00 rad from its start"):
        closed_curve(np.array([[0.0, 2.0]]), GRID, where="m")

import numpy as np

from motionlib.synthesis.periodic_fit import fit_closed, slopes

PHASES = np.arange(128) / 128


def test_value_slope_and_curvature_close():
    samples = np.abs(PHASES[:, None] - 0.3) + PHASES[:, None]  # a kink and a gap
    coefficients = fit_closed(PHASES, samples, 16)
    for _ in range(3):
        at_one, at_zero = coefficients.sum(axis=1), coefficients[:, 0]
        scale = np.abs(coefficients).max()
        np.testing.assert_allclose(at_one, at_zero, atol=1e-9 * scale)
        coefficients = slopes(coefficients)


def test_a_closed_polynomial_is_found_again():
    # x⁴(1-x)⁴ vanishes with three derivatives at both ends
    exact = np.zeros(16)
    exact[4:9] = [1, -4, 6, -4, 1]
    samples = sum(c * PHASES**i for i, c in enumerate(exact))
    np.testing.assert_allclose(fit_closed(PHASES, samples[:, None], 16)[0], exact, atol=1e-7)


def test_a_wave_is_fitted_to_a_thousandth():
    samples = np.stack((np.sin(2 * np.pi * PHASES), np.cos(4 * np.pi * PHASES)), axis=1)
    fitted = fit_closed(PHASES, samples, 16) @ (PHASES ** np.arange(16)[:, None])
    np.testing.assert_allclose(fitted.T, samples, atol=1e-3)


def test_slopes_by_hand():
    np.testing.assert_array_equal(slopes(np.array([[5.0, 2.0, 3.0]])), [[2.0, 6.0, 0.0]])

"""Polynomials of the phase that close over a period in value, slope and curvature."""

import numpy as np
from numpy.polynomial import chebyshev, polynomial

_JOINED_DERIVATIVES = 3
"""Value, slope and curvature agree at phase 0 and 1."""


def fit_closed(
    phases: np.ndarray, samples: np.ndarray, count: int, *, weights: np.ndarray | None = None
) -> np.ndarray:
    """Least-squares polynomials under the closing conditions.

    Args:
        phases: (S,) in [0, 1).
        samples: (S, R) values of R curves of period one.
        count: Coefficients of each, at least 4.
        weights: (S,) of the squared errors; all one if None.

    Returns:
        (R, count) coefficients in ascending powers of the phase.
    """
    # Chebyshev polynomials of 2·phase − 1 keep the normal equations well conditioned
    basis = chebyshev.chebvander(2.0 * phases - 1.0, count - 1)
    conditions = _closing_rows(count)
    size = count + len(conditions)
    system = np.zeros((size, size))
    weighted = basis.T if weights is None else basis.T * weights
    system[:count, :count] = weighted @ basis
    system[:count, count:] = conditions.T
    system[count:, :count] = conditions
    right = np.zeros((size, samples.shape[1]))
    right[:count] = weighted @ samples
    solution = np.linalg.solve(system, right)[:count]
    return (_power_matrix(count) @ solution).T


def slopes(coefficients: np.ndarray) -> np.ndarray:
    """Coefficients of the derivative by the phase, padded to the same shape (R, K)."""
    result = np.zeros_like(coefficients)
    result[:, :-1] = coefficients[:, 1:] * np.arange(1, coefficients.shape[1])
    return result


def _closing_rows(count: int) -> np.ndarray:
    rows = []
    for order in range(_JOINED_DERIVATIVES):
        row = []
        for index in range(count):
            series = chebyshev.chebder(np.eye(count)[index], order)
            row.append(chebyshev.chebval(1.0, series) - chebyshev.chebval(-1.0, series))
        rows.append(row)
    return np.asarray(rows)


def _power_matrix(count: int) -> np.ndarray:
    """(count, count): column i holds T_i(2·phase − 1) in powers of the phase."""
    columns = []
    for index in range(count):
        powers = chebyshev.cheb2poly(np.eye(count)[index])
        shifted = np.zeros(1)
        for factor in powers[::-1]:
            shifted = polynomial.polyadd(polynomial.polymul(shifted, [-1.0, 2.0]), [factor])
        columns.append(np.pad(shifted, (0, count))[:count])
    return np.stack(columns, axis=1)

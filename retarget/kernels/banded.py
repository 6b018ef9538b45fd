"""Banded systems solved by Cholesky, faster than LAPACK where the band is tens of entries wide.

Eight columns of the factor are found at a time, in squares that stay in registers while everything
to their left is subtracted (a left-looking blocked Cholesky; Golub and Van Loan, Matrix
Computations, 4.2 and 4.3).
"""

# pyright: reportCallIssue=false
# (Operations on squares lose their first parameter when they are compiled.)

import numpy as np

from motionlib.errors import MotionError
from motionlib.kernels.compiled import compiled
from retarget.kernels.tiles import (
    TILE,
    add_sums,
    add_tile,
    divide,
    factor,
    store_tile,
    subtract,
    subtract_transposed,
    subtract_vector,
    zero_tile,
)


@compiled
def _factor_columns(flat, width, first, panel, at, corner):
    """Eight columns J of the factor L of `A = L Lᵀ` from those before, in place.

    In squares of eight: `S_IJ := A_IJ − Σ_{K<J} L_IK L_JKᵀ`, `L_JJ L_JJᵀ = S_JJ` and
    `L_IJ = S_IJ L_JJ⁻ᵀ`; entries of the diagonal are stored inverted.

    Args:
        flat: The band's rows one after another; a group's eight before `first` are factored:
            column k of a group's rows starts at `k width`, with the group's first row.
        width: Of the band.
        first: Column.
        panel: Where the eight columns lie: `flat`, or a copy.
        at: Where in `panel`.
        corner: (64,) scratch.

    Returns:
        Which of the columns breaks down; -1 if none.
    """
    squares = width // TILE
    for row in range(squares):
        # downwards but for the first: an entry is read before one lands where it was
        below = (squares - row) % squares
        tile = zero_tile()
        for back in range(1, min(first // TILE, squares - 1 - below) + 1):
            left = (first - TILE * back) * width + TILE * back
            tile = subtract(tile, flat, left + TILE * below, left, width)
        tile = add_tile(tile, panel, at + TILE * below, width - 1)
        if below == 0:
            tile = factor(tile)
            store_tile(tile, corner, 0, TILE)
            for k in range(TILE):
                if not 0.0 < corner[TILE * k + k] < np.inf:
                    return k
        else:
            tile = divide(tile, corner, 0)
            store_tile(tile, panel, at + TILE * below, width)
    for k in range(TILE):
        for i in range(TILE):
            panel[at + k * width + i] = corner[TILE * k + i]
    return -1


@compiled
def _forward(panel, at, width, x, first):
    """What eight columns J of the factor do to the right hand side, in place.

    `y_J := L_JJ⁻¹ b_J` and `b_I −= L_IJ y_J` for all I below, so that L y = b.
    """
    for k in range(TILE):
        x[first + k] *= panel[at + k * width + k]
        for i in range(k + 1, TILE):
            x[first + i] -= panel[at + k * width + i] * x[first + k]
    for row in range(TILE, width, TILE):
        subtract_vector(panel, at + row, width, x, first, x, first + row)


@compiled
def _backward(panel, at, width, x, first):
    """The factor's transpose solved for eight unknowns J, in place; from the last to the first.

    `x_J := L_JJ⁻ᵀ (y_J − Σ_{I>J} L_IJᵀ x_I)`, so that Lᵀ x = y.
    """
    sums = zero_tile()
    for row in range(TILE, width, TILE):
        sums = subtract_transposed(sums, panel, at + row, width, x, first + row)
    add_sums(sums, x, first)
    for k in range(TILE - 1, -1, -1):
        value = x[first + k]
        for i in range(k + 1, TILE):
            value -= panel[at + k * width + i] * x[first + i]
        x[first + k] = value * panel[at + k * width + k]


@compiled
def _solve(band, flat, last, x):
    """Solve `A x = b` in place: factor `A = L Lᵀ`, then `L y = b` beside it, then `Lᵀ x = y`.

    Args:
        band: (N, W), see `solve_banded`.
        flat: (N W,), its memory.
        last: (8 W,), its last columns, up to eight, and ones on the diagonal of those that lack.
        x: (N + 8 + W,) right hand side, then zeros; out: the solution, then anything.

    Returns:
        Which column breaks down; -1 if none.
    """
    count, width = band.shape
    corner = np.empty(TILE * TILE, dtype=np.float32)
    end = (count - 1) // TILE * TILE
    for j in range(max(0, count - width + 1), end):  # what lies below the last row
        band[j, count - j :] = 0.0
    for first in range(0, end + 1, TILE):
        panel, at = (last, 0) if first == end else (flat, first * width)
        bad = _factor_columns(flat, width, first, panel, at, corner)
        if bad >= 0:
            return first + bad
        _forward(panel, at, width, x, first)
    for first in range(end, -1, -TILE):
        panel, at = (last, 0) if first == end else (flat, first * width)
        _backward(panel, at, width, x, first)
    return -1


def band_width(reach: int) -> int:
    """Columns of a band whose entries reach `reach` below the diagonal, see `solve_banded`."""
    return TILE * -(-(reach + TILE) // TILE)


def solve_banded(band: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve the banded system `A x = -gradient`; A is lost.

    Args:
        band: (N, W) float32: `band[j, i - j]` is entry (i, j) of the lower triangle. W is a
            multiple of 8 and the last 7 columns are zero, see `band_width`.
        gradient: (N,).

    Returns:
        (N,) float64.

    Raises:
        ValueError: The band is of another type, width or order in memory.
        MotionError: A is not positive definite: the clip holds something that is not finite.
    """
    count, width = band.shape
    if band.dtype != np.float32 or width % TILE or not band.flags.c_contiguous:
        raise ValueError(f"band: {band.dtype} {band.shape}, expected float32 rows of `band_width`")
    x = np.zeros(count + TILE + width, dtype=np.float32)
    np.negative(gradient, out=x[:count], casting="same_kind")
    bad = _solve(band, band.reshape(-1), _last_columns(band), x)
    if bad >= 0:
        raise MotionError(f"the normal equations break down at unknown {bad + 1}")
    return x[:count].astype(np.float64)


def _last_columns(band: np.ndarray) -> np.ndarray:
    """(8 W,) columns from the last multiple of 8 on, made eight by those of an identity."""
    count, width = band.shape
    left = (count - 1) % TILE + 1
    out = np.zeros((TILE, width), dtype=np.float32)
    out[left:, 0] = 1.0
    for k in range(left):
        out[k, : left - k] = band[count - left + k, : left - k]
    return out.reshape(-1)

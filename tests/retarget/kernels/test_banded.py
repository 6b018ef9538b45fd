"""Banded systems against dense ones."""

import numpy as np
import pytest

from motionlib.errors import MotionError
from retarget.kernels.banded import band_width, solve_banded


def made(frames: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A dense matrix (N, N) whose entries reach 2 n from the diagonal, its band and a gradient."""
    rng = np.random.default_rng(frames * n)
    count = frames * n
    rows = np.arange(count)
    distance = rows[:, None] - rows
    low = np.where((distance >= 0) & (distance <= 2 * n), rng.normal(size=(count, count)), 0.0)
    dense = low @ low.T / n + np.eye(count)
    return dense, banded(dense, 2 * n), rng.normal(size=count)


def banded(dense: np.ndarray, reach: int) -> np.ndarray:
    count = len(dense)
    band = np.zeros((count, band_width(reach)), dtype=np.float32)
    for j in range(count):
        column = dense[j : j + reach + 1, j]
        band[j, : len(column)] = column
    return band


@pytest.mark.parametrize("frames", [1, 2, 3, 9])
@pytest.mark.parametrize("n", [1, 4, 7, 8, 9, 16, 25, 35, 75])
def test_a_solution_is_that_of_the_dense_system(frames, n):
    dense, band, gradient = made(frames, n)
    x = solve_banded(band, gradient)
    assert x.shape == gradient.shape
    assert x.dtype == np.float64
    assert np.linalg.norm(dense @ x + gradient) < 1e-6 * np.linalg.norm(gradient)
    exact = np.linalg.solve(dense, -gradient)
    assert np.linalg.norm(x - exact) < 1e-5 * np.linalg.norm(exact)


def test_a_stiff_system_is_solved_as_exactly_as_float32_can():
    dense, _, gradient = made(12, 16)
    held = np.random.default_rng(0).random(len(dense)) < 0.1
    dense[held, held] += 1e6
    x = solve_banded(banded(dense, 32), gradient)
    assert np.linalg.norm(dense @ x + gradient) < 1e-6 * np.linalg.norm(gradient)
    assert np.abs(x[held]).max() < 1e-5


@pytest.mark.parametrize("unknown", [0, 5, 8, 97, 98, 99])
@pytest.mark.parametrize("value", [-1.0, 0.0, np.nan, np.inf, -np.inf])
def test_what_is_not_positive_definite_is_refused_at_its_unknown(unknown, value):
    band = np.zeros((100, 32), dtype=np.float32)
    band[:, 0] = 1.0
    band[unknown, 0] = value
    with pytest.raises(MotionError, match=f"break down at unknown {unknown + 1}$"):
        solve_banded(band, np.ones(100))


@pytest.mark.parametrize(("row", "below"), [(0, 1), (3, 20), (10, 13), (77, 22), (98, 1)])
def test_what_is_not_finite_below_the_diagonal_is_refused(row, below):
    band = np.zeros((100, 32), dtype=np.float32)
    band[:, 0] = 1.0
    band[row, below] = np.nan
    with pytest.raises(MotionError, match="break down"):
        solve_banded(band, np.ones(100))


def test_an_indefinite_matrix_with_a_positive_diagonal_is_refused():
    _, band, gradient = made(3, 16)
    band[20, 1] = 2.0 * np.sqrt(band[20, 0] * band[21, 0])
    with pytest.raises(MotionError, match=r"break down at unknown 22$"):
        solve_banded(band, gradient)


@pytest.mark.parametrize(("frames", "n"), [(1, 5), (1, 75), (4, 7), (6, 16)])
def test_entries_below_the_last_row_do_not_matter(frames, n):
    _, band, gradient = made(frames, n)
    other = band.copy()
    for j in range(len(other)):
        other[j, len(other) - j :] = np.nan
    np.testing.assert_array_equal(solve_banded(other, gradient), solve_banded(band, gradient))


def test_a_wider_band_of_zeros_changes_nothing():
    _, band, gradient = made(5, 9)
    wider = np.zeros((len(band), band.shape[1] + 16), dtype=np.float32)
    wider[:, : band.shape[1]] = band
    np.testing.assert_allclose(
        solve_banded(wider, gradient), solve_banded(band, gradient), rtol=1e-6, atol=1e-9
    )


def test_a_solution_comes_out_the_same_each_time():
    _, band, gradient = made(9, 35)
    first = solve_banded(band.copy(), gradient)
    for _ in range(3):
        np.testing.assert_array_equal(solve_banded(band.copy(), gradient), first)


@pytest.mark.parametrize(("reach", "width"), [(1, 16), (8, 16), (9, 24), (70, 80), (72, 80)])
def test_the_width_is_a_multiple_of_eight_with_seven_columns_to_spare(reach, width):
    assert band_width(reach) == width
    assert width >= reach + 8


def test_a_band_of_another_make_is_refused():
    band = np.zeros((10, 16), dtype=np.float32)
    for wrong in (band.astype(np.float64), band[:, :15].copy(), np.asfortranarray(band)):
        with pytest.raises(ValueError, match="expected float32 rows of `band_width`"):
            solve_banded(wrong, np.ones(10))

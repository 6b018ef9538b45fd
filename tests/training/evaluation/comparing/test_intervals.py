import numpy as np
import pytest
from scipy import stats

from training.evaluation.comparing.intervals import (
    BOOTSTRAP,
    PERMUTATION,
    SCORE,
    UNDECIDED,
    Difference,
    paired_differences,
)


def compare(first: np.ndarray, second: np.ndarray, **options) -> list[Difference]:
    settings = {
        "strata": ["a"] * len(first),
        "shares": [False] * first.shape[1],
        "rng": np.random.default_rng(0),
        **options,
    }
    return paired_differences(first, second, **settings)


def test_pairs_share_their_motion_so_that_a_small_constant_difference_is_seen() -> None:
    rng = np.random.default_rng(1)
    first = rng.lognormal(size=(60, 1))  # motions differ far more than evaluations do
    second = first + 0.01 + 0.001 * rng.standard_normal((60, 1))
    (found,) = compare(first, second)
    assert found.method == BOOTSTRAP
    assert found.difference == pytest.approx(float((second - first).mean()))
    assert found.low is not None
    assert found.high is not None
    assert 0.009 < found.low < found.difference < found.high < 0.011
    assert found.shown
    swapped = compare(second, first)[0]
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))


def test_few_motions_get_a_permutation_test_and_no_interval() -> None:
    rng = np.random.default_rng(2)
    first = rng.random((29, 1))
    second = first + 0.1 * rng.standard_normal((29, 1))
    (found,) = compare(first, second)
    assert (found.method, found.low, found.high) == (PERMUTATION, None, None)
    known = stats.permutation_test(
        ((second - first)[:, 0],), np.mean, permutation_type="samples", n_resamples=9999, rng=3
    )
    assert found.p == pytest.approx(known.pvalue, abs=0.03)
    assert compare(np.r_[first, first[:1]], np.r_[second, second[:1]])[0].method == BOOTSTRAP


def test_a_missing_value_leaves_its_pair_out_of_that_measure_only() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.random((40, 3)), rng.random((40, 3))
    second[5, 1] = np.nan
    first[6, 1] = np.nan
    first[:, 2] = np.nan
    whole, holed, empty = compare(first, second)
    assert (whole.motions, holed.motions, empty.motions) == (40, 38, 0)
    kept = np.delete(np.arange(40), [5, 6])
    assert holed.first == pytest.approx(first[kept, 1].mean())
    assert (empty.first, empty.difference, empty.method, empty.shown) == (None, None, "", False)


def test_shares_have_an_interval_even_where_no_motion_differs() -> None:
    same = np.ones((50, 2))
    other = same.copy()
    other[:5, 1] = 0.0
    equal, worse = compare(same, other, shares=[True, True])
    assert equal.method == SCORE
    assert equal.low is not None
    assert equal.low < 0 < -equal.low
    assert not equal.shown
    assert worse.method == SCORE
    assert worse.difference == pytest.approx(-0.1)
    assert worse.shown


def test_one_motion_that_differs_decides_nothing() -> None:
    first = np.full((40, 1), 0.3)
    second = first.copy()
    second[7] = 5.0
    (found,) = compare(first, second)
    assert (found.method, found.low, found.shown) == (UNDECIDED, None, False)
    assert compare(first, first)[0].low == 0.0


def test_the_same_generator_gives_the_same_bounds() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.random((50, 2)), rng.random((50, 2))
    assert compare(first, second) == compare(first, second)

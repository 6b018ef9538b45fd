import numpy as np
import pytest
from scipy import stats

from training.evaluation.comparing.resampling import (
    joined_strata,
    score_interval,
    sign_flip_p,
    studentised_interval,
)

SIZES = (18, 9, 6, 2, 1)
"""Motions of each dataset: 36 in all, the last two to be joined."""
STRATA = [f"d{k}" for k, size in enumerate(SIZES) for _ in range(size)]


def test_small_strata_are_joined_and_never_left_alone() -> None:
    assert np.bincount(joined_strata(STRATA)).tolist() == [18, 9, 9]
    assert np.bincount(joined_strata(["a"] * 10 + ["b"] * 3 + ["c"] * 4)).tolist() == [10, 7]
    assert joined_strata(["b", "a"]).tolist() == [0, 0]


def trials(rng: np.random.Generator, count: int) -> tuple[np.ndarray, float]:
    """(N, trials) differences of skewed errors whose level depends on the dataset, and their mean."""
    level = np.repeat(np.arange(len(SIZES)), SIZES)[:, None]
    base = 0.05 * np.exp(0.2 * level + 0.5 * rng.standard_normal((len(level), count)))
    ratio = np.exp(-0.1 + 0.05 * level + 0.3 * rng.standard_normal(base.shape))
    mean_base = 0.05 * np.exp(0.2 * level + 0.125)
    return base * (ratio - 1), float((mean_base * (np.exp(-0.055 + 0.05 * level) - 1)).mean())


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    values, truth = trials(rng, 1500)
    low, high = studentised_interval(values, joined_strata(STRATA), rng=rng, resamples=800)
    held = np.mean((low <= truth) & (truth <= high))
    # 1,500 trials know 95 % to ±1.1 (95 %); the full run is tests/benchmarks/test_coverage.py
    assert 0.95 - 0.026 <= held <= 0.95 + 0.026


def test_an_ordinary_bootstrap_would_hold_it_less_often() -> None:
    """The reason for the studentised one: scipy's percentiles of the same strata and trials."""
    rng = np.random.default_rng(8)
    values, truth = trials(rng, 400)
    joined = joined_strata(STRATA)
    parts = [values[joined == number] for number in range(joined.max() + 1)]

    def mean(*strata: np.ndarray, axis: int = -1) -> np.ndarray:
        return sum(part.sum(axis=axis) for part in strata) / len(values)

    plain = stats.bootstrap(parts, mean, n_resamples=400, axis=0, method="percentile", rng=rng)
    low, high = plain.confidence_interval
    held = np.mean((low <= truth) & (truth <= high))
    assert held < 0.93


@pytest.mark.parametrize(("first", "second"), [(0.8, 0.7), (0.95, 0.9)])
def test_shares_hold_their_truth(first: float, second: float) -> None:
    rng = np.random.default_rng(9)
    shared = rng.random((36, 3000))
    other = np.where(rng.random(shared.shape) < 0.6, shared, rng.random(shared.shape))
    differences = (other < second).astype(int) - (shared < first)
    low, high = score_interval((differences > 0).sum(axis=0), (differences < 0).sum(axis=0), 36)
    held = np.mean((low <= second - first) & (second - first <= high))
    # counts are whole numbers, so that coverage moves in steps; never far below what is promised
    assert 0.93 <= held <= 0.98


def test_the_score_interval_of_known_counts() -> None:
    low, high = score_interval(np.asarray([12, 0]), np.asarray([2, 0]), 50)
    test = stats.norm.ppf(0.975)
    for bound in (low[0], high[0]):
        # at its ends the score test is just at 5 %, with the share that makes the counts likeliest
        shares = np.linspace(max(0.0, -bound), (1 - bound) / 2, 200_001)[1:-1]
        likelihood = 12 * np.log(shares + bound) + 2 * np.log(shares)
        likelihood += 36 * np.log(np.maximum(1 - 2 * shares - bound, 1e-300))
        best = shares[likelihood.argmax()]
        score = (10 - 50 * bound) / np.sqrt(50 * (2 * best + bound - bound**2))
        assert abs(score) == pytest.approx(test, abs=2e-3)
    # where nothing differs: z² / (n + z²) either way
    assert (low[1], high[1]) == pytest.approx((-0.0714, 0.0714), abs=1e-4)


def test_signs_are_exchanged_exactly_where_that_is_possible() -> None:
    rng = np.random.default_rng(10)
    values = rng.standard_normal((10, 3)) + 0.5
    found = sign_flip_p(values, rng=rng, resamples=4000)
    for column, p in zip(values.T, found, strict=True):
        known = stats.permutation_test(
            (column,), np.mean, permutation_type="samples", n_resamples=1 << 12
        )
        assert p == pytest.approx(known.pvalue)
    # all five better: two of 32 exchanges are as far off
    assert sign_flip_p(np.ones((5, 1)), rng=rng, resamples=4000) == [2 / 32]
    drawn = sign_flip_p(values, rng=rng, resamples=1000)
    assert drawn == pytest.approx(found, abs=0.05)


def test_large_levels_do_not_swallow_the_spread() -> None:
    rng = np.random.default_rng(11)
    values = rng.standard_normal((40, 1))
    strata = np.zeros(40, dtype=np.int64)
    plain = studentised_interval(values, strata, rng=np.random.default_rng(0), resamples=500)
    far = studentised_interval(values + 1e6, strata, rng=np.random.default_rng(0), resamples=500)
    assert np.subtract(far, 1e6) == pytest.approx(np.asarray(plain), abs=1e-6)

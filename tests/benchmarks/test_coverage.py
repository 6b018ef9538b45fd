"""How often intervals of comparisons hold the truth, on synthetic tables of which it is known.

`make bench` shows the share for every number of motions, spread over datasets, and distribution: of
the intervals that comparisons use, and of scipy's percentile and BCa bootstraps beside them.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from training.evaluation.comparing.resampling import (
    joined_strata,
    score_interval,
    studentised_interval,
)

pytestmark = pytest.mark.benchmark

TRIALS, RESAMPLES = 6000, 1000
BATCH = 500
DATASETS = ((30,), (20, 5, 5), (14, 6, 4, 3, 3), (40, 15, 5))
"""Motions of each dataset."""
Draw = Callable[[np.random.Generator, np.ndarray, int], tuple[np.ndarray, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Errors of two policies, lognormal over motions; one is a noisy multiple of the other."""

    spread: float
    noise: float = 0.3

    def __call__(
        self, rng: np.random.Generator, level: np.ndarray, trials: int
    ) -> tuple[np.ndarray, float]:
        base = 0.05 * np.exp(0.2 * level)[:, None]
        first = base * np.exp(self.spread * rng.standard_normal((len(level), trials)))
        change = -0.1 + 0.05 * level[:, None]
        ratio = np.exp(change + self.noise * rng.standard_normal(first.shape))
        truth = base * np.exp(self.spread**2 / 2) * (np.exp(change + self.noise**2 / 2) - 1)
        return first * (ratio - 1), float(truth.mean())


def additive(kind: str) -> Draw:
    def draw(rng: np.random.Generator, level: np.ndarray, trials: int) -> tuple[np.ndarray, float]:
        shape = (len(level), trials)
        noise = {
            "normal": lambda: rng.standard_normal(shape),
            "exponential": lambda: rng.exponential(size=shape) - 1.0,
            "t5": lambda: rng.standard_t(5, shape),
        }[kind]()
        values = noise * (1 + 0.5 * level[:, None]) + 0.5 * level[:, None]
        return values, float(0.5 * level.mean())

    return draw


def shares(first: float, second: float, together: float = 0.6) -> Draw:
    def draw(rng: np.random.Generator, level: np.ndarray, trials: int) -> tuple[np.ndarray, float]:
        one = rng.random((len(level), trials))
        two = np.where(rng.random(one.shape) < together, one, rng.random(one.shape))
        return (two < second).astype(float) - (one < first), second - first

    return draw


MEASURES: dict[str, Draw] = {
    "normal": additive("normal"),
    "exponential": additive("exponential"),
    "t5": additive("t5"),
    "errors .3": Errors(spread=0.3),
    "errors .6": Errors(spread=0.6),
}
SHARES = {
    ".8 and .7": shares(0.8, 0.7),
    ".5 and .5": shares(0.5, 0.5),
    ".95 and .9": shares(0.95, 0.9),
}


def held(draw: Draw, sizes: tuple[int, ...], interval: Callable) -> float:
    """Share of trials whose interval holds the truth."""
    rng = np.random.default_rng(sum(sizes) + len(sizes))
    level = np.repeat(np.arange(len(sizes)), sizes).astype(float)
    strata = joined_strata([str(each) for each in level])
    hits = 0
    for _ in range(TRIALS // BATCH):
        values, truth = draw(rng, level, BATCH)
        low, high = interval(values, strata, rng=rng, resamples=RESAMPLES)
        hits += int(np.sum((low <= truth + 1e-12) & (truth - 1e-12 <= high)))
    return hits / TRIALS


def of_scores(values, strata, *, rng, resamples):
    del strata, rng, resamples
    return score_interval((values > 0).sum(axis=0), (values < 0).sum(axis=0), len(values))


def say(*words: object) -> None:
    sys.stdout.write("\n" + "  ".join(f"{word!s:14}" for word in words))
    sys.stdout.flush()


def of_scipy(method: str) -> Callable:
    def interval(values, strata, *, rng, resamples):
        parts = [values[strata == number] for number in range(strata.max() + 1)]

        def mean(*drawn: np.ndarray, axis: int = -1) -> np.ndarray:
            return sum(part.sum(axis=axis) for part in drawn) / len(values)

        found = stats.bootstrap(
            parts, mean, n_resamples=resamples // 2, axis=0, method=method, rng=rng, batch=100
        )
        return found.confidence_interval

    return interval


def test_measures(capsys: pytest.CaptureFixture[str]) -> None:
    worst = 0.0
    for sizes in DATASETS:
        for name, draw in MEASURES.items():
            found = held(draw, sizes, studentised_interval)
            worst = max(worst, abs(found - 0.95))
            with capsys.disabled():
                say(sum(sizes), sizes, name, f"{100 * found:.1f} %")
    # what is asked is 95 % ± 1.5; 6,000 trials know it to ± 0.55
    assert worst <= 0.015 + 0.0055


def test_shares(capsys: pytest.CaptureFixture[str]) -> None:
    for sizes in DATASETS:
        for name, draw in SHARES.items():
            found = held(draw, sizes, of_scores)
            with capsys.disabled():
                say(sum(sizes), sizes, name, f"{100 * found:.1f} %")
            # of rare failures no interval can hold it exactly: counts are whole numbers
            assert found >= 0.935 - 0.0055


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_what_scipy_would_do(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    for sizes in ((30,), (14, 6, 4, 3, 3)):
        for name in ("normal", "errors .6"):
            found = held(MEASURES[name], sizes, of_scipy(method))
            with capsys.disabled():
                say(method, sizes, name, f"{100 * found:.1f} %")
            assert found < 0.97

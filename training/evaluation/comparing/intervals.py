"""How sure a difference is: paired bootstrap intervals by strata, a permutation test of few motions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.comparing.resampling import (
    CONFIDENCE,
    Array,
    joined_strata,
    score_interval,
    sign_flip_p,
    studentised_interval,
)

LEAST_MOTIONS = 30
"""Below it no interval is given: a permutation test takes its place."""
RESAMPLES = 4000
BOOTSTRAP, SCORE, PERMUTATION, UNDECIDED = (
    "studentised bootstrap",
    "score interval",
    "permutation test",
    "none: too few motions differ",
)
"""Names of methods, as tables say them; what they are stands in `docs/comparing.md`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second less first, of one measure on the motions that both have."""

    motions: int
    first: float | None
    """Mean over those motions; None where there is none."""
    second: float | None
    difference: float | None
    low: float | None = None
    """Interval of `CONFIDENCE`; None where the permutation test was used."""
    high: float | None = None
    p: float | None = None
    """Two-sided p of the permutation test; None where an interval was given."""
    method: str = ""
    """Empty where there are too few motions for either."""

    @property
    def shown(self) -> bool:
        """Whether the data show a difference: 0 outside of the interval, or p below 5 %."""
        if self.p is not None:
            return self.p < 1.0 - CONFIDENCE
        if self.low is None or self.high is None:
            return False
        return self.low > 0.0 or self.high < 0.0


def paired_differences(
    first: Array,
    second: Array,
    *,
    strata: Sequence[str],
    shares: Sequence[bool],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> list[Difference]:
    """Differences of K measures on the same N motions, each with how sure it is.

    Motions are resampled in pairs, within their strata. A pair of which one value is missing (NaN)
    is left out of that measure, and counts in no mean.

    Args:
        first: (N, K) values of one evaluation, NaN where there is none.
        second: (N, K) of the other, of the same motions.
        strata: (N,) dataset of each motion.
        shares: (K,) whether a measure is 0 or 1 for each motion.
        rng: Draws resamples and signs.
        resamples: How many.
    """
    whole = np.isfinite(first) & np.isfinite(second)
    found: dict[int, Difference] = {}
    for pattern in np.unique(whole.T, axis=0):
        columns = np.flatnonzero((whole == pattern[:, None]).all(axis=0))
        one, two = first[pattern][:, columns], second[pattern][:, columns]
        kinds = [stratum for stratum, kept in zip(strata, pattern, strict=True) if kept]
        share = np.asarray(shares, dtype=bool)[columns]
        bounds = _bounds(two - one, kinds, share, rng=rng, resamples=resamples)
        for column, a, b, bound in zip(columns, one.T, two.T, bounds, strict=True):
            found[int(column)] = _difference(a, b, bound)
    return [found[column] for column in range(first.shape[1])]


def _bounds(
    differences: Array,
    strata: Sequence[str],
    share: NDArray[np.bool_],
    *,
    rng: np.random.Generator,
    resamples: int,
) -> list[dict[str, float | str]]:
    """Interval or p of each of K measures, as fields of a `Difference`."""
    motions, measures = differences.shape
    if motions == 0:
        return [{} for _ in range(measures)]
    if motions < LEAST_MOTIONS:
        values = sign_flip_p(differences, rng=rng, resamples=resamples)
        return [{"p": float(p), "method": PERMUTATION} for p in values]
    numbers = joined_strata(strata)
    found: list[dict[str, float | str]] = [{} for _ in range(measures)]
    means, rates = differences[:, ~share], differences[:, share]
    bounds = studentised_interval(means, numbers, rng=rng, resamples=resamples)
    scores = score_interval((rates > 0).sum(axis=0), (rates < 0).sum(axis=0), motions)
    for columns, (lows, highs), method in (
        (np.flatnonzero(~share), bounds, BOOTSTRAP),
        (np.flatnonzero(share), scores, SCORE),
    ):
        for column, low, high in zip(columns, lows, highs, strict=True):
            known = bool(np.isfinite(low) and np.isfinite(high))
            found[column] = {"low": float(low), "high": float(high)} if known else {}
            found[column]["method"] = method if known else UNDECIDED
    return found


def _difference(first: Array, second: Array, bound: dict[str, float | str]) -> Difference:
    if not len(first):
        return Difference(motions=0, first=None, second=None, difference=None)
    one, two = float(first.mean()), float(second.mean())
    told: dict = dict(bound)
    return Difference(motions=len(first), first=one, second=two, difference=two - one, **told)

"""Intervals of a mean over motions, of a share, and a test of few motions by exchange."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
LEAST_IN_STRATUM = 6
"""Smaller strata are joined: of two motions the spread is no estimate of anything."""
_Z = 1.959964
"""Quantile of the normal distribution at 97.5 %."""
_CELLS = 8_000_000
"""Numbers of one batch of resamples."""
Array = NDArray[np.float64]


def joined_strata(strata: Sequence[str]) -> NDArray[np.int64]:
    """(N,) number of each motion's stratum; those below `LEAST_IN_STRATUM` are one.

    Where even all small ones together are too few, they join the smallest of the others.
    """
    names, numbers, counts = np.unique(
        np.asarray(strata, dtype=str), return_inverse=True, return_counts=True
    )
    small = counts < LEAST_IN_STRATUM
    if small.any():
        home = int(np.flatnonzero(small)[0])
        if counts[small].sum() < LEAST_IN_STRATUM and not small.all():
            home = int(np.argmin(np.where(small, len(strata) + 1, counts)))
        numbers = np.where(small[numbers], home, numbers)
    del names
    return np.unique(numbers, return_inverse=True)[1]


def studentised_interval(
    differences: Array, strata: NDArray[np.int64], *, rng: np.random.Generator, resamples: int
) -> tuple[Array, Array]:
    """(K,) low and high of the mean: symmetric bootstrap-t, resampled within strata.

    The variance of the mean is that of a stratified sample, sum over strata of (n_h/N)² s_h²/n_h,
    for the data as for each resample, so that small strata do not make the interval too narrow.

    Args:
        differences: (N, K) of at least two motions a stratum.
        strata: (N,) their numbers.
        rng: Draws the resamples.
        resamples: How many.
    """
    mean, variance = _moments(np.ones((1, len(differences))), differences, strata)
    deviations = []
    for weights in _resampled(strata, rng=rng, resamples=resamples):
        again, spread = _moments(weights, differences, strata)
        off = np.abs(again - mean)
        # a resample of one motion only has no spread: as far off as can be, unless it is not off
        with np.errstate(divide="ignore", invalid="ignore"):
            deviations.append(np.where(off > 0, off / np.sqrt(spread), 0.0))
    quantile = np.quantile(np.concatenate(deviations), CONFIDENCE, axis=0, method="higher")
    with np.errstate(invalid="ignore"):
        half = np.where(variance[0] > 0, quantile * np.sqrt(variance[0]), 0.0)
    return mean[0] - half, mean[0] + half


def score_interval(gained: Array, lost: Array, motions: int) -> tuple[Array, Array]:
    """(K,) low and high of a difference of paired shares: Tango's score interval (1998).

    All differences that a score test would not reject. It keeps what it promises for tens of
    motions and for rare failures, where a bootstrap does not, and is not empty where no motion
    differs, of which a bootstrap knows nothing.

    Args:
        gained: (K,) motions that only the second has.
        lost: (K,) motions that only the first has.
        motions: All of them.
    """
    center = (gained - lost) / motions

    def search(far: float) -> Array:
        inner, outer = center, np.full_like(center, far)
        for _ in range(50):
            middle = (inner + outer) / 2
            kept = _score_squared(gained, lost, motions, middle) <= _Z**2
            inner, outer = np.where(kept, middle, inner), np.where(kept, outer, middle)
        return inner

    return search(-1.0), search(1.0)


def sign_flip_p(differences: Array, *, rng: np.random.Generator, resamples: int) -> Array:
    """(K,) two-sided p of the mean, if each motion's two evaluations could be exchanged.

    All 2^N exchanges where they are no more than `resamples`, else so many drawn ones, with the
    data's own among them.

    Args:
        differences: (N, K).
        rng: Draws exchanges.
        resamples: How many.
    """
    motions = len(differences)
    exact = 2**motions <= resamples
    if exact:
        bits = np.arange(2**motions)[:, None] >> np.arange(motions) & 1
    else:
        bits = rng.integers(0, 2, size=(resamples, motions))
    means = np.abs((1.0 - 2.0 * bits) @ differences)
    own = np.abs(differences.sum(axis=0))
    # sums in another order differ in their last bits, and equal ones count
    as_far = (means >= own * (1 - 1e-9) - 1e-15).sum(axis=0)
    return as_far / len(bits) if exact else (as_far + 1) / (len(bits) + 1)


def _score_squared(gained: Array, lost: Array, motions: int, difference: Array) -> Array:
    """Tango's statistic, squared: how far from a difference the counts are, in its own spread."""
    linear = (2 * motions - gained + lost) * difference - gained - lost
    constant = -lost * difference * (1 - difference)
    root = np.sqrt(np.maximum(linear**2 - 8 * motions * constant, 0.0))
    lost_share = (root - linear) / (4 * motions)
    variance = motions * (2 * lost_share + difference * (1 - difference))
    off = gained - lost - motions * difference
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(off == 0, 0.0, off**2 / np.maximum(variance, 0.0))


def _resampled(
    strata: NDArray[np.int64], *, rng: np.random.Generator, resamples: int
) -> Iterator[Array]:
    """Batches of (R, N) counts: how often each motion was drawn, from its own stratum."""
    motions = len(strata)
    batch = max(1, min(resamples, _CELLS // motions))
    members = [np.flatnonzero(strata == number) for number in range(strata.max() + 1)]
    for start in range(0, resamples, batch):
        rows = min(batch, resamples - start)
        counts = np.zeros((rows, motions))
        for motion_ids in members:
            size = len(motion_ids)
            drawn = rng.integers(0, size, size=(rows, size)) + size * np.arange(rows)[:, None]
            counts[:, motion_ids] = np.bincount(drawn.ravel(), minlength=rows * size).reshape(
                rows, size
            )
        yield counts


def _moments(weights: Array, values: Array, strata: NDArray[np.int64]) -> tuple[Array, Array]:
    """(R, K) mean over motions, and variance of that mean, of (R, N) counts of (N, K) values."""
    motions = len(values)
    mean = np.zeros((len(weights), values.shape[1]))
    variance = np.zeros_like(mean)
    for number in range(strata.max() + 1):
        inside = strata == number
        size = int(inside.sum())
        part = values[inside]
        center = part.mean(axis=0)  # what is far from 0 would lose its spread in squares
        off = weights[:, inside] @ (part - center) / size
        square = weights[:, inside] @ (part - center) ** 2 / size
        mean += size / motions * (center + off)
        if size > 1:
            spread = np.maximum(square - off**2, 0.0)
            # what rounding left of equal values is none
            spread[spread <= 1e-20 * (square + center**2)] = 0.0
            variance += (size / motions) ** 2 * spread / (size - 1)
    return mean, variance

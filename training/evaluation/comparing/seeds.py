"""What trainings reached over their seeds, and how variants of a training differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from motionlib.errors import FormatError
from training.evaluation.comparing.resampling import CONFIDENCE
from training.evaluation.comparing.sides import Key, Measured, Side

METHOD = "Student's t over seeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One training of a variant: what it reached with one seed."""

    variant: str
    seed: int
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One measure of one variant on one split, over its seeds."""

    split: str
    variant: str
    measure: Measured
    motions: int
    """Those that every training has a value of."""
    seeds: tuple[int, ...]
    mean: float
    """Over seeds, of the mean over motions."""
    low: float | None
    """Interval of the mean over all seeds; None of a single one."""
    high: float | None
    spread: float | None
    """Standard deviation over seeds."""
    pairs: int
    """Seeds that the first variant has too."""
    difference: float | None
    """From the first variant, mean over those seeds; None of the first itself."""
    difference_low: float | None
    difference_high: float | None

    @property
    def verdict(self) -> str:
        """What the seeds show against the first variant; empty for the first itself."""
        if self.difference is None:
            return ""
        if self.difference_low is None or self.difference_high is None:
            return "too few seeds to tell"
        if self.difference_low <= 0.0 <= self.difference_high:
            return "no difference shown"
        return "better" if (self.difference > 0) == self.measure.more_is_better else "worse"

    def row(self) -> dict[str, Any]:
        """It as a row of a table."""
        told = asdict(self)
        measure = told.pop("measure")
        seeds = " ".join(map(str, told.pop("seeds")))
        place = {"split": told.pop("split"), "variant": told.pop("variant")}
        return {
            **place,
            "measure": measure["name"],
            "unit": measure["unit"],
            "seeds": seeds,
            **told,
            "verdict": self.verdict,
            "method": METHOD,
        }


def over_seeds(replicas: Sequence[Replica]) -> list[Reached]:
    """What every variant reached, in their order; differences are from the first of them.

    A motion counts where every training has a value of it, so that all means are of the same ones.

    Args:
        replicas: One a training; of a variant each seed once.

    Raises:
        FormatError: One seed of a variant twice, or nothing in common.
    """
    variants: dict[str, dict[int, Side]] = {}
    for each in replicas:
        seeds = variants.setdefault(each.variant, {})
        if each.seed in seeds:
            raise FormatError(
                f"{each.side.path}: seed {each.seed} of {each.variant} is there twice, expected once"
            )
        seeds[each.seed] = each.side
    sides = [each.side for each in replicas]
    keys = [key for key in sides[0].rows if all(key in side.rows for side in sides)]
    measures = [m for n, m in sides[0].measures.items() if all(n in s.measures for s in sides)]
    if not keys or not measures:
        raise FormatError(
            f"{', '.join(side.label for side in sides)} have no motion, or no measure, in common"
        )
    found: list[Reached] = []
    for split in dict.fromkeys(split for split, _ in keys):
        inside = [key for key in keys if key[0] == split]
        for measure in measures:
            found += _reached(split, measure, variants, inside)
    return found


def _reached(
    split: str, measure: Measured, variants: Mapping[str, Mapping[int, Side]], keys: Sequence[Key]
) -> Iterator[Reached]:
    sides = [side for seeds in variants.values() for side in seeds.values()]
    name = measure.name
    whole = [key for key in keys if all(side.rows[key][name] is not None for side in sides)]
    if not whole:
        return
    means = {
        variant: {
            seed: float(np.mean([float(side.rows[key][name]) for key in whole]))
            for seed, side in seeds.items()
        }
        for variant, seeds in variants.items()
    }
    base = next(iter(means.values()))
    for place, (variant, values) in enumerate(means.items()):
        center, low, high = student_interval(list(values.values()))
        changes = [values[seed] - base[seed] for seed in values if seed in base] if place else []
        change, change_low, change_high = student_interval(changes)
        assert center is not None  # a variant has a training
        yield Reached(
            split=split,
            variant=variant,
            measure=measure,
            motions=len(whole),
            seeds=tuple(values),
            mean=center,
            low=low,
            high=high,
            spread=float(np.std(list(values.values()), ddof=1)) if len(values) > 1 else None,
            pairs=len(changes),
            difference=change,
            difference_low=change_low,
            difference_high=change_high,
        )


def student_interval(
    values: Sequence[float],
) -> tuple[float | None, float | None, float | None]:
    """Mean of values and its 95 % interval by Student's t; None where there are too few.

    Args:
        values: One a seed.
    """
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    quantile = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
    half = float(quantile * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half

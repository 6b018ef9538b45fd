"""Motions that two evaluations have both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.evaluation.comparing.resampling import Array
from training.evaluation.comparing.sides import Key, Measured, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Motions that both sides have, in the first side's order, and what was left out."""

    first: Side
    second: Side
    keys: Sequence[Key]
    """The split, by whichever side knows it, and the first side's case."""
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
    measures: Sequence[Measured]
    """Those that both have."""
    only_first: Sequence[str]
    """Motions that the second has not."""
    only_second: Sequence[str]
    notes: Sequence[str]
    """What a reader has to know: what differs, what is missing, what was no number."""
    titles: Mapping[str, str]
    """Motion to what people call it, where that is known."""

    def values(self, motions: Sequence[int]) -> tuple[Array, Array]:
        """(N, K) values of both sides on the chosen motions, NaN where one is missing."""
        names = [each.name for each in self.measures]
        both = [
            [[_or_nan(self.rows[i][side][name]) for name in names] for i in motions]
            for side in (0, 1)
        ]
        shape = (len(motions), len(names))
        first, second = (np.asarray(part, dtype=np.float64).reshape(shape) for part in both)
        return first, second


def _or_nan(value: Any) -> float:
    return np.nan if value is None else float(value)

"""Cases that wait for a robot, and what came of the others: what tiles of one evaluation share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.evaluation.cases import Cases
from training.evaluation.config import Thresholds
from training.evaluation.rows import case_row
from training.evaluation.streams import ErrorSeries
from training.evaluation.verdicts import Verdict


@dataclass(slots=True, kw_only=True)
class Docket:
    """Cases of one evaluation under one controller; threads may use it at the same time."""

    cases: Cases
    controller: str
    thresholds: Thresholds
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By case."""
    series: dict[int, ErrorSeries] = field(default_factory=dict)
    """By case."""
    _next: Callable[[], int | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        order = self.cases.num_frames.argsort(descending=True, stable=True)
        waiting = iter(order.tolist())
        # next() of a list's iterator is one step of the interpreter: no two threads get one case
        self._next = lambda: next(waiting, None)

    def take(self) -> int | None:
        """The longest case that nobody has taken; None: there are no more."""
        return self._next()

    def enter(
        self,
        case: int,
        verdict: Verdict | None,
        *,
        measured: Mapping[str, Any],
        evaluated_frames: int,
    ) -> None:
        """Write a case's row.

        Args:
            case: Which.
            verdict: None for a case too short to be judged.
            measured: Measures by column; null where there is nothing to measure.
            evaluated_frames: Frames that were really measured, the first included.
        """
        self.rows[case] = case_row(
            self.cases,
            case,
            controller=self.controller,
            verdict=verdict,
            measured=measured,
            evaluated_frames=evaluated_frames,
            thresholds=self.thresholds,
        )

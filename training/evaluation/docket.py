"""Cases that wait for a robot, and what came of the others: what tiles of one evaluation share."""

import threading
from collections.abc import Mapping
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
    _waiting: list[int] = field(init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        order = self.cases.num_frames.argsort(descending=True, stable=True)
        self._waiting = order.flip(0).tolist()

    def take(self, count: int) -> list[int]:
        """The longest cases that nobody has taken, at most so many; empty: there are no more.

        A tile takes all that it has room for at once: its cases are about equally long then, and
        it is done early where they are short.
        """
        with self._lock:
            return [self._waiting.pop() for _ in range(min(count, len(self._waiting)))]

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

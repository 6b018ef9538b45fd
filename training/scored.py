"""What judges a policy while it learns, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What was found of the policy as it is now."""

    value: float
    """By which checkpoints are compared."""
    measures: Mapping[str, float]
    """For logs, by name."""
    row: Mapping[str, Any] = field(default_factory=dict)
    """Counts and scores for `evaluations.parquet`."""


class Scorer(Protocol):
    """Judges the policy every now and then; draws nothing that the training draws from."""

    @property
    def name(self) -> str:
        """Which values may be compared: those of one name."""
        ...

    @property
    def every(self) -> int:
        """Updates between two judgements."""
        ...

    def __call__(self) -> Scored:
        """Judge."""
        ...

    def at_least(self, value: float, best: float) -> bool:
        """Whether a value is as good as the best so far."""
        ...

    def keep(self, scored: Scored, *, steps: int, epoch: int, checkpoint: str) -> None:
        """Write down a judgement that has been dealt with.

        Args:
            scored: What was found.
            steps: Environment steps by then.
            epoch: Updates by then.
            checkpoint: Name of the file that this state was kept as; empty if it was not.
        """
        ...

"""Failures: measures above thresholds end an episode for good."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.ranges import Threshold
from training.values import check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An episode fails where a measure is above a threshold."""

    measure: str
    above: Threshold
    """Bound in the measure's unit; infinity switches the cause off."""

    def __post_init__(self) -> None:
        check_fields(self)
        MEASURES.require(self.measure, owner=self, field="measure")


class FailureTerms:
    """Thresholds as a tensor."""

    def __init__(self, terms: Mapping[str, Failure], *, device: torch.device | str) -> None:
        self.names: tuple[str, ...] = tuple(terms)
        self._measures = [MEASURES[term.measure] for term in terms.values()]
        self._above = torch.tensor([term.above for term in terms.values()], device=device)

    def __call__(self, now: Moment) -> Tensor:
        """(E, causes) bool, which causes apply, in the order of `names`."""
        if not self._measures:
            return torch.zeros(len(now.action), 0, dtype=torch.bool, device=now.action.device)
        return torch.stack([measure(now) for measure in self._measures], dim=-1) > self._above

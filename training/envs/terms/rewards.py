"""Rewards: measures, weighed."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.ranges import Finite, NonNegative
from training.values import check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """One term: weight · exp(−m / σ²), or weight · m where σ is 0.

    The MicroDuck guide writes exp(−error² / 2σ²); the code that it runs, and this one, computes
    exp(−error² / σ²).
    """

    measure: str
    """Name of a measure m; for a kernel of an error choose its square."""
    weight: Finite
    """A rate: the sum of all terms is multiplied by the control step in seconds."""
    sigma: NonNegative = 0.0
    """Tolerance, in the root of the measure's unit."""

    def __post_init__(self) -> None:
        check_fields(self)
        MEASURES.require(self.measure, owner=self, field="measure")


class RewardTerms:
    """Weights and tolerances as tensors: kernels first, then penalties."""

    def __init__(
        self, terms: Mapping[str, Reward], *, rate: float, device: torch.device | str
    ) -> None:
        kernels = {name: term for name, term in terms.items() if term.sigma > 0.0}
        penalties = {name: term for name, term in terms.items() if term.sigma == 0.0}
        ordered = kernels | penalties
        self.names: tuple[str, ...] = tuple(ordered)
        self._kernels = [MEASURES[term.measure] for term in kernels.values()]
        self._penalties = [MEASURES[term.measure] for term in penalties.values()]
        weights = [term.weight * rate for term in ordered.values()]
        self._weights = torch.tensor(weights, device=device)
        sigmas = torch.tensor([term.sigma for term in kernels.values()])
        self._exponents = (-1.0 / sigmas.square()).to(device)

    def __call__(self, now: Moment) -> Tensor:
        """(E, terms) contribution of every term to the step's reward, in the order of `names`."""
        parts = []
        if self._kernels:
            errors = torch.stack([measure(now) for measure in self._kernels], dim=-1)
            parts.append(torch.exp(errors * self._exponents))
        if self._penalties:
            parts.append(torch.stack([measure(now) for measure in self._penalties], dim=-1))
        if not parts:
            return now.action.new_zeros(len(now.action), 0)
        return (torch.cat(parts, dim=-1) if len(parts) > 1 else parts[0]) * self._weights

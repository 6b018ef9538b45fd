"""BeyondMimic's rewards: errors in, one column a term out."""

from dataclasses import fields

import torch
from torch import Tensor

from training.envs.commands import TrackingErrors
from training.envs.config import RewardsConfig, Term

TRACKING_TERMS = (
    "anchor_pos",
    "anchor_ori",
    "body_pos",
    "body_ori",
    "body_lin_vel",
    "body_ang_vel",
)
PENALTY_TERMS = ("action_rate", "joint_limit", "self_collisions")


def squared_errors(errors: TrackingErrors) -> Tensor:
    """(E, 6) squares in the order of `TRACKING_TERMS`; means over bodies."""
    columns = (
        errors.anchor_pos.square(),
        errors.anchor_ori.square(),
        errors.body_pos.square().mean(-1),
        errors.body_ori.square().mean(-1),
        errors.body_lin_vel.square().mean(-1),
        errors.body_ang_vel.square().mean(-1),
    )
    return torch.stack(columns, dim=-1)


def limit_excess(dof_pos: Tensor, soft_limits: Tensor) -> Tensor:
    """(E,) rad: sum over joints of what lies beyond the (D, 2) soft limits."""
    low, high = soft_limits.unbind(-1)
    return (dof_pos - dof_pos.clamp(low, high)).abs().sum(-1)


class Rewards:
    """Weights and tolerances as tensors."""

    def __init__(
        self, config: RewardsConfig, *, control_dt: float, device: torch.device | str
    ) -> None:
        for term in TRACKING_TERMS:
            if getattr(config, term).sigma <= 0.0:
                raise ValueError(f"rewards.{term}.sigma: expected a positive tolerance")
        terms = {f.name: getattr(config, f.name) for f in fields(config)}
        self.names: tuple[str, ...] = TRACKING_TERMS + PENALTY_TERMS
        ordered: list[Term] = [terms[name] for name in self.names]
        rate = config.scale * control_dt
        self._weights = torch.tensor([term.weight * rate for term in ordered], device=device)
        sigmas = torch.tensor([term.sigma for term in ordered[: len(TRACKING_TERMS)]])
        self._exponents = (-1.0 / sigmas.square()).to(device)

    def __call__(
        self, errors: TrackingErrors, *, action_rate: Tensor, joint_limit: Tensor, contacts: Tensor
    ) -> Tensor:
        """Contribution of every term to the step's reward, (E, terms) in the order of `names`.

        Tracking terms are weight · exp(−e / σ²) with e the squared error.

        Args:
            errors: Of the step's end.
            action_rate: (E,) ‖a(t) − a(t−1)‖².
            joint_limit: (E,) rad beyond soft limits.
            contacts: (E,) self contacts.
        """
        tracking = torch.exp(squared_errors(errors) * self._exponents)
        penalties = torch.stack((action_rate, joint_limit, contacts), dim=-1)
        return torch.cat((tracking, penalties), dim=-1) * self._weights

"""States of a simulator, kept, checked and held where physics broke down."""

from dataclasses import fields, replace

import torch
from torch import Tensor

from training.simulators.base import SimState


def copy_state(state: SimState) -> SimState:
    """A state that later steps do not overwrite."""
    return replace(state, **{f.name: getattr(state, f.name).clone() for f in fields(state)})


def finite_envs(state: SimState) -> Tensor:
    """(E,) bool: the numbers of the environment's state are finite, their sum too."""
    values = (getattr(state, field.name) for field in fields(state))
    rows = [x.reshape(len(x), -1) for x in values if x.is_floating_point()]
    # a sum is finite where all its parts are; robots whose numbers overflow it are no better
    return torch.isfinite(torch.cat(rows, dim=-1).sum(dim=-1))


def hold(state: SimState, previous: SimState, frozen: Tensor) -> SimState:
    """`state`, with the pose of `previous` and no velocity where the (E,) bool `frozen` holds."""
    held: dict[str, Tensor] = {}
    for field in fields(state):
        now, before = getattr(state, field.name), getattr(previous, field.name)
        if field.name.endswith("_vel"):
            before = torch.zeros_like(before)
        mask = frozen.view(-1, *[1] * (now.ndim - 1))
        held[field.name] = torch.where(mask, before, now)
    return replace(state, **held)

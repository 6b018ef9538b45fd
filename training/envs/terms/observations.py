"""Observations: groups of views, with noise, and with what was seen before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor

from training.envs.moment import Moment
from training.envs.registry import Named
from training.envs.views import VIEWS
from training.ranges import Filled, Natural, NonNegative
from training.values import FieldError, check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view in a group."""

    view: str = ""
    """Name of a view; empty takes the entry's own name."""
    noise: NonNegative = 0.0
    """Half-width of uniform noise, in the view's unit."""

    def __post_init__(self) -> None:
        check_fields(self)
        if self.view:
            VIEWS.require(self.view, owner=self, field="view")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What one network sees: views side by side, in the order in which they are named."""

    views: Annotated[Mapping[str, View], Filled()]
    history: Natural = 0
    """Instants before this one that are shown too, oldest first; an episode's first is repeated."""
    after_step: bool = False
    """Seen at the end of a step, before the automatic reset, so that an episode's last transition
    is seen whole; its goal is the one that the step was to reach. False: what the next action
    answers to, after resets."""

    def __post_init__(self) -> None:
        check_fields(self)
        for name, use in self.views.items():
            VIEWS.require(use.view or name, owner=self, field=f"views.{name}")
            if self.after_step and use.noise > 0.0:
                # a discriminator and a model of the dynamics want the truth
                raise FieldError(
                    self, f"views.{name}.noise", expected="0 in a group that is seen after a step"
                )

    def functions(self) -> list[Named]:
        """The views, in order."""
        return [VIEWS[use.view or name] for name, use in self.views.items()]


class Observer:
    """One group's observations of E environments, instant by instant."""

    def __init__(self, group: Group, now: Moment, *, generator: torch.Generator) -> None:
        """Measure the group's width on a moment of all environments."""
        self._views = group.functions()
        self._generator = generator
        parts = [view(now) for view in self._views]
        device = parts[0].device
        widths = [
            use.noise
            for use, part in zip(group.views.values(), parts, strict=True)
            for _ in range(part.shape[1])
        ]
        self._noise = torch.tensor(widths, device=device) if any(widths) else None
        count = len(parts[0])
        self.size = len(widths) * (group.history + 1)
        """Width of the group's observation."""
        self._past = torch.zeros(count, group.history, len(widths), device=device)
        self._newest = torch.zeros(count, len(widths), device=device)
        self._fresh: Tensor | None = torch.ones(count, dtype=torch.bool, device=device)

    def frame(self, now: Moment) -> Tensor:
        """(E, n) without noise and history."""
        return torch.cat([view(now) for view in self._views], dim=-1)

    def restart(self, env_ids: Tensor) -> None:
        """Begin (K,) histories anew with what is seen next."""
        if self._past.shape[1]:
            if self._fresh is None:
                self._fresh = torch.zeros_like(self._newest[:, 0], dtype=torch.bool)
            self._fresh[env_ids] = True

    def advance(self) -> None:
        """Time went on: what was seen last lies in the past."""
        if self._past.shape[1]:
            self._past.copy_(torch.cat((self._past[:, 1:], self._newest.unsqueeze(1)), dim=1))

    def see(self, now: Moment) -> Tensor:
        """(E, size) what is seen now; asked again, the same instant with other noise."""
        frame = self.frame(now)
        if self._noise is not None:
            noise = torch.empty_like(frame).uniform_(-1.0, 1.0, generator=self._generator)
            frame.addcmul_(noise, self._noise)
        if not self._past.shape[1]:
            return frame
        self._newest.copy_(frame)
        if self._fresh is not None:
            fresh = self._fresh.view(-1, 1, 1)
            self._past.copy_(torch.where(fresh, frame.unsqueeze(1), self._past))
            self._fresh = None
        return torch.cat((self._past.flatten(1), frame), dim=-1)

    def foresee(self, now: Moment, env_ids: Tensor) -> Tensor:
        """(K, size) what (K,) environments would see next, without noise; changes nothing.

        Args:
            now: Moment of those environments alone, one instant after what was seen last.
            env_ids: Which they are.
        """
        frame = self.frame(now)
        if not self._past.shape[1]:
            return frame
        past = torch.cat((self._past[env_ids, 1:].flatten(1), self._newest[env_ids]), dim=-1)
        return torch.cat((past, frame), dim=-1)

    def state_dict(self) -> dict[str, Any]:
        """What it has seen and will show again, as copies."""
        if not self._past.shape[1]:
            return {}
        fresh = None if self._fresh is None else self._fresh.clone()
        return {"past": self._past.clone(), "newest": self._newest.clone(), "fresh": fresh}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        if not self._past.shape[1]:
            return
        self._past.copy_(state["past"])
        self._newest.copy_(state["newest"])
        fresh = state["fresh"]
        self._fresh = None if fresh is None else fresh.to(self._newest.device, copy=True)

    def window(self, moments: list[Moment]) -> Tensor:
        """(K, size) of `history + 1` moments in a row, oldest first, without noise."""
        return torch.cat([self.frame(now) for now in moments], dim=-1)

    @property
    def history(self) -> int:
        """Instants before the newest that are shown."""
        return self._past.shape[1]

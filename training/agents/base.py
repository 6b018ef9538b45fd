"""What a training asks of an agent, whatever and however it learns."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from torch import Tensor, nn

from training.agents.config import AgentConfig
from training.agents.environment import VectorEnv
from training.divergence import TrainingDivergedError

C = TypeVar("C", bound=AgentConfig)


class Sizes(NamedTuple):
    """What networks are built for."""

    obs_dims: Mapping[str, int]
    """Width of every observation group."""
    num_actions: int


class PolicyNetwork(Protocol):
    """A deterministic policy as a module."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Observation groups that it reads."""
        ...

    def __call__(self, obs: Mapping[str, Tensor]) -> Tensor:
        """(E, A) actions for raw (E, n) observations by group."""
        ...

    def to(self, device: Any) -> Self:
        """Move to a device."""
        ...


class Agent(ABC, Generic[C]):
    """Learns a policy in a vector of environments."""

    step_count: int
    """Environment steps so far, all environments together."""
    epoch: int
    """Calls of `iterate` so far."""

    @abstractmethod
    def __init__(self, config: C, env: VectorEnv, *, seed: int = 0) -> None: ...

    @property
    @abstractmethod
    def num_samples(self) -> int:
        """Environment steps of one `iterate`, all environments together."""

    @abstractmethod
    def iterate(self, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """Act for a while and learn from it.

        Args:
            should_stop: Asked after every control step; True abandons what was collected.

        Returns:
            Measures by name, or None when abandoned; then nothing was learned.

        Raises:
            TrainingDivergedError: An observation, reward, loss, gradient or weight is not finite.
        """

    @abstractmethod
    def act(self, obs: Mapping[str, Tensor], *, deterministic: bool = True) -> Tensor:
        """(E, A) actions of the policy as it is now, for raw observations."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values from which `iterate` goes on to the bit, and `policy` is made.

        Between two calls of `iterate`. Weights may be the agent's own: copy what is to stay.
        """

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state_dict`, in an environment that stands where it stood then."""

    @abstractmethod
    def forget_episodes(self) -> None:
        """Begin with new episodes: the environment does not stand where it stood."""

    @abstractmethod
    def load_policy_state(self, state: Mapping[str, Any]) -> None:
        """Take from a `state_dict` what was learned, not how far the learning was: a warm start.

        Raises:
            RuntimeError: It has other networks.
        """

    @classmethod
    @abstractmethod
    def policy(cls, config: C, sizes: Sizes, *, state: Mapping[str, Any]) -> PolicyNetwork:
        """The deterministic policy of a `state_dict`, without environment or optimiser.

        Raises:
            RuntimeError, KeyError: The state is not that of an agent so configured.
        """


def load_part(module: nn.Module, name: str, *, state: Mapping[str, Tensor]) -> None:
    """Load one named network out of the state of a `ModuleDict`.

    Raises:
        RuntimeError: Its weights are missing or have other shapes.
    """
    prefix = f"{name}."
    module.load_state_dict(
        {key.removeprefix(prefix): x for key, x in state.items() if key.startswith(prefix)}
    )


def refuse_nan(measures: Mapping[str, float]) -> None:
    """Stop a training that has gone astray.

    Raises:
        TrainingDivergedError: A measure is infinite or NaN; names it.
    """
    bad = sorted(name for name, value in measures.items() if not math.isfinite(value))
    if bad:
        raise TrainingDivergedError(f"{', '.join(bad)} became infinite or NaN")

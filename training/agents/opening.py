"""Agents by the type of their configuration: entry point for training one and for its policy."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from training.agents.base import Agent, PolicyNetwork, Sizes
from training.agents.config import AgentConfig, PPOConfig
from training.agents.environment import VectorEnv
from training.agents.ppo import PPO
from training.kinds import member_of
from training.values import ConfigError

T = TypeVar("T", bound=type[Agent])
_AGENTS: dict[type[AgentConfig], type[Agent]] = {PPOConfig: PPO}


def register_agent(config: type[AgentConfig]) -> Callable[[T], T]:
    """Class decorator that makes an agent from anywhere known, with its configuration.

    An experiment whose file imports such a module can name it; so can whoever reads the
    checkpoint, after the same import.

    Args:
        config: A dataclass with a `kind` of its own; `agent.kind=...` finds it.
    """

    def register(agent: T) -> T:
        member_of(AgentConfig)(config)
        _AGENTS[config] = agent
        return agent

    return register


def open_agent(config: AgentConfig, env: VectorEnv, *, seed: int = 0) -> Agent:
    """A new agent.

    Args:
        config: Decides which one.
        env: What it acts in.
        seed: Of its first weights and all its draws.

    Raises:
        ConfigError: No agent is known for it, or it cannot learn from so few environments.
    """
    return agent_of(config)(config, env, seed=seed)


def open_policy(config: AgentConfig, sizes: Sizes, *, state: Mapping[str, Any]) -> PolicyNetwork:
    """The deterministic policy in an agent's `state_dict`.

    Raises:
        RuntimeError, KeyError: The state is not that of an agent so configured.
    """
    return agent_of(config).policy(config, sizes, state=state)


def agent_of(config: AgentConfig) -> type[Agent]:
    """The class of an agent.

    Raises:
        ConfigError: No agent is known for its configuration's type.
    """
    found = _AGENTS.get(type(config))
    if found is None:
        known = ", ".join(each.__name__ for each in _AGENTS)
        raise ConfigError(
            f"agent is a {type(config).__name__}, expected one of {known}; an agent of your own "
            "is made known by @register_agent"
        )
    return found

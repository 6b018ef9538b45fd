from dataclasses import dataclass, field
from typing import Literal

import pytest

from training.agents.config import NetworkConfig, PPOConfig
from training.overrides import field_paths, override, parse_overrides
from training.values import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    name: str = "x"
    mode: Literal["a", "b"] = "a"
    limit: float | None = None
    agent: PPOConfig = field(default_factory=PPOConfig)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("agent.gamma", "0.97", 0.97),
        ("agent.learning_rate", "1e-4", 1e-4),
        ("agent.num_steps", "32", 32),
        ("agent.normalize_obs", "false", False),
        ("agent.actor.hidden", "(128, 128)", (128, 128)),
        ("agent.actor.hidden", "[64]", (64,)),
        ("agent.actor.hidden", "128,128", (128, 128)),
        ("agent.actor.hidden", "64", (64,)),
        ("agent.actor.activation", "tanh", "tanh"),
        ("agent.schedule", "fixed", "fixed"),
        ("mode", "b", "b"),
        ("name", "007", "007"),
        ("limit", "2", 2.0),
        ("limit", "none", None),
    ],
)
def test_sets_typed_values(path: str, text: str, expected: object) -> None:
    config = Small()
    changed = override(config, {path: text})
    value = changed
    for name in path.split("."):
        value = getattr(value, name)
    assert value == expected
    assert type(value) is type(expected)
    assert config == Small()


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("agent.gama", "1", r"agent\.gama is unknown.*nearest: gamma"),
        ("gamma", "1", r"gamma is unknown.*did you mean agent\.gamma"),
        ("agent.gamma", "high", r"agent\.gamma is 'high', expected a number"),
        ("agent.gamma", "2", r"agent\.gamma is 2\.0, expected 0 to 1"),
        ("agent.num_steps", "1.5", r"agent\.num_steps is 1.5, expected a whole number"),
        ("agent.normalize_obs", "1", r"agent\.normalize_obs is 1, expected true or false"),
        ("agent.schedule", "fxied", r"agent\.schedule is 'fxied'.*nearest: fixed"),
        ("agent.actor", "3", r"agent\.actor is a section.*agent\.actor\.hidden"),
        ("agent.gamma.x", "3", r"agent\.gamma is a plain value"),
        ("agent.actor.hidden", "a,b", r"agent\.actor\.hidden\[0\] is 'a'"),
    ],
)
def test_refuses_with_a_remedy(path: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        override(Small(), {path: text})


def test_parses_the_command_line_form() -> None:
    assert parse_overrides(["agent.gamma=0.97", "name=a=b"]) == {
        "agent.gamma": "0.97",
        "name": "a=b",
    }
    for bad in (["agent.gamma"], ["=3"]):
        with pytest.raises(ConfigError, match="field=value"):
            parse_overrides(bad)
    with pytest.raises(ConfigError, match="twice"):
        parse_overrides(["a=1", "a=2"])


def test_paths_reach_every_leaf() -> None:
    paths = field_paths(Small())
    assert "agent.actor.hidden" in paths
    assert "mode" in paths
    assert "agent" not in paths
    assert override(Small(), {"agent.critic.hidden": "(8,)"}).agent.critic == NetworkConfig(
        hidden=(8,)
    )

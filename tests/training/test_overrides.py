from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

from training.agents.config import NetworkConfig, PPOConfig
from training.kinds import member_of, open_choice
from training.overrides import field_paths, override, parse_overrides
from training.ranges import Positive
from training.values import ConfigError, check_fields


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


@open_choice
class Shape:
    __slots__ = ()


@member_of(Shape)
@dataclass(frozen=True, slots=True, kw_only=True)
class Ball(Shape):
    kind: Literal["ball"] = "ball"
    radius: Positive = 1.0

    def __post_init__(self) -> None:
        check_fields(self)


@member_of(Shape)
@dataclass(frozen=True, slots=True, kw_only=True)
class Box(Shape):
    kind: Literal["box"] = "box"
    size: tuple[Positive, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    measure: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    terms: Mapping[str, Term] = field(default_factory=lambda: {"gt": Term(measure="pos")})
    limits: Mapping[str, float] = field(default_factory=dict)
    shape: Shape = field(default_factory=Ball)
    spare: Term | None = None
    views: tuple[Term, ...] = (Term(measure="a"), Term(measure="b"))


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    env: Room = field(default_factory=Room)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("env.terms.gt.weight", "0.5", {"gt": Term(measure="pos", weight=0.5)}),
        ("env.config.terms.gt.weight", "0.5", {"gt": Term(measure="pos", weight=0.5)}),
        (
            "env.terms.up",
            "{measure: tilt, weight: -1e-3}",
            {"gt": Term(measure="pos"), "up": Term(measure="tilt", weight=-1e-3)},
        ),
        ("env.terms.gt", "{'measure': 'x'}", {"gt": Term(measure="x")}),
        ("env.terms.gt", "none", {}),
        ("env.terms", "{}", {}),
        ("env.limits.far", "2", {"far": 2.0}),
        ("env.shape.radius", "3", Ball(radius=3.0)),
        ("env.shape.kind", "ball", Ball()),
        ("env.shape", "{kind: box, size: [1, 2]}", Box(size=(1.0, 2.0))),
        ("env.spare", "{measure: x}", Term(measure="x")),
        ("env.views.1.weight", "3", (Term(measure="a"), Term(measure="b", weight=3.0))),
        ("env.views", "[{measure: x}]", (Term(measure="x"),)),
    ],
)
def test_sections_entries_items_and_choices(path: str, text: str, expected: object) -> None:
    name = path.replace("config.", "").split(".")[1]
    assert getattr(override(House(), {path: text}).env, name) == expected


def test_a_section_can_be_left_out() -> None:
    with_spare = override(House(), {"env.spare": "{measure: x}", "env.spare.weight": "2"})
    assert with_spare.env.spare == Term(measure="x", weight=2.0)
    assert override(with_spare, {"env.spare": "none"}) == House()


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("env.terms.gtt.weight", "1", r"env\.terms\.gtt\.weight is unknown: .*nearest: gt"),
        ("env.terms.gtt", "none", r"env\.terms\.gtt is unknown: no entry 'gtt'; nearest: gt"),
        ("env.terms.up", "3", r"env\.terms\.up is a section .*whole"),
        ("env.terms.up", "{weight: 1}", r"env\.terms\.up\.measure is missing"),
        ("env.terms.gt", "3", r"env\.terms\.gt is a section; .*env\.terms\.gt\.weight"),
        ("env.terms.gt.weigth", "1", r"env\.terms\.gt\.weigth is unknown.*nearest: weight"),
        ("env.terms.gt.weight", "heavy", r"env\.terms\.gt\.weight is 'heavy', expected a number"),
        ("env.terms.gt.weight", "nan", r"env\.terms\.gt\.weight is 'nan', expected a number"),
        ("env.shape.kind", "bal", r"env\.shape\.kind is 'bal'.*nearest: ball"),
        ("env.shape.kind", "box", r"env\.shape\.size is missing"),
        ("env.shape", "{radius: 1}", r"env\.shape\.kind is missing, expected one of ball, box"),
        ("env.shape", "ball", r"env\.shape is a section; .*env\.shape\.kind"),
        ("env.shape.radius", "0", r"env\.shape\.radius is 0\.0, expected more than 0, finite"),
        ("env.views.7.weight", "1", r"env\.views\.7: .*items are 0, 1"),
        ("env.spare.weight", "1", r"env\.spare\.weight: env\.spare is a plain value \(None\)"),
        ("env.config", "1", r"env\.config is unknown"),
    ],
)
def test_refuses_entries_and_choices_with_a_remedy(path: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        override(House(), {path: text})


def test_the_guides_spelling_is_the_same_field() -> None:
    assert parse_overrides(["agent.config.gamma=0.5"]) == {"agent.gamma": "0.5"}
    with pytest.raises(ConfigError, match="twice"):
        parse_overrides(["agent.config.gamma=0.5", "agent.gamma=0.5"])
    assert override(Small(), {"agent.config.gamma": "0.5"}).agent.gamma == 0.5


def test_paths_reach_entries_and_items() -> None:
    paths = field_paths(House())
    assert {"env.terms.gt.weight", "env.views.0.measure", "env.shape.radius"} <= set(paths)

"""One thing that a robot's model says: what it says, what is in force, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from motionlib.containers.bounds import MAX_BODIES
from motionlib.showing import listed

Verdict = Literal["overridden", "removed", "absorbed", "kept"]
"""`overridden`: robot.yaml or the simulator decides; `removed`: no part of the robot; `absorbed`: the
same robot, written otherwise; `kept`: in force as the model says. What cannot be any of them is
refused with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A word of the model that robot.yaml does not say, or says otherwise."""

    name: str
    """What it is about: `gravity`, `joint stiffness`, `world geom`."""
    model: str
    """What the model says, with its unit."""
    in_force: str
    """What every simulation of this workbench uses."""
    verdict: Verdict
    yaml: str = ""
    """What robot.yaml says; empty where it has no word for it."""
    where: str = ""
    """Joints, bodies or geoms that it is said of; empty where `name` says it."""


def facts_by_value(
    name: str, values: Iterable[tuple[str, str]], in_force: str, verdict: Verdict = "overridden"
) -> Iterator[Fact]:
    """One fact for each text that joints, bodies or geoms say, with all that say it.

    Args:
        name: What it is about.
        values: Who says what.
        in_force: What is used instead.
        verdict: The same of all.
    """
    owners: dict[str, list[str]] = {}
    for owner, value in values:
        owners.setdefault(value, []).append(owner)
    for value, who in owners.items():
        yield Fact(name=name, model=value, in_force=in_force, verdict=verdict, where=joined(who))


def joined(names: Iterable[str]) -> str:
    """All names, each cut to a sensible length."""
    return listed(names, MAX_BODIES)


def vector(values: Iterable[float]) -> str:
    """Numbers side by side in brackets, short."""
    return "(" + " ".join(f"{value + 0.0:.4g}" for value in values) + ")"

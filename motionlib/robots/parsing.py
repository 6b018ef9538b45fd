"""A model's file as a MuJoCo spec, with what has to be changed in its text before it is one."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import mujoco

from motionlib.robots.facts.fact import Fact
from motionlib.robots.facts.splitting import part_hinges
from motionlib.robots.facts.urdf import (
    Urdf,
    kept_links,
    read_urdf,
    urdf_facts,
    without_empty_root,
)
from motionlib.robots.xml_bounds import written_path
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import shown_error


class Parsed(NamedTuple):
    """A model as MuJoCo parsed it."""

    spec: mujoco.MjSpec
    facts: tuple[Fact, ...]
    """What was changed in its text."""
    urdf: Urdf | None
    """The URDF that it is, if it is one."""


def parse_model(path: Path, named: Collection[str]) -> Parsed:
    """Parse an MJCF or URDF; `check_mjcf` has bounded it before.

    Args:
        path: The file.
        named: Bodies that robot.yaml names; a URDF's root among them stays the root.

    Raises:
        RobotError: Text that MuJoCo cannot parse.
    """
    urdf = read_urdf(path)
    if urdf:
        text, facts = without_empty_root(urdf, named)
        return Parsed(_parsed(path, text if facts else ""), tuple(facts), urdf)
    spec = _parsed(path, "")
    text, facts = part_hinges(path, spec)
    return Parsed(_reparsed(path, text, spec) if text else spec, tuple(facts), None)


def keep_links(parsed: Parsed, named: Collection[str]) -> Iterator[Fact]:
    """Have MuJoCo keep the links of a URDF that robot.yaml names, though nothing moves them.

    It keeps a body that something refers to, and what is fixed cannot meet its carrier: each gets
    a contact exclusion with it.
    """
    spec, urdf = parsed.spec, parsed.urdf
    if urdf is None or not spec.compiler.fusestatic:
        return
    bodies = {body.name for body in spec.bodies}
    kept = kept_links(urdf, named, bodies)
    for link, carrier in kept.items():
        spec.add_exclude(bodyname1=link, bodyname2=carrier)
    yield from urdf_facts(urdf, kept, bodies)


def _parsed(path: Path, text: str) -> mujoco.MjSpec:
    """The spec of a file, or of the text that stands for it, with files beside it."""
    try:
        if not text:
            return mujoco.MjSpec.from_file(str(path))
        spec = mujoco.MjSpec.from_string(text, include=_included(path, text.encode()))
    except (ValueError, OSError) as error:
        raise robot_problem(path, "", f"MuJoCo cannot read it: {shown_error(error)}") from error
    spec.modelfiledir = str(path.parent)
    return spec


def _reparsed(path: Path, text: str, before: mujoco.MjSpec) -> mujoco.MjSpec:
    """The spec of a changed text, whose files lie where those of the file did."""
    spec = _parsed(path, text)
    for kind in ("meshes", "hfields", "skins"):
        for element, known in zip(getattr(spec, kind), getattr(before, kind), strict=True):
            element.file = known.file
    return spec


def _included(path: Path, text: bytes) -> dict[str, bytes]:
    """Contents of what a text includes, and of what that does, by the names in it."""
    found: dict[str, bytes] = {}
    waiting = [text]
    while waiting:
        for element in ET.fromstring(waiting.pop()).iter("include"):
            name = element.get("file", "")
            if name not in found:
                found[name] = written_path(path.parent, name).read_bytes()
                waiting.append(found[name])
    return found

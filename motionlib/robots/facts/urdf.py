"""What a URDF says and MuJoCo leaves out: speeds, couplings, names of links that are fixed."""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from motionlib.robots.facts.fact import Fact, joined
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import cut

_ROOT = re.compile(rb"<\s*([A-Za-z_][\w.-]*)")
_HEAD_BYTES = 65_536
_RIGID = ("fixed", "floating")


@dataclass(frozen=True, slots=True, kw_only=True)
class UrdfJoint:
    """A joint of a URDF."""

    name: str
    kind: str
    parent: str
    child: str
    mimic: str = ""
    """Joint, multiplier and offset that it follows; empty if it moves by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Urdf:
    """A URDF's tree, and what MuJoCo does not read of it."""

    text: str
    joints: tuple[UrdfJoint, ...]
    links: tuple[str, ...]
    empty: frozenset[str]
    """Links without mass and without shape."""
    velocities: Mapping[str, float]
    """Joint to rad/s."""

    def carrier(self, link: str) -> str:
        """The link that moves a link: itself, or where its fixed joints lead."""
        fixed = {joint.child: joint.parent for joint in self.joints if joint.kind == "fixed"}
        for _ in self.links:
            if link not in fixed:
                break
            link = fixed[link]
        return link


def read_urdf(path: Path) -> Urdf | None:
    """A URDF; None if the file is none, but an MJCF. `check_mjcf` has bounded it before.

    Raises:
        RobotError: A joint without a link.
    """
    content = path.read_bytes()
    if not _is_urdf(content):
        return None
    root = ET.fromstring(content)
    joints, velocities = [], {}
    for element in root.iter("joint"):
        name = element.get("name", "")
        ends = [element.find(end) for end in ("parent", "child")]
        links = ["" if end is None else end.get("link", "") for end in ends]
        if not all(links):
            if ends == [None, None]:  # of a transmission: it refers to a joint
                continue
            raise robot_problem(path, f"joint {cut(name)!r}", "expected a parent and a child link")
        joints.append(
            UrdfJoint(
                name=name,
                kind=element.get("type", ""),
                parent=links[0],
                child=links[1],
                mimic=_mimic(element.find("mimic")),
            )
        )
        limit = element.find("limit")
        speed = _number(None if limit is None else limit.get("velocity"))
        if speed > 0.0:
            velocities[name] = speed
    links = list(root.findall("link"))
    return Urdf(
        text=content.decode(errors="replace"),
        joints=tuple(joints),
        links=tuple(link.get("name", "") for link in links),
        empty=frozenset(link.get("name", "") for link in links if _is_empty(link)),
        velocities=velocities,
    )


def without_empty_root(urdf: Urdf, named: Collection[str]) -> tuple[str, list[Fact]]:
    """The text of a URDF whose root is the first link that is one, and what was left out.

    A `base_link` or `world` without mass and shape that carries one link is a frame, no body: as
    robots here are free, its place on it means nothing.

    Args:
        urdf: As read.
        named: Bodies that robot.yaml names; a root among them stays.

    Returns:
        Text, unchanged if nothing was left out.
    """
    children: dict[str, list[UrdfJoint]] = {}
    for joint in urdf.joints:
        children.setdefault(joint.parent, []).append(joint)
    carried = {joint.child for joint in urdf.joints}
    roots = [link for link in urdf.links if link not in carried]
    frames = urdf.empty - set(children) - set(named)
    gone: list[UrdfJoint] = []
    beside: list[UrdfJoint] = []
    link = roots[0] if len(roots) == 1 else ""
    while link in urdf.empty and link not in named:
        held = [joint for joint in children.get(link, []) if joint.child not in frames]
        if len(held) != 1 or held[0].kind not in _RIGID:
            break
        beside += [joint for joint in children[link] if joint.child in frames]
        gone.append(held[0])
        link = held[0].child
    if not gone:
        return urdf.text, []
    root = ET.fromstring(urdf.text.encode())
    links = {joint.parent for joint in gone} | {joint.child for joint in beside}
    joints = {joint.name for joint in (*gone, *beside)}
    for element in list(root):
        names = {"link": links, "joint": joints}.get(element.tag, set())
        if element.get("name", "") in names:
            root.remove(element)
    facts = [
        Fact(
            name=f"link {cut(joint.parent)}",
            model=f"root without mass or shape, {joint.kind} to {cut(joint.child)}",
            in_force=f"{cut(joint.child)} in its place",
            verdict="absorbed",
        )
        for joint in gone
    ]
    return ET.tostring(root, encoding="unicode"), facts


def kept_links(urdf: Urdf, named: Collection[str], bodies: Collection[str]) -> dict[str, str]:
    """Links on fixed joints that robot.yaml names, each with the link that carries it.

    Args:
        urdf: As read.
        named: Bodies that robot.yaml names.
        bodies: Links that are there, without those of `without_empty_root`.
    """
    moved = {link: urdf.carrier(link) for link in urdf.links if link in named}
    return {
        link: carrier for link, carrier in moved.items() if carrier != link and carrier in bodies
    }


def urdf_facts(urdf: Urdf, kept: Collection[str], bodies: AbstractSet[str]) -> Iterator[Fact]:
    """What becomes of couplings and of links that MuJoCo merges into those that carry them."""
    for joint in urdf.joints:
        if joint.mimic:
            yield Fact(
                name=f"mimic {cut(joint.name)}",
                model=f"follows {joint.mimic}",
                in_force="a dof of its own, with robot.yaml's servo",
                verdict="removed",
            )
    merged = [
        f"{link} into {urdf.carrier(link)}"
        for link in urdf.links
        if link in bodies and link not in kept and urdf.carrier(link) in bodies - {link}
    ]
    if merged:
        yield Fact(
            name="fixed links",
            model="bodies without joints",
            in_force="merged; name one in robot.yaml to keep it",
            verdict="absorbed",
            where=joined(merged),
        )


def _is_urdf(content: bytes) -> bool:
    head = re.sub(rb"<!--.*?-->|<\?.*?\?>", b"", content[:_HEAD_BYTES], flags=re.DOTALL)
    found = _ROOT.search(head)
    return found is not None and found.group(1) == b"robot"


def _is_empty(link: ET.Element) -> bool:
    return all(link.find(part) is None for part in ("inertial", "collision", "visual"))


def _mimic(element: ET.Element | None) -> str:
    if element is None:
        return ""
    factor, offset = element.get("multiplier", "1"), element.get("offset", "0")
    return cut(f"{element.get('joint', '')} times {factor} plus {offset}")


def _number(text: str | None) -> float:
    try:
        value = float(text or "nan")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan

"""Hinges of one body whose axes do not meet, parted: each axis gets a body whose origin is on it.

Robots here turn about axes through their bodies' origins. Where two hinges of a body miss each other,
as in ankles that pitch and roll at different heights, a body almost without mass is put between,
which carries the first of them. It is done in the model's text: a parsed model's bodies cannot be
hung elsewhere.
"""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import mujoco

from motionlib.robots.facts.fact import Fact
from motionlib.robots.facts.folding import meeting_point
from motionlib.showing import cut

_PLACE = ("pos", "quat", "axisangle", "euler", "xyaxes", "zaxis", "childclass")
_SPECK = {"pos": "0 0 0", "mass": "1e-6", "diaginertia": "1e-9 1e-9 1e-9"}
"""kg and kg m²: MuJoCo asks for some on a body that joints move."""
_HINGE = mujoco.mjtJoint.mjJNT_HINGE


def part_hinges(path: Path, spec: mujoco.MjSpec) -> tuple[str, list[Fact]]:
    """Text of a model in which the hinges of every body meet in a point, and what was parted.

    Args:
        path: The MJCF.
        spec: As parsed from it.

    Returns:
        Empty where nothing is to be parted, or cannot be: a body in an included file.
    """
    odd = {
        body.name: groups
        for body in spec.bodies
        if len(groups := _groups([j for j in body.joints if j.type == _HINGE])) > 1
    }
    if not odd:
        return "", []
    root = ET.fromstring(path.read_bytes())
    bodies = {body.get("name", ""): body for body in root.iter("body")}
    if not odd.keys() <= bodies.keys():
        return "", []
    parents = {child: parent for parent in root.iter() for child in parent}
    contact = ET.SubElement(root, "contact")
    facts = []
    for name, groups in odd.items():
        added = _part(parents, bodies[name], name, groups)
        above = parents[added[0]].get("name", "")
        if above:  # a body and its parent do not meet; with something between they would
            ET.SubElement(contact, "exclude", body1=above, body2=name)
        facts.append(
            Fact(
                name=f"joints of {cut(name)}",
                model="axes that do not meet in a point",
                in_force=f"on bodies of 1 mg of their own: {', '.join(b.get('name', '') for b in added)}",
                verdict="absorbed",
            )
        )
    return ET.tostring(root, encoding="unicode"), facts


def _groups(hinges: Sequence[mujoco.MjsJoint]) -> list[list[str]]:
    """Names of hinges that follow each other and meet in a point."""
    groups: list[list[mujoco.MjsJoint]] = []
    for hinge in hinges:
        if groups and meeting_point([*groups[-1], hinge]) is not None:
            groups[-1].append(hinge)
        else:
            groups.append([hinge])
    return [[hinge.name for hinge in group] for group in groups]


def _part(
    parents: dict[ET.Element, ET.Element],
    body: ET.Element,
    name: str,
    groups: Sequence[Sequence[str]],
) -> list[ET.Element]:
    """Hang a body on new ones that carry all groups of its hinges but the last."""
    holder = parents[body]
    place = list(holder).index(body)
    holder.remove(body)
    added: list[ET.Element] = []
    for group in groups[:-1]:
        outer = ET.Element("body", name=f"{name}_{group[0]}")
        if not added:
            for key in _PLACE:
                if key in body.attrib:
                    outer.set(key, body.attrib[key])
                    if key != "childclass":
                        del body.attrib[key]
        elif "childclass" in body.attrib:
            outer.set("childclass", body.attrib["childclass"])
        ET.SubElement(outer, "inertial", _SPECK)
        for joint in [j for j in body.findall("joint") if j.get("name", "") in group]:
            body.remove(joint)
            outer.append(joint)
        if added:
            added[-1].append(outer)
        else:
            holder.insert(place, outer)
        parents[outer] = added[-1] if added else holder
        added.append(outer)
    added[-1].append(body)
    parents[body] = added[-1]
    return added

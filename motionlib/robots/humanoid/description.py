"""An SMPL-family humanoid from rest joints, shapes and masses: the text of its two files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from motionlib.errors import RobotError
from motionlib.files import write_text
from motionlib.robots.humanoid.tree import HumanoidKind, humanoid_tree
from motionlib.robots.humanoid.yaml_text import yaml_text

_DECIMALS = 7
_AXES = (("x", "1 0 0"), ("y", "0 1 0"), ("z", "0 0 1"))
# A hand's parts meet everything but one another, which costs nothing and loses nothing: fingers
# that rest against each other are no fault of a motion.
_COLLISION_BITS = {"": (1, 1), "L": (2, 5), "R": (4, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One capsule or box, in the frame of its body."""

    name: str
    kind: Literal["capsule", "box"]
    first: tuple[float, float, float]
    """m: one end of a capsule's axis, the lower corner of a box."""
    second: tuple[float, float, float]
    """m: the other end, the upper corner."""
    radius: float = 0.0
    """m, of a capsule."""

    @property
    def volume(self) -> float:
        """m³."""
        span = np.subtract(self.second, self.first)
        if self.kind == "box":
            return float(np.prod(span))
        return float(np.pi * self.radius**2 * (np.linalg.norm(span) + 4.0 / 3.0 * self.radius))


@dataclass(frozen=True, slots=True, kw_only=True)
class Humanoid:
    """A person in the T-pose, x forward, y left, z up, ground at z = 0; all frames are the world's.

    `joints`, `shapes` and `masses` have one entry for each body of `humanoid_tree(kind)`.
    """

    name: str
    kind: HumanoidKind
    about: tuple[str, ...]
    """Lines of comment: whose proportions these are."""
    joints: np.ndarray
    """(B, 3) m, body origins."""
    shapes: tuple[tuple[Shape, ...], ...]
    masses: np.ndarray
    """(B,) kg."""
    lowest_body_height: float
    """m: height of the lowest body origin when the robot stands."""
    rest_root_pos: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """m; see `Robot.rest_root_pos`."""
    excluded_pairs: tuple[tuple[str, str], ...] = ()
    """Bodies that touch at rest and therefore never collide."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", self.name):
            raise RobotError(
                f"robot name {self.name!r}: expected letters, digits, '_', '-' and '.', a letter "
                "first; choose another name"
            )

    @property
    def height(self) -> float:
        """m, ground to the top of the highest shape."""
        return max(
            float(joint[2]) + max(shape.first[2], shape.second[2]) + shape.radius
            for joint, shapes in zip(self.joints, self.shapes, strict=True)
            for shape in shapes
        )


def write_humanoid(humanoid: Humanoid, folder: Path) -> Path:
    """Write `robot.xml` and `robot.yaml` into a folder, which is made.

    Returns:
        Path of the `robot.yaml`.

    Raises:
        OSError: The folder cannot be written.
    """
    write_text(folder / "robot.xml", humanoid_xml(humanoid))
    write_text(folder / "robot.yaml", humanoid_yaml(humanoid))
    return folder / "robot.yaml"


def humanoid_yaml(humanoid: Humanoid) -> str:
    """Text of the `robot.yaml`."""
    return yaml_text(
        name=humanoid.name,
        kind=humanoid.kind,
        about=_about(humanoid),
        lowest_body_height=humanoid.lowest_body_height,
        rest_root_pos=humanoid.rest_root_pos,
    )


def humanoid_xml(humanoid: Humanoid) -> str:
    """Text of the MJCF file: three hinges x, y, z a body, root first, depth first."""
    comment = [f"  <!-- {line} -->" for line in _about(humanoid)]
    excludes = [
        f'    <exclude body1="{first}" body2="{second}"/>'
        for first, second in humanoid.excluded_pairs
    ]
    contact = ["", "  <contact>", *excludes, "  </contact>"] if excludes else []
    lines = [
        f'<mujoco model="{humanoid.name}">',
        *comment,
        '  <compiler angle="radian" autolimits="true"/>',
        '  <option timestep="0.005" integrator="Euler" solver="Newton"/>',
        "",
        "  <default>",
        '    <joint type="hinge" range="-3.14159265 3.14159265"/>',
        '    <geom condim="3" friction="1 0.005 0.0001" rgba="0.80 0.81 0.83 1"/>',
        '    <default class="left_hand"><geom contype="2" conaffinity="5"/></default>',
        '    <default class="right_hand"><geom contype="4" conaffinity="3"/></default>',
        "  </default>",
        "",
        "  <worldbody>",
        *_body(humanoid, 0, "    "),
        "  </worldbody>",
        *contact,
        "</mujoco>",
    ]
    return "\n".join(lines) + "\n"


def _about(humanoid: Humanoid) -> tuple[str, ...]:
    total = f"{humanoid.masses.sum():.4g} kg, {humanoid.height:.3f} m tall."
    return (*humanoid.about, total)


def _body(humanoid: Humanoid, index: int, indent: str) -> list[str]:
    tree = humanoid_tree(humanoid.kind)
    names = list(tree)
    name, parent = names[index], tree[names[index]]
    origin = humanoid.joints[names.index(parent)] if parent else np.zeros(3)
    lines = [f'{indent}<body name="{name}" pos="{_numbers(humanoid.joints[index] - origin)}">']
    if parent:
        lines += [f'{indent}  <joint name="{name}_{a}" axis="{axis}"/>' for a, axis in _AXES]
    else:
        lines.append(f'{indent}  <freejoint name="root"/>')
    shapes = humanoid.shapes[index]
    whole = sum(shape.volume for shape in shapes)
    lines += [
        f"{indent}  {_geom(shape, name, humanoid.masses[index] * shape.volume / whole)}"
        for shape in shapes
    ]
    for child, above in tree.items():
        if above == name:
            lines += _body(humanoid, names.index(child), indent + "  ")
    return [*lines, f"{indent}</body>"]


def _geom(shape: Shape, body: str, mass: float) -> str:
    side = _hand_side(body)
    group = f' class="{"left" if side == "L" else "right"}_hand"' if side else ""
    start, end = np.array(shape.first), np.array(shape.second)
    if shape.kind == "box":
        place = f'pos="{_numbers(0.5 * (start + end))}" size="{_numbers(0.5 * (end - start))}"'
    else:
        place = f'fromto="{_numbers((*start, *end))}" size="{_numbers([shape.radius])}"'
    return f'<geom name="{shape.name}"{group} type="{shape.kind}" {place} mass="{mass:.6g}"/>'


def _hand_side(body: str) -> str:
    side, _, part = body.partition("_")
    fingers = ("Wrist", "Hand", "Index", "Middle", "Pinky", "Ring", "Thumb")
    return side if part.startswith(fingers) else ""


def _numbers(values: Sequence[float] | np.ndarray) -> str:
    texts = (f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".") for value in values)
    return " ".join("0" if text == "-0" else text for text in texts)

"""A proposed robot as the text of its yaml, every guess marked."""

import glob
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motionlib.robots.proposal.gains import ServoGuess
from motionlib.showing import cut

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
_FRICTION = 0.6
_ACTION_RATIO = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a robot.yaml is to say."""

    name: str
    model: str
    """Path of the model, relative to the yaml."""
    anchor: str
    head: str
    tracked: Sequence[str]
    feet: Sequence[str]
    hands: Sequence[str]
    soles: Mapping[str, str | np.ndarray]
    default_pose: Mapping[str, float]
    """Joints that are not at zero."""
    exponential_map: bool
    servos: Mapping[str, ServoGuess]
    note: str
    """What came of standing in the pose."""


def proposal_text(proposal: Proposal) -> str:
    """The yaml."""
    lines = [
        f"# {cut(proposal.name)}, proposed from its model alone. Angles in rad, lengths in m, torques",
        "# in N m. What is marked `guess` was not in the model: look at it, and correct it.",
        f"name: {_quoted(proposal.name)}",
        f"model: {_quoted(proposal.model)}",
        "",
    ]
    if proposal.exponential_map:
        lines += [
            "# guess: three hinges about x, y and z on every body are one rotation vector, as SMPL's",
            "dof_coordinates: exponential_map",
            "",
        ]
    lines += [
        f"anchor_body: {_quoted(proposal.anchor)}  # guess: where arms begin, else the root",
        f"head_body: {_quoted(proposal.head)}  # guess: by its name, else what is highest",
        "# guess: root, trunk and head, and the long links of legs and arms with their ends",
        "tracked_bodies:",
        *(f"  - {_quoted(name)}" for name in proposal.tracked),
        "# guess: what is lowest with all joints at zero, left then right",
        f"foot_bodies: [{_listed(proposal.feet)}]",
        "# guess: ends of limbs with a mirror image, up to where fingers begin",
        f"hand_bodies: [{_listed(proposal.hands)}]",
        "",
        "# guess: the lowest box of each foot, else a rectangle under its shape",
        "soles:",
        *(_sole(foot, sole) for foot, sole in proposal.soles.items()),
        f"foot_friction: {_FRICTION}  # guess",
        "",
        f"# guess: {proposal.note}",
        *_pose(proposal.default_pose),
        "soft_limit_factor: 0.9",
        "",
        *_actuators(proposal.servos),
    ]
    return "\n".join([*lines, ""])


def _pose(pose: Mapping[str, float]) -> list[str]:
    if not pose:
        return ["default_pose: {}"]
    return ["default_pose:", *(f"  {_quoted(name)}: {angle:.9g}" for name, angle in pose.items())]


def _actuators(servos: Mapping[str, ServoGuess]) -> list[str]:
    groups: dict[ServoGuess, list[str]] = {}
    for name, servo in servos.items():
        groups.setdefault(servo, []).append(name)
    lines = ["default_profile: first", "actuators:", "  first:"]
    for servo, names in groups.items():
        lines.append(f"    - joints: [{_listed(glob.escape(name) for name in names)}]")
        for field in ("stiffness", "damping", "armature", "frictionloss", "effort_limit"):
            lines.append(f"      {field}: {getattr(servo, field):.9g}{_mark(servo, field)}")
        if servo.velocity_limit is not None:
            lines.append(f"      velocity_limit: {servo.velocity_limit:.9g}")
        lines.append(f"      action_scale_ratio: {_ACTION_RATIO}  # guess")
    return lines


def _mark(servo: ServoGuess, field: str) -> str:
    why = {
        "stiffness": "from armature or effort",
        "damping": "from stiffness, damping ratio 2 at 10 Hz",
        "armature": "from stiffness, 10 Hz",
        "effort_limit": "from the robot's weight and size",
    }
    return f"  # guess: {why[field]}" if field in servo.guessed else ""


def _sole(foot: str, sole: str | np.ndarray) -> str:
    if isinstance(sole, str):
        return f"  {_quoted(foot)}: {_quoted(sole)}"
    rows = (", ".join(f"{value + 0.0:.5g}" for value in np.round(row, 5)) for row in sole)
    return f"  {_quoted(foot)}: [{', '.join(f'[{row}]' for row in rows)}]"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    """A name as YAML reads it back; JSON's strings are YAML's."""
    plain = _PLAIN.fullmatch(name) and name.lower() not in _WORDS
    return name if plain else json.dumps(name)

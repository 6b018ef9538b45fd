"""How human recordings become clips on a robot: the parameters of that stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from motionlib.rules import HEIGHT_LIMIT, SPEED_LIMIT, VelocityRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRule:
    """When a body is labelled as touching the ground."""

    speed: float = SPEED_LIMIT
    """m/s, below it."""
    height: float = HEIGHT_LIMIT
    """m, body origin below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanSettings:
    """Parameters of the human-motion stage; part of every cache key."""

    fps: float = 30.0
    """Frames a second of the result; sources are interpolated to exactly this rate."""
    velocity_rule: VelocityRule = "forward_min3"
    """How velocities are made of poses. `central`: over two frames; `forward_min3`: the smallest of
    the steps over one, two and three frames (ProtoMotions'); the others are what ProtoMotions
    stored in 2025 and in the first half of 2026."""
    height_fix: Literal["lowest_body", "none"] = "lowest_body"
    """`lowest_body`: the whole clip is shifted so that its lowest body origin lies at the robot's
    `lowest_body_height` (ProtoMotions' rule); `none` keeps the recorded height."""
    contacts: ContactRule = field(default_factory=ContactRule)
    contacts_of: Mapping[str, ContactRule] = field(default_factory=dict)
    """Rules for groups of bodies: shell pattern of body names to its own rule; the first that
    matches counts."""
    airborne_height: float = 0.2
    """m: while the lowest body origin is above it, nothing carries the body."""
    self_penetration: bool = True
    """Whether depths between the robot's own capsules and boxes are measured."""

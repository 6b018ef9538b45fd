"""Pairs: which bodies of one source skeleton and of one robot belong together, as values.

Each keypoint of a pair is a point that both have: a body of the source, a place on the robot's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNSURE = "pair not sure: "
"""How a note about a clip begins that tells a doubt of its pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keypoint:
    """One point that robot and human share."""

    name: str
    source: str
    """Body of the source whose rotation this keypoint has."""
    body: str
    """Body of the robot."""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """m, robot body frame."""
    after: str = ""
    """Keypoint from which it hangs, empty for the root."""
    scale: str = ""
    """Key of `scales` for the limb from `after` to it; empty for one."""
    position: float = 0.0
    """Weight of its position; 0 leaves it out."""
    orientation: float = 0.0
    """Weight of its orientation; 0 leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How one source drives one robot."""

    source: str
    target: str
    keypoints: tuple[Keypoint, ...]
    matching_pose: Mapping[str, float] = field(default_factory=dict)
    """Robot joint to rad where the robot stands as the source does with all joints at zero."""
    scales: Mapping[str, float] = field(default_factory=dict)
    """Limb to a factor on the robot's own limb length; `height` on the root's travel."""
    rest_weights: Mapping[str, float] = field(default_factory=dict)
    """Joint pattern to weight of the rest pose."""
    limit_margin: float = 0.0
    """rad kept from every joint limit."""
    self_collision: tuple[tuple[str, str], ...] = ()
    """Pairs of robot bodies kept apart; empty takes all that can meet."""
    speed_limit: float = 1.0
    """Share of each motor's speed that a joint may use."""
    doubts: tuple[str, ...] = ()
    """What whoever proposed it was not sure of, told with every use until somebody takes it out."""

"""What a policy is held to, and what the words mean; without torch, for whoever names checks by it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.ranges import Share, Threshold
from training.values import check_fields

SUCCESS = "neither fell nor lost its reference"
"""What success means, wherever it is said: in headlines, tables, bounds and checks."""
SURVIVAL = "did not fall"
"""What survival means; a robot that lost its reference may survive."""

VERIFICATIONS: Mapping[str, str] = {
    "success": "success: share of motions",
    "survival": "survival: stays up on every motion",
    "relative_error": "root-relative ÷ zero action",
    "global_error": "global ÷ zero action",
    "standing_global": "standing, global (m)",
    "standing_relative": "standing, relative (m)",
    "open_loop_beaten": "open loop beaten on moving motions",
}
"""Key of each verification of `verify`, and what people call it."""

_LOST = {"world_body_pos": "the mean distance of its bodies from the reference's in the world"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptBounds:
    """What a policy is held to: a share of success, and an honest improvement over the baselines."""

    success_rate: Share = 0.0
    """Least share of motions that neither fall nor lose their reference; 0 asks for none."""
    relative_ratio: Threshold = 0.7
    """Largest share of zero action's root-relative body error, on motions that move."""
    global_ratio: Threshold = 0.4
    """Largest share of zero action's global body error, on motions that move."""
    standing_global: Threshold = 0.03
    """m, most global body error on motions that stand."""
    standing_relative: Threshold = 0.01
    """m, most root-relative body error on motions that stand."""

    def __post_init__(self) -> None:
        check_fields(self)

    def as_dict(self) -> dict[str, str]:
        """Numbers as text, for a file's metadata: JSON has no infinity."""
        return {name: str(value) for name, value in asdict(self).items()}


def bounds_in(metadata: Mapping[str, Any]) -> AcceptBounds:
    """The bounds that an evaluation was made with; the defaults where it notes none.

    Raises:
        ConfigError: A number that no bound can be.
    """
    return AcceptBounds(**{name: float(x) for name, x in metadata.get("bounds", {}).items()})


def failure_rules(metadata: Mapping[str, Any]) -> str:
    """From where on a robot fell or lost its reference, for people; empty if nobody noted it.

    Args:
        metadata: Of an evaluation; `thresholds` are in rad and m.
    """
    limits, measuring = metadata.get("thresholds", {}), metadata.get("measuring", {})
    parts = []
    if {"fall_tilt", "fall_drop"} <= limits.keys():
        parts.append(
            f"Fell: at any instant leaning over {limits['fall_tilt']:.2g} rad away from the "
            f"reference, or over {100 * limits['fall_drop']:.1f} cm below it."
        )
    if "tracking_lost" in limits:
        share = measuring.get("tracking_lost_ratio")
        of = "" if share is None else f", {100 * share:.0f} % of the robot's standing height"
        what = _LOST.get(measuring.get("lost", "world_body_pos"), measuring.get("lost"))
        parts.append(
            f"Lost: at any instant {what} over {100 * limits['tracking_lost']:.1f} cm{of}."
        )
    return " ".join(parts)

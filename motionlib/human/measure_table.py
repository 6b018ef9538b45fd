"""What is measured on a human clip, measure by measure; without arrays, for whoever judges."""

from motionlib.measure import Measure
from motionlib.plausibility_table import HUMAN_PLAUSIBILITIES


def _floor(value: float, bound: float, frame: int | None) -> str:
    del bound, frame
    return f"the floor lay at {-value:.2f} m and was moved to 0"


HUMAN_MEASURES: tuple[Measure, ...] = (
    Measure(name="frames", unit="frames", meaning="Frames of the converted clip"),
    Measure(name="seconds", unit="s", meaning="First frame to last"),
    Measure(
        name="below_ground_max", unit="m", frame=True,
        meaning="Depth of the lowest body origin under the ground",
    ),
    Measure(
        name="sole_depth_max", unit="m", frame=True,
        meaning="Depth of the lowest sole corner under the ground",
    ),
    Measure(
        name="airborne_s_max", unit="s", frame=True,
        meaning="Longest time with every body origin above the airborne height; its frame is the "
        "first of it",
    ),
    Measure(
        name="hover_s_max", unit="s", frame=True,
        meaning="Longest time with every body origin over 10 cm higher than the lowest one of the "
        "standing robot: longer than a jump, and something carried it that is not in the clip. Its "
        "frame is the first of it",
    ),
    Measure(
        name="floating_height", unit="m", frame=True,
        meaning="Median height of the lowest body origin; its frame is the highest",
    ),
    Measure(name="root_speed_max", unit="m/s", frame=True, meaning="Fastest step of the root"),
    Measure(
        name="body_speed_max", unit="m/s", frame=True, meaning="Fastest step of any body's origin"
    ),
    Measure(
        name="dof_speed_max", unit="rad/s", frame=True,
        meaning="Fastest turn of a body to its parent; its frame is the one before the step",
    ),
    Measure(name="limit_excess_max", unit="rad", frame=True, meaning="Furthest beyond a joint limit"),
    Measure(
        name="self_penetration_max", unit="m", frame=True,
        meaning="Deepest meeting of two of the robot's own capsules and boxes; 0 without a meeting. "
        "Measured where the settings ask for it",
    ),
    Measure(
        name="self_penetration_frames", unit="frames", label="frames that penetrate",
        meaning="Frames with a meeting deeper than 3 cm. Measured where the settings ask for it",
    ),
    Measure(
        name="height_shift", unit="m", signed=True, said=_floor,
        meaning="By how much the whole clip was lifted (down if negative) so that its lowest body "
        "origin stands where the robot's does",
    ),
    Measure(
        name="contact_share", unit="share",
        meaning="Of all frames and bodies, those that touch the ground by the contact rules",
    ),
    Measure(
        name="content_sha256", unit="", label="content sha256",
        meaning="Hash of rate, shape and numbers: equal for equal motions of any origin",
    ),
    *(each.measure for each in HUMAN_PLAUSIBILITIES),
)  # fmt: skip
"""All measures of a human clip, in the order of the table's columns."""

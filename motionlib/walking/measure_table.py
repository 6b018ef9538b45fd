"""What is measured on a walking reference, measure by measure; without arrays, for whoever judges."""

from motionlib.measure import Measure

WALKING_MEASURES: tuple[Measure, ...] = (
    Measure(name="frames", unit="frames", meaning="Frames of the clip"),
    Measure(name="seconds", unit="s", meaning="First frame to last"),
    Measure(
        name="foot_slide_mean", unit="m/s", label="mean foot slide in stance",
        meaning="Horizontal speed of the lowest sole corner over stance frames; 0 without stance",
    ),
    Measure(
        name="foot_slide_max", unit="m/s",
        meaning="Fastest horizontal speed of the lowest sole corner in stance",
    ),
    Measure(name="stance_share", unit="share", meaning="Of all frames and feet, those in stance"),
    Measure(
        name="penetration_max", unit="m",
        meaning="Depth of the lowest sole corner under the ground",
    ),
    Measure(
        name="floating_max", unit="m", meaning="Height of the lowest sole corner of a stance foot"
    ),
    Measure(name="limit_excess_max", unit="rad", meaning="Furthest beyond a joint limit"),
    Measure(
        name="limit_frames", unit="frames",
        meaning="Frames with a joint beyond its limits by more than 1e-4 rad",
    ),
    Measure(
        name="speed_ratio_max", unit="",
        meaning="Fastest joint over its motor's speed limit; 0 where no motor states one",
    ),
    Measure(
        name="jump_frames", unit="frames",
        meaning="Frames whose joint step exceeds 3 x the larger neighbour's and 0.1 rad",
    ),
    Measure(name="root_speed_max", unit="m/s", meaning="Fastest speed of the root"),
)  # fmt: skip
"""All measures of a walking reference, in the order of the table's columns."""

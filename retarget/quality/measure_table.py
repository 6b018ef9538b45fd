"""What is measured on a retargeted clip, measure by measure; without arrays, for whoever judges."""

from collections.abc import Callable

from motionlib.measure import Measure


def _floor(value: float, bound: float, frame: int | None) -> str:
    del bound, frame
    return f"the floor lay at {value:.2f} m and was moved to 0"


def _travel(value: float, bound: float, frame: int | None) -> str:
    del bound
    return f"a foot moves {value:.2f} m while it is labelled as standing, from frame {frame}"


def _moved(value: float, bound: float, frame: int | None) -> str:
    del bound
    return f"targets were moved by {value:.0f} cm at frame {frame} so that feet stand on the ground"


def _off(limb: str) -> Callable[[float, float, int | None], str]:
    def said(value: float, bound: float, frame: int | None) -> str:
        return (
            f"{limb} {value:.0f} degrees from the human's for half of the clip, over {bound:.0f}, most "
            f"at frame {frame}: wrong bodies in the pair, or out of the robot's reach"
        )

    return said


def _height(value: float, bound: float, frame: int | None) -> str:
    del frame
    return f"root_height {value:.4g} > {bound:.4g}: unusual scale, or in the air"


_LIMBS = {
    "leg": "leg",
    "thigh": "thigh",
    "shank": "shank",
    "upper_arm": "upper arm",
    "forearm": "forearm",
    "trunk": "trunk",
}


LIMB_MEASURES: tuple[str, ...] = tuple(f"{name}_off_deg" for name in _LIMBS)
"""Measures of the directions of limbs; a robot has those of the limbs that it has."""


def _limb(name: str, label: str) -> Measure:
    return Measure(
        name=f"{name}_off_deg", unit="°", frame="limb_off_frame", said=_off(label), label=f"{label} off",
        meaning=f"Angle to the human's {label}, the median over the clip, of two sides the worse "
        "one. Of the robot it is told by its tree, whatever the pair says which body is which: "
        "large where the pair is wrong, or the robot cannot do it. A leg is the line from hip to "
        "ankle, the trunk from between the hips to between the shoulders. Empty for a robot without "
        "it; thigh and shank for knees that bend backwards",
    )  # fmt: skip


ROBOT_MEASURES: tuple[Measure, ...] = (
    Measure(name="frames", unit="frames", meaning="Frames of the robot's clip"),
    Measure(name="seconds", unit="s", meaning="First frame to last"),
    Measure(name="fps", unit="1/s", meaning="Frames a second of the robot's clip"),
    Measure(name="iterations", unit="", meaning="Steps of the solver, all stages together"),
    Measure(
        name="keypoint_error_mean_cm", unit="cm", frame="keypoint_error_frame",
        label="keypoints mean",
        meaning="Distance of the robot's keypoints from the goal's, all alike whatever their "
        "weights. Does not see keypoints without a position weight, nor that the goal is wrong",
    ),
    Measure(
        name="keypoint_error_p95_cm", unit="cm", frame="keypoint_error_frame",
        label="keypoints p95", meaning="95th percentile of the same distances",
    ),
    Measure(
        name="orientation_error_mean_deg", unit="°", frame="orientation_error_frame",
        label="orientation",
        meaning="Angle to the goal's orientations on root, anchor, feet and hands. Does not see "
        "bodies without an orientation weight; a foot laid flat where the human's is tilted is wrong",
    ),
    *(_limb(name, label) for name, label in _LIMBS.items()),
    Measure(
        name="skate_mean_cm_s", unit="cm/s", frame="skate_frame", label="skate mean",
        meaning="Horizontal speed of each foot's lowest sole corner while the source has the foot "
        "on the ground; 0 without contact. A foot that pivots about that corner skates nowhere",
    ),
    Measure(
        name="skate_p95_cm_s", unit="cm/s", frame="skate_frame", label="skate p95",
        meaning="95th percentile of the same speed",
    ),
    Measure(
        name="skate_over_5_share", unit="share", frame="skate_frame", label="stance > 5 cm/s",
        meaning="Of the stance, what is faster than 5 cm/s",
    ),
    Measure(
        name="skate_over_10_share", unit="share", frame="skate_frame", label="stance > 10 cm/s",
        meaning="Of the stance, what is faster than 10 cm/s",
    ),
    Measure(
        name="floating_mean_mm", unit="mm", frame="floating_frame", label="floating mean",
        meaning="Height of the lowest sole corner of feet that the source has on the ground; "
        "feet below it do not float less than nothing, one on its edge does not float",
    ),
    Measure(
        name="floating_p95_mm", unit="mm", frame="floating_frame", label="floating p95",
        meaning="95th percentile of the same height",
    ),
    Measure(
        name="penetration_max_mm", unit="mm", frame="penetration_frame", label="penetration max",
        meaning="Depth of the lowest point of the robot's shapes in the ground; exact, but of a "
        "mesh the bounding box is taken",
    ),
    Measure(
        name="penetration_mean_mm", unit="mm", frame="penetration_frame",
        label="penetration mean", meaning="Mean depth over the frames that are in the ground",
    ),
    Measure(
        name="self_collision_share", unit="share of frames", frame="self_collision_frame",
        label="self-collision", meaning="Frames in which shapes are over 5 mm deep in each other",
    ),
    Measure(
        name="self_collision_max_mm", unit="mm", frame="self_collision_frame",
        label="self-collision max",
        meaning="Deepest meeting of two of the robot's shapes. Exact for balls, capsules and boxes "
        "until their axes meet, where it is at least this; cylinders and ellipsoids count as "
        "capsules inside them; bodies up to two joints apart, pairs that the MJCF excludes and "
        "pairs that meet with all joints at zero are not looked at",
    ),
    Measure(
        name="contact_agreement", unit="share", label="contacts agree",
        meaning="Of frames and feet, those where the robot's own contact is the source's. The "
        "robot's follows the rule for sources without labels: labels made by another rule "
        "disagree at the edges of a stance",
    ),
    Measure(
        name="limit_frames", unit="frames", frame="limit_excess_frame",
        label="frames beyond limits",
        meaning="Frames with a joint beyond its limits by more than 1e-4 rad",
    ),
    Measure(
        name="limit_excess_max_rad", unit="rad", frame="limit_excess_frame",
        label="limit excess", meaning="Furthest beyond a joint limit",
    ),
    Measure(
        name="speed_frames", unit="frames", frame="speed_ratio_frame", label="frames too fast",
        meaning="Frames with a joint beyond its motor's speed",
    ),
    Measure(
        name="speed_ratio_max", unit="", frame="speed_ratio_frame", label="joint ÷ motor speed",
        meaning="Fastest joint over its motor's speed by central differences, which halve the peak "
        "of a jump of a single frame; motors that state none do not count",
    ),
    Measure(
        name="jump_share", unit="share of frames", frame="jump_frame", label="jumps",
        meaning="Frames reached by a joint step over 0.1 rad and 3 x the larger neighbouring step. "
        "A fast but smooth swing is none, nor a jump that takes two frames; 0 under four frames",
    ),
    Measure(
        name="jerk_mean", unit="rad/s³", frame="jerk_frame", label="jerk",
        meaning="Mean jerk of the joints",
    ),
    Measure(
        name="jerk_ratio", unit="", frame="jerk_frame", label="jerk ÷ source",
        meaning="Mean jerk over that of the source's joints that carry a keypoint's body: compare "
        "methods by it, not robots. NaN where those do not move or are not known",
    ),
    Measure(
        name="root_height", unit="", said=_height,
        meaning="Median height of the goal's root, in root heights of the standing robot: about 1 "
        "for whoever stands or walks, less for whoever sits or lies, more for a human of another scale or "
        "in the air. Does not see a human too big on its own ground",
    ),
    Measure(
        name="hover_s_max", unit="s", frame=True,
        meaning="Longest time in which no foot of the source touches the ground, and no keypoint and "
        "no sole of the goal is lower than .12 root heights of the standing robot; its frame is the "
        "first of it",
    ),
    Measure(
        name="path_moved_mean_cm", unit="cm", frame="path_moved_frame",
        label="targets moved for the feet, mean",
        meaning="How far targets were moved from the source's path to scale so that feet stand "
        "still; errors of keypoints are from the moved targets",
    ),
    Measure(
        name="path_moved_max_cm", unit="cm", frame="path_moved_frame", said=_moved,
        label="targets moved for the feet, max", meaning="The furthest that targets were moved",
    ),
    Measure(
        name="ground_height", unit="m", signed=True, said=_floor,
        meaning="Where the source's floor lay before it was moved to 0",
    ),
    Measure(
        name="contact_share", unit="share of frames",
        meaning="Frames of the source in which a foot touches the ground",
    ),
    Measure(
        name="stance_travel_max", unit="m", frame=True, said=_travel,
        meaning="How far a sole point of the source goes in one stretch of contact, whatever "
        "targets were moved by; its frame is where the stretch begins",
    ),
)  # fmt: skip
"""All measures of a robot's clip, in the order of the table's columns."""

"""An average adult from published proportions: the humanoid that needs no body model.

Segment lengths are Drillis and Contini's (1966, as drawn in Winter 2009, fig. 4.1), shares of body
height; finger bones Buryanov and Kotiuk's (2010); segment masses the mean of de Leva's (1996)
women and men. Where the tables are silent (clavicles, vertebrae, thicknesses) the numbers are
ours, chosen so that widths agree with the same tables and the arms hang free.
"""

import numpy as np

from motionlib.robots.humanoid.contacts import exclude_touching
from motionlib.robots.humanoid.description import Humanoid, Shape
from motionlib.robots.humanoid.tree import FINGERS, LOWEST_BODY_HEIGHT, HumanoidKind, humanoid_tree

HEIGHT = 1.72
"""m."""
MASS = 70.0
"""kg."""

_Vector = tuple[float, float, float]
# (x, y, z) of joints over body height, left side; ground at zero, x = 0 under the hips
_JOINTS: dict[str, _Vector] = {
    "Pelvis": (0.0, 0.0, 0.552),
    "Hip": (0.0, 0.04775, 0.530),
    "Knee": (-0.008, 0.046, 0.285),
    # the line of gravity passes in front of the ankle
    "Ankle": (-0.024, 0.044, 0.039),
    "Torso": (-0.014, 0.0, 0.587),
    "Spine": (-0.012, 0.0, 0.655),
    "Chest": (-0.014, 0.0, 0.715),
    "Neck": (-0.014, 0.0, 0.848),
    "Head": (-0.004, 0.0, 0.905),
    "Thorax": (-0.006, 0.016, 0.824),
    "Shoulder": (-0.012, 0.1045, 0.818),
}
_UPPER_ARM, _FOREARM, _HAND = 0.186, 0.146, 0.108
_FOOT_LENGTH, _HEEL_BEHIND_ANKLE, _BALL = 0.152, 0.24, 0.72
"""Share of body height, then two shares of the foot's length."""
_KNUCKLES = 0.525
"""Share of the hand's length from the wrist to the knuckles, where a hand of one body begins."""

# m at body height 1: bones of each finger behind the knuckle, over the hand's length
_BONES = {
    "Index": (39.78, 22.38, 15.82),
    "Middle": (44.63, 26.33, 17.40),
    "Pinky": (32.74, 18.11, 15.96),
    "Ring": (41.37, 25.65, 17.30),
    "Thumb": (46.22, 31.57, 21.67),
}
_HAND_MM = 186.0
# (x forward, y from the wrist) of the first joint of each finger, over the hand's length
_FIRST_JOINTS = {
    "Index": (0.14, 0.52),
    "Middle": (0.03, 0.525),
    "Pinky": (-0.17, 0.455),
    "Ring": (-0.075, 0.495),
    "Thumb": (0.11, 0.13),
}
_THUMB_FORWARD = 0.72
"""Sine of the angle by which the thumb leaves the hand's direction."""
_FINGER_RADIUS = (0.0085, 0.0075, 0.007)

# % of body mass, mean of women and men
_SEGMENTS = {
    "head": 6.81, "upper": 15.705, "middle": 15.49, "lower": 11.82, "arm": 2.63, "forearm": 1.50,
    "hand": 0.585, "thigh": 14.47, "shank": 4.57, "foot": 1.33,
}  # fmt: skip
_SHARES: dict[str, tuple[str, float]] = {
    "Pelvis": ("lower", 1.0), "Torso": ("middle", 0.5), "Spine": ("middle", 0.5),
    "Chest": ("upper", 0.76), "Thorax": ("upper", 0.12), "Neck": ("head", 0.16),
    "Head": ("head", 0.84), "Hip": ("thigh", 1.0), "Knee": ("shank", 1.0),
    "Ankle": ("foot", 0.8), "Toe": ("foot", 0.2), "Shoulder": ("arm", 1.0),
    "Elbow": ("forearm", 1.0), "Wrist": ("hand", 0.55), "Hand": ("hand", 0.45),
}  # fmt: skip

# m: capsules as ends and radius, boxes as corners; left side
_CAPSULES: dict[str, tuple[_Vector, _Vector, float]] = {
    "Pelvis": ((0.0, -0.066, -0.02), (0.0, 0.066, -0.02), 0.098),
    "Torso": ((0.022, -0.042, 0.045), (0.022, 0.042, 0.045), 0.09),
    "Spine": ((0.024, -0.046, 0.05), (0.024, 0.046, 0.05), 0.09),
    "Chest": ((0.024, -0.058, 0.09), (0.024, 0.058, 0.09), 0.1),
    "Neck": ((0.004, 0.0, 0.0), (0.012, 0.0, 0.085), 0.054),
    "Head": ((0.02, 0.0, 0.02), (0.02, 0.0, 0.0764), 0.087),
    "Thorax": ((-0.004, 0.035, 0.0), (-0.01, 0.115, -0.005), 0.05),
    "Shoulder": ((0.0, 0.01, 0.0), (0.0, 0.275, 0.0), 0.044),
    "Elbow": ((0.0, 0.02, 0.0), (0.0, 0.215, 0.0), 0.036),
    "Hip": ((0.0, 0.0, -0.03), (-0.012, -0.002, -0.36), 0.073),
    "Knee": ((0.0, 0.0, -0.04), (-0.024, -0.003, -0.37), 0.049),
}
_BOXES: dict[str, tuple[_Vector, _Vector]] = {
    "Wrist": ((-0.04, 0.015, -0.014), (0.042, 0.094, 0.014)),
    "Hand": ((-0.038, 0.0, -0.01), (0.04, 0.088, 0.01)),
}


def table_humanoid(kind: HumanoidKind, *, name: str = "") -> Humanoid:
    """The average adult with the tree of SMPL or SMPL-X, standing in the T-pose.

    Args:
        kind: Tree.
        name: Of the robot; that of the kind when empty.
    """
    lowest = LOWEST_BODY_HEIGHT[kind]
    joints = _joints(kind, lowest)
    tree = humanoid_tree(kind)
    humanoid = Humanoid(
        name=name or kind,
        kind=kind,
        about=(
            "Average adult: segment lengths of Drillis and Contini (1966, in Winter 2009), finger",
            "bones of Buryanov and Kotiuk (2010), masses of de Leva (1996), mean of both sexes.",
        ),
        joints=np.array([joints[body] for body in tree]),
        shapes=tuple(_shapes(body, joints) for body in tree),
        masses=np.array([_mass(kind, body) for body in tree]),
        lowest_body_height=lowest,
    )
    return exclude_touching(humanoid)


def _joints(kind: HumanoidKind, toe_height: float) -> dict[str, np.ndarray]:
    left = {part: HEIGHT * np.array(place) for part, place in _JOINTS.items()}
    heel = left["Ankle"][0] - _HEEL_BEHIND_ANKLE * _FOOT_LENGTH * HEIGHT
    ball = heel + _BALL * _FOOT_LENGTH * HEIGHT
    left["Toe"] = np.array([ball, left["Ankle"][1], toe_height])
    along = np.array([0.0, HEIGHT, 0.0])
    left["Elbow"] = left["Shoulder"] + _UPPER_ARM * along
    left["Wrist"] = left["Elbow"] + _FOREARM * along
    left["Hand"] = left["Wrist"] + _KNUCKLES * _HAND * along
    if kind == "smplx":
        for finger in FINGERS:
            left |= _finger_joints(finger, left["Wrist"])
    mirror = np.array([1.0, -1.0, 1.0])
    joints: dict[str, np.ndarray] = {}
    for body in humanoid_tree(kind):
        side, _, part = body.rpartition("_")
        joints[body] = left[part] * mirror if side == "R" else left[part]
    return joints


def _finger_joints(finger: str, wrist: np.ndarray) -> dict[str, np.ndarray]:
    first = _HAND * HEIGHT * np.array([*_FIRST_JOINTS[finger], 0.0])
    places = [wrist + first]
    for bone in _BONES[finger][:2]:
        places.append(places[-1] + _finger_direction(finger) * _bone_length(bone))
    return {f"{finger}{index + 1}": place for index, place in enumerate(places)}


def _finger_direction(finger: str) -> np.ndarray:
    forward = _THUMB_FORWARD if finger == "Thumb" else 0.0
    return np.array([forward, np.sqrt(1.0 - forward**2), 0.0])


def _bone_length(bone_mm: float) -> float:
    return bone_mm / _HAND_MM * _HAND * HEIGHT


def _mass(kind: HumanoidKind, body: str) -> float:
    part = body.rpartition("_")[2]
    if part in _SHARES:
        segment, share = _SHARES[part]
        return MASS * _SEGMENTS[segment] / 100.0 * share
    volumes = {
        f"{finger}{bone + 1}": _BONES[finger][bone] * _FINGER_RADIUS[bone] ** 2
        for finger in FINGERS
        for bone in range(3)
    }
    fingers = MASS * _SEGMENTS["hand"] / 100.0 * _SHARES["Hand"][1]
    return fingers * volumes[part] / sum(volumes.values())


def _shapes(body: str, joints: dict[str, np.ndarray]) -> tuple[Shape, ...]:
    side, _, part = body.rpartition("_")
    if part in _CAPSULES:
        first, second, radius = _CAPSULES[part]
        shape = Shape(name=body, kind="capsule", first=first, second=second, radius=radius)
    elif part in _BOXES:
        shape = Shape(name=body, kind="box", first=_BOXES[part][0], second=_BOXES[part][1])
    elif part in {"Ankle", "Toe"}:
        shape = _foot_box(body, joints)
    else:
        shape = _finger_capsule(body)
    return (_mirrored(shape) if side == "R" else shape,)


def _foot_box(body: str, joints: dict[str, np.ndarray]) -> Shape:
    """Left foot's box, or its toes'; the lower faces of both are on the ground."""
    ankle, toe = joints["L_Ankle"], joints["L_Toe"]
    heel = -_HEEL_BEHIND_ANKLE * _FOOT_LENGTH * HEIGHT
    if body.endswith("Ankle"):
        lower = (heel, -0.038, -ankle[2])
        upper = (toe[0] - ankle[0], 0.042, -0.012)
    else:
        lower = (0.0, -0.04, -toe[2])
        upper = ((1.0 - _BALL) * _FOOT_LENGTH * HEIGHT, 0.05, 0.028 - toe[2])
    return Shape(name=body, kind="box", first=lower, second=upper)


def _finger_capsule(body: str) -> Shape:
    part = body.rpartition("_")[2]
    finger, bone = part[:-1], int(part[-1]) - 1
    radius = _FINGER_RADIUS[bone]
    end = _finger_direction(finger) * (_bone_length(_BONES[finger][bone]) - radius)
    return Shape(
        name=body,
        kind="capsule",
        first=(0.0, 0.0, 0.0),
        second=(float(end[0]), float(end[1]), float(end[2])),
        radius=radius,
    )


def _mirrored(shape: Shape) -> Shape:
    (x1, y1, z1), (x2, y2, z2) = shape.first, shape.second
    if shape.kind == "box":
        y1, y2 = y2, y1
    return Shape(
        name=shape.name,
        kind=shape.kind,
        first=(x1, -y1, z1),
        second=(x2, -y2, z2),
        radius=shape.radius,
    )

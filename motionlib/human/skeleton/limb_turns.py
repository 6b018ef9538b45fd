"""Constant rotations that lay the rest bones of a skeleton along those of the robot."""

import numpy as np

from motionlib.errors import MotionError
from motionlib.human.skeleton.directions import (
    SHORTEST,
    foot_bones,
    level_bone,
    size_of,
    tip_of,
)
from motionlib.human.skeleton.rest_pose import RestPose
from motionlib.human.skeleton.tree import Skeleton
from motionlib.kinematics import BodyPoses
from motionlib.robot import Robot

_LIMBS = tuple(
    (f"{side}_{body}", f"{side}_{child}", f"{side}_{parent}" if parent else "")
    for side in "LR"
    for body, child, parent in (
        ("Hip", "Knee", ""),
        ("Knee", "Ankle", "Hip"),
        ("Shoulder", "Elbow", ""),
        ("Elbow", "Wrist", "Shoulder"),
        ("Wrist", "Hand", "Elbow"),
    )
)


_FLAT = np.array([1.0, 1.0, 0.0])
_SIDEWAYS = 0.25
"""Cosine to the front below which what hangs on an ankle does not say where the foot points."""
_HANGING = 0.16
"""Share of the leg from which a bone straight below the ankle is the foot itself: an ankle is
lower than that."""
_OPPOSITE = -0.9


def limb_turns(
    skeleton: Skeleton, rest: RestPose, robot: Robot, stand: BodyPoses
) -> dict[str, np.ndarray]:
    """Rotations, in the body's axes, that lay each rest bone of the skeleton along the robot's.

    A limb is straightened from the trunk outwards, so that a twist is never invented: shoulder
    and hip swing first, elbow and knee by what is then left. Feet then turn about the vertical
    alone, because both stand with flat soles, and not at all where their bones do not say which
    way they point; feet that hang from the ankle are lifted. Trunk, neck, head and collars turn
    with the skeleton's and keep the robot's own bones: where a rig places those joints is no
    posture.

    Returns:
        Body name to (3, 3); bodies left out are not turned.

    Raises:
        MotionError: A limb's bone points away from where the robot's does.
    """
    turns: dict[str, np.ndarray] = {}
    robot_pos = stand.body_pos.numpy()
    for body, child, inner in _LIMBS:
        bone = _bone(skeleton, rest, body, child)
        own = _own_bone(robot, robot_pos, body, child)
        before = turns.get(inner, np.eye(3))
        if bone is None or own is None:
            turns[body] = before
            continue
        swing = _swing(before @ bone, own)
        if swing is None and child[2:] == "Hand":
            swing = np.eye(3)  # what a rig has there is no hand
        if swing is None:
            raise MotionError(
                f"{skeleton.path}: in the rest pose the bone of {skeleton.map.joints[body]} points "
                f"away from where {robot.name}'s {body} points, expected a T- or A-pose; correct "
                "the joint map, or give it a rest_pose (joint: {axis: degrees})"
            )
        turns[body] = swing @ before
    for side in "LR":
        ankle, toe, wrist = f"{side}_Ankle", f"{side}_Toe", f"{side}_Wrist"
        turns[f"{side}_Hand"] = turns[wrist]
        before = turns[f"{side}_Knee"] if skeleton.map.feet == "with_legs" else np.eye(3)
        own = _own_bone(robot, robot_pos, ankle, toe)
        turn = before if own is None else _foot_turn(skeleton, rest, side, before, own) @ before
        turns[ankle] = turns[toe] = turn
    return turns


def _foot_turn(
    skeleton: Skeleton, rest: RestPose, side: str, before: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """(3, 3) that turns a foot as the robot's points, after the turn `before`."""
    hip, ankle = (rest.pos[skeleton.joint(f"{side}_{part}")] for part in ("Hip", "Ankle"))
    bones = [
        before @ rest.axes @ bone for bone in foot_bones(skeleton, rest.pos, rest.rotation, side)
    ]
    level = level_bone(bones, size_of(rest.pos))
    if level is not None and level[0] > _SIDEWAYS * np.linalg.norm(level):
        swing = _swing(level, own * _FLAT)
    elif level is None and np.linalg.norm(bones[0]) > _HANGING * np.linalg.norm(ankle - hip):
        swing = _swing(bones[0], own)
    else:
        swing = None
    return np.eye(3) if swing is None else swing


def _bone(skeleton: Skeleton, rest: RestPose, body: str, child: str) -> np.ndarray | None:
    """(3,) rest bone of the skeleton in the body's axes; None where it has no length."""
    start, end = skeleton.joint(body), skeleton.joint(child)
    if start is None:
        return None
    tip = rest.pos[end] if end is not None else tip_of(skeleton, rest.pos, rest.rotation, start)
    bone = rest.axes @ (tip - rest.pos[start])
    return bone if np.linalg.norm(bone) > SHORTEST * size_of(rest.pos) else None


def _own_bone(robot: Robot, pos: np.ndarray, body: str, child: str) -> np.ndarray | None:
    names = robot.body_names
    start = names.index(body)
    # a robot with fingers has no Hand: its middle finger points as the hand does
    child = child if child in names else f"{body[0]}_Middle1"
    return pos[names.index(child)] - pos[start] if child in names else None


def _swing(source: np.ndarray, target: np.ndarray) -> np.ndarray | None:
    """(3, 3) the shortest rotation from one direction to another, which adds no twist.

    None where they are nearly opposite: about which axis to turn is then a matter of rounding.
    """
    a, b = (v / np.linalg.norm(v) for v in (source, target))
    cross, cosine = np.cross(a, b), float(a @ b)
    if cosine < _OPPOSITE:
        return None
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1.0 + cosine)

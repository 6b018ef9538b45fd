"""Constant rotations that lay the rest bones of a skeleton along those of the robot."""

import numpy as np

from motionlib.errors import MotionError
from motionlib.human.skeleton.rest_pose import RestPose, Skeleton, toe_point
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


def limb_turns(
    skeleton: Skeleton, rest: RestPose, robot: Robot, stand: BodyPoses
) -> dict[str, np.ndarray]:
    """Rotations, in the body's axes, that lay each rest bone of the skeleton along the robot's.

    A limb is straightened from the trunk outwards, so that a twist is never invented: shoulder
    and hip swing first, elbow and knee by what is then left. Feet then turn about the vertical
    alone, because both stand with flat soles. Trunk, neck, head and collars turn with the
    skeleton's and keep the robot's own bones: where a rig places those joints is no posture.

    Returns:
        Body name to (3, 3); bodies left out are not turned.
    """
    turns: dict[str, np.ndarray] = {}
    robot_pos = stand.body_pos.numpy()
    for body, child, inner in _LIMBS:
        bone = _bone(skeleton, rest, body, child)
        own = _own_bone(robot, robot_pos, body, child)
        before = turns.get(inner, np.eye(3))
        if bone is None or own is None:
            turns[body] = before
        else:
            turns[body] = _swing(before @ bone, own) @ before
    for side in "LR":
        ankle, toe, wrist = f"{side}_Ankle", f"{side}_Toe", f"{side}_Wrist"
        turns[f"{side}_Hand"] = turns[wrist]
        before = turns[f"{side}_Knee"] if skeleton.map.feet == "with_legs" else np.eye(3)
        turns[ankle] = turns[toe] = before
        bone = _bone(skeleton, rest, ankle, toe)
        own = _own_bone(robot, robot_pos, ankle, toe)
        if bone is not None and own is not None:
            turns[ankle] = turns[toe] = _swing(before @ bone * _FLAT, own * _FLAT) @ before
    return turns


def _bone(skeleton: Skeleton, rest: RestPose, body: str, child: str) -> np.ndarray | None:
    """(3,) rest bone of the skeleton in the body's axes; None where it has no length."""
    start, end = skeleton.joint(body), skeleton.joint(child)
    if start is None:
        return None
    tip = rest.pos[end] if end is not None else toe_point(skeleton, rest.pos, rest.rotation, body)
    bone = rest.axes @ (tip - rest.pos[start])
    return bone if np.linalg.norm(bone) > 1e-9 else None


def _own_bone(robot: Robot, pos: np.ndarray, body: str, child: str) -> np.ndarray | None:
    names = robot.body_names
    start = names.index(body)
    # a robot with fingers has no Hand: its middle finger points as the hand does
    child = child if child in names else f"{body[0]}_Middle1"
    return pos[names.index(child)] - pos[start] if child in names else None


def _swing(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(3, 3) the shortest rotation from one direction to another, which adds no twist."""
    a, b = (v / np.linalg.norm(v) for v in (source, target))
    cross, cosine = np.cross(a, b), float(a @ b)
    if cosine < -1.0 + 1e-9:
        raise MotionError("a rest bone points opposite to the robot's; the rest pose is no T-pose")
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1.0 + cosine)

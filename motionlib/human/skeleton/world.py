"""The world of a skeleton's file: which axis points up, and how long its unit is."""

import numpy as np
from torch import Tensor

from motionlib.human.skeleton.rest_pose import RestPose, axis_name
from motionlib.human.skeleton.tree import Skeleton
from motionlib.kinematics import BodyPoses
from motionlib.robot import Robot

_UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "CMU (0.45 inch)": 0.0254 / 0.45}
_HUMAN_LEG = (0.6, 1.1)
"""m, hip to ankle along the bones; the ranges of two units do not overlap."""
_CLEAR = 0.8
UP_ROWS = {
    "z": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "y": ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    "x": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    "-z": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "-y": ((0, 0, 1), (-1, 0, 0), (0, -1, 0)),
    "-x": ((0, 1, 0), (0, 0, -1), (-1, 0, 0)),
}
"""Rows of the rotation from a world with that axis up to one with z up."""


def world_up(skeleton: Skeleton, rest: RestPose, joint_pos: Tensor) -> tuple[str, str]:
    """The axis of the file's world that is up, and by what it was told.

    The rest pose (or the map) says which axis it should be. A motion that is upright along
    another one overrules it; a motion that is not upright at all tells nothing.

    Args:
        skeleton: Tree and map.
        rest: Its rest pose.
        joint_pos: (T, J, 3) file units and axes.

    Returns:
        Key of `UP_ROWS`; a sentence for people.
    """
    hips = [skeleton.names.index(skeleton.map.joints[f"{side}_Hip"]) for side in "LR"]
    trunk = joint_pos[:, skeleton.names.index(skeleton.map.joints["Head"])]
    trunk = trunk - joint_pos[:, hips].mean(1)
    mean = (trunk / trunk.norm(dim=-1, keepdim=True).clamp_min(1e-12)).mean(0).numpy()
    main = int(np.abs(mean).argmax())
    seen = axis_name(np.sign(mean[main]) * np.eye(3)[main])
    if skeleton.map.world_up:
        expected, by = skeleton.map.world_up, "the joint map"
    else:
        expected, by = rest.up_name(), "the rest pose"
    if seen == expected:
        return expected, f"up axis {expected}: {by} and the motion agree"
    if abs(mean[main]) > _CLEAR or expected not in UP_ROWS:
        return seen, f"up axis {seen}: from the motion, though {by} says {expected}"
    return expected, f"up axis {expected}: from {by}; the motion is not upright and does not tell"


def metres_per_unit(
    skeleton: Skeleton, rest: RestPose, robot: Robot, stand: BodyPoses
) -> tuple[float, str]:
    """Length on the robot of one file unit, and what that unit seems to be.

    Returns:
        m for one unit, by the leg lengths of the two; a sentence for people.
    """
    joints = skeleton.map.joints.items()
    leg = _leg({body: rest.pos[skeleton.names.index(joint)] for body, joint in joints})
    own = _leg(dict(zip(robot.body_names, stand.body_pos.numpy(), strict=True)))
    fits = [name for name, m in _UNITS.items() if _HUMAN_LEG[0] <= leg * m <= _HUMAN_LEG[1]]
    if fits:
        told = f"unit {fits[0]}: legs of {leg * _UNITS[fits[0]]:.3f} m"
    else:
        told = (
            f"unit unknown: legs of {leg:.4g} units are {_HUMAN_LEG[0]:g} to {_HUMAN_LEG[1]:g} m "
            f"in none of {', '.join(_UNITS)}"
        )
    return (
        own / leg,
        f"{told}; 1 unit becomes {own / leg:.6g} m, by the robot's legs of {own:.3f} m",
    )


def _leg(points: dict[str, np.ndarray]) -> float:
    """Hip to knee to ankle, mean of both sides."""
    return sum(
        float(np.linalg.norm(points[f"{side}_{a}"] - points[f"{side}_{b}"])) / 2.0
        for side in "LR"
        for a, b in (("Hip", "Knee"), ("Knee", "Ankle"))
    )

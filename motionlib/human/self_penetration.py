"""How deep a robot's own collision shapes reach into each other in one clip."""

import numpy as np

from motionlib.human.collision_capsules import robot_capsules
from motionlib.kernels.capsules import deepest_pairs
from motionlib.robot import Robot

DEEP = 0.03
"""m: frames deeper than this are counted (the limit of ProtoMotions' filter)."""


def measure_self_penetration(
    robot: Robot, body_pos: np.ndarray, body_quat: np.ndarray
) -> tuple[float, int, int]:
    """Deepest meeting of two shapes; see `collision_capsules` for what is seen of them.

    Args:
        robot: Whose poses they are.
        body_pos: (T, B, 3) float64 m.
        body_quat: (T, B, 4) float64 unit.

    Returns:
        Depth in m (0 without a meeting), its frame, and the number of frames deeper than `DEEP`.

    Raises:
        RobotChangedError: The robot's files changed since it was read.
    """
    depths = np.empty(len(body_pos))
    deepest_pairs(body_pos, body_quat, *robot_capsules(robot), depths)
    return float(depths.max()), int(depths.argmax()), int((depths > DEEP).sum())

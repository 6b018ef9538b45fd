"""Lengths of a humanoid that a made motion must fit: legs, soles, where it stands."""

from dataclasses import dataclass

import numpy as np

from motionlib.errors import RobotError
from motionlib.robot import Robot

STANDING_REACH = 0.996
"""Share of the leg's length between hip and ankle when it stands: knees are never locked."""
LARGEST_REACH = 0.9985
_SIDES = ("L", "R")


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanBody:
    """Leg lengths of one humanoid, body axes x forward, y left, z up; left then right."""

    hip: np.ndarray
    """(2, 3) m, pelvis frame."""
    knee: np.ndarray
    """(2, 3) m, hip frame."""
    ankle: np.ndarray
    """(2, 3) m, knee frame."""
    ball: np.ndarray
    """(2, 3) m, ankle frame: where the toes bend."""
    ankle_height: float
    """m of the ankle above the ground when the sole is flat on it."""
    rest_root_pos: np.ndarray
    """(3,) m, what the body model adds to `trans` to reach the pelvis."""

    @property
    def leg(self) -> float:
        """Distance from hip to ankle with a straight knee, m."""
        return float(np.linalg.norm(self.knee[0] + self.ankle[0]))

    @property
    def standing_height(self) -> float:
        """Height of the pelvis above the ground when it stands, m."""
        return self.ankle_height + STANDING_REACH * self.leg - float(self.hip[0, 2])

    @property
    def stance_half_width(self) -> float:
        """Distance from the middle to either foot when it stands, m."""
        return abs(float(self.hip[0, 1]))


def human_body(robot: Robot) -> HumanBody:
    """Proportions of a robot with SMPL's body names.

    Raises:
        RobotError: It lacks a leg's body.
    """
    offsets = {
        part: np.stack([robot.body_offset_pos[_index(robot, f"{side}_{part}")] for side in _SIDES])
        for part in ("Hip", "Knee", "Ankle", "Toe")
    }
    return HumanBody(
        hip=offsets["Hip"],
        knee=offsets["Knee"],
        ankle=offsets["Ankle"],
        ball=offsets["Toe"],
        ankle_height=_ankle_height(robot, offsets["Toe"][0]),
        rest_root_pos=np.asarray(robot.rest_root_pos, dtype=np.float64),
    )


def _index(robot: Robot, body: str) -> int:
    if body not in robot.body_names:
        raise RobotError(
            f"{robot.name}: has no body {body!r}; expected a humanoid with SMPL's body names, "
            "such as smpl"
        )
    return robot.body_names.index(body)


def _ankle_height(robot: Robot, toe: np.ndarray) -> float:
    """How far the lowest sole lies below the ankle with flat feet, m."""
    below = {"L_Ankle": 0.0, "L_Toe": float(toe[2])}
    heights = [
        -float(sole.corners[:, 2].min()) - below[sole.body]
        for sole in robot.soles
        if sole.body in below
    ]
    if not heights:
        raise RobotError(f"{robot.name}: expected a sole on L_Ankle or L_Toe in robot.yaml")
    return max(heights)

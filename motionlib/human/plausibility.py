"""How much of a human recording can be true, measured before anything is moved or wrapped."""

import math

import numpy as np

from motionlib.human.clip import HumanClip
from motionlib.human.measures import Measures, Trajectory
from motionlib.kernels.measures import held_joint, longest_vectors
from motionlib.plausibility_measures import (
    TILTED,
    held,
    held_window,
    median,
    speeds_of,
    tilt_median,
)
from motionlib.robot import Robot
from motionlib.sideways import sideways_stand_s


def measure_plausibility(
    clip: HumanClip, rotvec: np.ndarray, trajectory: Trajectory, robot: Robot, fps: float
) -> Measures:
    """What `HUMAN_PLAUSIBILITIES` list.

    Args:
        clip: As it was recorded, at its own rate.
        rotvec: Its rotation vectors in native floats.
        trajectory: Of the clip on the robot, at its recorded height.
        robot: Whose poses they are.
        fps: Rate of the trajectory.
    """
    local, body_pos = trajectory.local_quat, trajectory.body_pos
    frames, turns = len(body_pos), np.empty(clip.num_frames)
    longest_vectors(rotvec, np.ascontiguousarray(clip.columns, dtype=np.int64), turns)
    tilt = tilt_median(local[:, 0])
    values: Measures = {
        "limit_excess_median": max(median(turns) - math.pi, 0.0),
        "root_speed_held": 0.0,
        "root_height_ratio": median(body_pos[:, 0, 2]) / robot.default_root_height,
        "dof_speed_held": 0.0,
        "sideways_stand_s": 0.0,
        "root_tilt_median": tilt,
    }
    if frames > 1:
        values["root_speed_held"] = held(speeds_of(body_pos[:, :1], fps), fps)
        values["dof_speed_held"] = held_joint(local, held_window(frames - 1, fps)) * fps
        if tilt > TILTED:
            values["sideways_stand_s"] = sideways_stand_s(robot, fps, body_pos, local[:, 0])
    return values

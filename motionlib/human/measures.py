"""What one human clip is like: the numbers that gates judge, each with the frame of its worst."""

import hashlib
import struct
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from motionlib.human.robot_arrays import robot_arrays
from motionlib.human.self_penetration import measure_self_penetration
from motionlib.human.settings import HumanSettings
from motionlib.kernels.measures import (
    count_contacts,
    deepest_sole,
    fastest_body,
    fastest_joint,
    largest_excess,
    longest_run,
    lowest_bodies,
)
from motionlib.kernels.velocities import RULE_CODES
from motionlib.robot import Robot

Measures = dict[str, float | int | str]

HOVER = 0.1
"""m by which every body origin is higher than in standing while nothing carries the body."""


class Trajectory(NamedTuple):
    """Poses of one clip, float64."""

    local_quat: np.ndarray
    """(T, B, 4) unit, body to parent, root to world."""
    dof_pos: np.ndarray
    """(T, D) rad."""
    body_pos: np.ndarray
    """(T, B, 3) m, world."""
    body_quat: np.ndarray
    """(T, B, 4) unit, world."""


def measure_trajectory(trajectory: Trajectory, robot: Robot, settings: HumanSettings) -> Measures:
    """All measures of a clip; `<name>_frame` is the output frame of the worst value.

    Speeds are differences of neighbouring frames whatever the velocity rule is: one that takes the
    smallest of several would hide the very spikes that gates look for.

    Args:
        trajectory: Of the clip.
        robot: Whose poses they are.
        settings: Rate, contact rules, airborne height.

    Returns:
        What `human.measure_table` lists, but for `height_shift` and `content_sha256`.
    """
    arrays, fps = robot_arrays(robot), settings.fps
    body_pos, body_quat = trajectory.body_pos, trajectory.body_quat
    frames, bodies = body_pos.shape[:2]
    lowest = np.empty(frames)
    lowest_bodies(body_pos, lowest)
    run, run_start = longest_run(lowest, settings.airborne_height)
    measures: Measures = {"frames": frames, "seconds": (frames - 1) / fps}
    _add(measures, "below_ground_max", max(0.0, -float(lowest.min())), int(lowest.argmin()))
    sole, sole_frame = deepest_sole(body_pos, body_quat, arrays.sole_bodies, arrays.sole_corners)
    _add(measures, "sole_depth_max", max(0.0, -sole), sole_frame)
    _add(measures, "airborne_s_max", run / fps, run_start)
    hover, hover_start = longest_run(lowest, robot.lowest_body_height + HOVER)
    _add(measures, "hover_s_max", hover / fps, hover_start)
    _add(measures, "floating_height", float(np.median(lowest)), int(lowest.argmax()))
    step, step_frame = fastest_body(body_pos, 0, 1)
    _add(measures, "root_speed_max", step * fps, step_frame)
    step, step_frame = fastest_body(body_pos, 0, bodies)
    _add(measures, "body_speed_max", step * fps, step_frame)
    turn, turn_frame = fastest_joint(trajectory.local_quat)
    _add(measures, "dof_speed_max", turn * fps, turn_frame)
    _add(measures, "limit_excess_max", *largest_excess(trajectory.dof_pos, arrays.dof_limits))
    speeds, heights = contact_limits(robot, settings)
    touching = count_contacts(body_pos, fps, RULE_CODES[settings.velocity_rule], speeds, heights)
    measures["contact_share"] = touching / (frames * bodies)
    if settings.self_penetration:
        depth, depth_frame, deep_frames = measure_self_penetration(robot, body_pos, body_quat)
        _add(measures, "self_penetration_max", depth, depth_frame)
        measures["self_penetration_frames"] = deep_frames
    return measures


def contact_limits(robot: Robot, settings: HumanSettings) -> tuple[np.ndarray, np.ndarray]:
    """(B,) m/s and (B,) m below which each body is in contact, by the first group that fits it."""
    rules = [
        next(
            (rule for group, rule in settings.contacts_of.items() if fnmatchcase(name, group)),
            settings.contacts,
        )
        for name in robot.body_names
    ]
    return np.array([r.speed for r in rules]), np.array([r.height for r in rules])


def content_sha256(
    root_pos: np.ndarray, root_quat_wxyz: np.ndarray, dof_pos: np.ndarray, *, fps: float
) -> str:
    """Hex sha256 of a motion's rate, shape and numbers: equal for equal motions of any origin."""
    digest = hashlib.sha256(struct.pack("<dqq", fps, *dof_pos.shape))
    for array in (root_pos, root_quat_wxyz, dof_pos):
        digest.update(np.ascontiguousarray(array, dtype="<f4").data)
    return digest.hexdigest()


def _add(measures: Measures, name: str, value: float, frame: int) -> None:
    measures[name] = float(value)
    measures[f"{name}_frame"] = int(frame)

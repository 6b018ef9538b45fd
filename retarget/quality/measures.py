"""Quality of a retargeted clip: one set of measures for every method, on the robot's own model.

Every value is that of the motion as it is handed out, at its own rate, with central differences.
Ground is z = 0; contacts are the source's labels.
"""

import math
from dataclasses import replace

import numpy as np

from motionlib.kernels.measures import longest_run
from motionlib.motion import Motion
from motionlib.robot import Robot
from retarget.feet.contacts import label_points
from retarget.kernels.measures import lowest_corners, point_distances
from retarget.kernels.overlap import shape_extremes
from retarget.model import poses_of
from retarget.pairs.pair import Pair
from retarget.quality.joints import (
    Measures,
    continuous,
    jerk_measures,
    jump_measures,
    limit_measures,
    speed_measures,
)
from retarget.quality.limbs import limb_measures
from retarget.quality.robot import MeasuredRobot, measured_robot
from retarget.retargeting import Retargeted
from retarget.settings import ContactSettings
from retarget.targets import Goal

HOVER = 0.12
"""Height as a part of the standing robot's root height: what is lower may carry it, as in lying."""
DEEP = 0.005
"""m: shapes deeper in each other than this collide."""


def measure_retargeted(
    result: Retargeted, robot: Robot, pair: Pair, *, contacts: ContactSettings | None = None
) -> Measures:
    """All measures of one clip and its frames, as `measure_table` lists them.

    Args:
        result: A clip on the robot, and its goal.
        robot: The robot.
        pair: By which it was retargeted.
        contacts: Rules by which the robot's own contacts are recomputed; the usual ones if None,
            scaled from the source's size to the robot's where the source is known.

    Returns:
        Everything of the table but what the solver says (`fps`, `iterations`) and what
        `flags.measure_goal` measures on the source.
    """
    motion, goal = result.motion, result.goal
    known = measured_robot(robot, pair)
    dofs = motion.dof_pos.numpy().astype(np.float64)
    pos, rot = poses_of(known.tree, motion.root_pos.numpy(), motion.root_quat_wxyz.numpy(), dofs)
    touching = np.ascontiguousarray(goal.contact.any(-1))
    frames = len(dofs)
    return {
        "frames": frames,
        "seconds": (frames - 1) / motion.fps,
        **keypoint_errors(known, pos, rot, goal.points),
        **orientation_errors(known, rot, goal.turns),
        **foot_measures(known, pos, rot, touching, motion.fps),
        **shape_measures(known, pos, rot),
        "contact_agreement": contact_agreement(
            known, pos, rot, touching, motion.fps, contacts or _sized(robot, result.source)
        ),
        **limit_measures(robot.dof_limits, dofs),
        **speed_measures(known, motion),
        **jump_measures(continuous(motion)),
        **(limb_measures(robot, pos, rot, result.source) if result.source else {}),
        **jerk_measures(motion, result.source, pair),
        "root_height": root_height(goal.points, robot),
        **hover_measures(goal, robot),
        **path_measures(goal.moved),
    }


def keypoint_errors(
    known: MeasuredRobot, pos: np.ndarray, rot: np.ndarray, goal: np.ndarray
) -> Measures:
    """Distances of the robot's keypoints from the goal's, (T, K, 3) m."""
    errors = np.empty((len(pos), len(known.points)))
    point_distances(pos, rot, known.point_bodies, known.point_locals, goal, known.points, errors)
    errors *= 100.0
    return {
        "keypoint_error_mean_cm": float(errors.mean()),
        "keypoint_error_p95_cm": _p95(errors),
        "keypoint_error_frame": int(errors.mean(-1).argmax()),
    }


def orientation_errors(known: MeasuredRobot, rot: np.ndarray, goal: np.ndarray) -> Measures:
    """Angles to the goal's orientations, (T, K, 3, 3); zero where no body has such a weight."""
    if not len(known.turns):
        return {"orientation_error_mean_deg": 0.0, "orientation_error_frame": 0}
    own, wanted = rot[:, known.turn_bodies], goal[:, known.turns]
    difference = own - wanted
    # |R - S|² = 8 sin²(angle / 2): exact for small angles, where the trace is not
    square = np.einsum("tkij,tkij->tk", difference, difference)
    angles = 2.0 * np.arcsin(np.minimum(np.sqrt(square / 8.0), 1.0))
    return {
        "orientation_error_mean_deg": math.degrees(angles.mean()),
        "orientation_error_frame": int(angles.mean(-1).argmax()),
    }


def foot_measures(
    known: MeasuredRobot, pos: np.ndarray, rot: np.ndarray, touching: np.ndarray, fps: float
) -> Measures:
    """Skate and floating of the feet that the source has on the ground; zero without contact.

    Args:
        known: The robot.
        pos: (T, B, 3) m.
        rot: (T, B, 3, 3).
        touching: (T, F) bool.
        fps: Frames a second.
    """
    height, speed = np.empty(touching.shape), np.empty(touching.shape)
    lowest_corners(pos, rot, known.sole_bodies, known.sole_corners, fps, height, speed)
    skate = speed[touching] * 100.0
    float_ = np.maximum(height[touching], 0.0) * 1000.0
    if not len(skate):
        skate = float_ = np.zeros(1)
    masked = np.where(touching, speed, 0.0), np.where(touching, height, 0.0)
    return {
        "skate_mean_cm_s": float(skate.mean()),
        "skate_p95_cm_s": _p95(skate),
        "skate_over_5_share": float((skate > 5.0).mean()),
        "skate_over_10_share": float((skate > 10.0).mean()),
        "skate_frame": int(masked[0].max(-1).argmax()),
        "floating_mean_mm": float(float_.mean()),
        "floating_p95_mm": _p95(float_),
        "floating_frame": int(masked[1].max(-1).argmax()),
    }


def shape_measures(known: MeasuredRobot, pos: np.ndarray, rot: np.ndarray) -> Measures:
    """How deep shapes are in the ground, and in each other."""
    lowest, deepest = np.empty(len(pos)), np.empty(len(pos))
    shape_extremes(pos, rot, known.shapes, known.pairs, lowest, deepest)
    below = np.maximum(-lowest, 0.0) * 1000.0
    sunk = below[below > 0.0]
    return {
        "penetration_max_mm": float(below.max()),
        "penetration_mean_mm": float(sunk.mean()) if len(sunk) else 0.0,
        "penetration_frame": int(below.argmax()),
        "self_collision_share": float((deepest > DEEP).mean()),
        "self_collision_max_mm": float(deepest.max()) * 1000.0,
        "self_collision_frame": int(deepest.argmax()),
    }


def contact_agreement(
    known: MeasuredRobot,
    pos: np.ndarray,
    rot: np.ndarray,
    touching: np.ndarray,
    fps: float,
    settings: ContactSettings,
) -> float:
    """Share of frames and feet where the robot's own contact is the source's, (T, F) bool."""
    if not touching.size:
        return 1.0
    bodies = known.sole_bodies
    ends = np.einsum("tfij,fej->tfei", rot[:, bodies], known.sole_ends) + pos[:, bodies, None]
    return float((label_points(ends, fps, settings).any(-1) == touching).mean())


def path_measures(moved: np.ndarray) -> Measures:
    """How far the targets were moved for the feet's sake, (T, 3) m."""
    way = np.linalg.norm(moved, axis=-1) * 100.0
    return {
        "path_moved_mean_cm": float(way.mean()),
        "path_moved_max_cm": float(way.max()),
        "path_moved_frame": int(way.argmax()),
    }


def root_height(points: np.ndarray, robot: Robot) -> float:
    """Median height of the goal's root, (T, K, 3) m with the root first, in the robot's own."""
    return float(np.median(points[:, 0, 2])) / robot.default_root_height


def hover_measures(goal: Goal, robot: Robot) -> Measures:
    """Longest time in which nothing that the goal knows of the body is on or near the ground."""
    frames = len(goal.points)
    lowest = np.minimum(
        goal.points[..., 2].min(-1), goal.soles[..., 2].reshape(frames, -1).min(-1, initial=np.inf)
    )
    above = np.where(goal.contact.any((1, 2)), -np.inf, lowest)
    run, start = longest_run(above, HOVER * robot.default_root_height)
    return {"hover_s_max": run / goal.fps, "hover_s_max_frame": int(start)}


def _sized(robot: Robot, source: Motion | None) -> ContactSettings:
    """The usual rules for contacts, speeds and heights smaller where the robot is."""
    usual = ContactSettings()
    if source is None:
        return usual
    size = robot.default_root_height / source.robot.default_root_height
    names = ("speed_in", "speed_out", "height_in", "height_out")
    return replace(usual, **{name: size * getattr(usual, name) for name in names})


def _p95(values: np.ndarray) -> float:
    return float(np.percentile(values, 95.0))

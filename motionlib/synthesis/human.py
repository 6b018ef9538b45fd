"""Human motion made from nothing: actions in sequence, in SMPL joint coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.synthesis.human_actions import ACTIONS, check_actions
from motionlib.synthesis.human_body import HumanBody
from motionlib.synthesis.human_legs import ankle_positions, highest_pelvis, solve_legs
from motionlib.synthesis.human_tracks import (
    HANG,
    SIDE_SIGN,
    Plan,
    Style,
    Tracks,
    joined,
    placed,
    random_style,
)

SMPL_JOINTS = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar",
    "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist",
)  # fmt: skip
"""Joints of the body in SMPL's order; hands follow."""
_SMPL_FROM_ROBOT = [1, 2, 0]
"""Components of a rotation vector: SMPL's body axes are x left, y up, z forward."""
_ROBOT_FROM_SMPL_AXES = Rotation.from_matrix(np.eye(3)[[1, 2, 0]].T)
_SOFT_M = 0.004
_TOES_BEND = 0.8
"""rad, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanRecording:
    """T frames of a made person, as a body-model file has them."""

    fps: float
    root_pos: np.ndarray
    """(T, 3) m, world z up, the pelvis."""
    rotvec: np.ndarray
    """(T, 22, 3) rad, order of `SMPL_JOINTS`, SMPL's body axes; row 0 to the world."""
    hands: np.ndarray
    """(30, 3) rad: fifteen finger joints of the left hand, then the right; they do not move."""
    actions: tuple[str, ...]
    """Actions that are done, in order."""


def make_human(
    body: HumanBody,
    actions: Sequence[str],
    *,
    frames: int,
    fps: float,
    rng: np.random.Generator,
    style: Style | None = None,
) -> HumanRecording:
    """A person who does the actions in turn, and all over again until the frames are full.

    Every action begins and ends standing, where the one before it ended. The place and heading of
    the start, the style and each action's parameters are drawn from `rng`; frame k lies at k / fps,
    so that one seed gives the same movement at any rate.

    Args:
        body: Proportions that the feet stand on.
        actions: Names in `ACTIONS`, one at least.
        frames: T, one at least; what is beyond is cut off.
        fps: Frames a second.
        rng: Source of everything random.
        style: How the person moves; drawn if None.

    Raises:
        ValueError: An unknown action, or no frames.
    """
    check_actions(actions)
    if not actions or frames < 1 or not 0.0 < fps < float("inf"):
        raise ValueError(
            f"{len(actions)} actions, {frames} frames at {fps} fps; expected at least one of each"
        )
    style = style or random_style(rng, body)
    plans = _plans(body, style, actions, seconds=frames / fps, rng=rng)
    tracks = _sequence(plans, np.arange(frames) / fps, start=_start(rng))
    root_pos, rotvec = _solved(body, tracks)
    curl = rng.uniform(0.1, 0.5)
    return HumanRecording(
        fps=fps,
        root_pos=root_pos,
        rotvec=rotvec,
        hands=_relaxed_hands(curl),
        actions=tuple(plan.name for plan in plans),
    )


def _start(rng: np.random.Generator) -> tuple[float, float, float]:
    x, y = rng.uniform(-1.5, 1.5, 2)
    return float(x), float(y), float(rng.uniform(-np.pi, np.pi))


def _plans(
    body: HumanBody,
    style: Style,
    actions: Sequence[str],
    *,
    seconds: float,
    rng: np.random.Generator,
) -> list[Plan]:
    plans: list[Plan] = []
    left = seconds
    while left > 0.0:
        name = actions[len(plans) % len(actions)]
        plan = ACTIONS[name](body, style, rng, float(min(rng.uniform(2.0, 9.0), max(left, 1.0))))
        plans.append(plan)
        left -= plan.duration
    return plans


def _sequence(
    plans: Sequence[Plan], times: np.ndarray, *, start: tuple[float, float, float]
) -> Tracks:
    parts: list[Tracks] = []
    x, y, yaw = start
    begun, first = 0.0, 0
    for plan in plans:
        stop = int(np.searchsorted(times, begun + plan.duration))
        stop = len(times) if plan is plans[-1] else stop
        parts.append(placed(plan.tracks(times[first:stop] - begun), x, y, yaw))
        dx, dy, dyaw = plan.end
        x += np.cos(yaw) * dx - np.sin(yaw) * dy
        y += np.sin(yaw) * dx + np.cos(yaw) * dy
        yaw, begun, first = yaw + dyaw, begun + plan.duration, stop
    return joined(parts)


def _solved(body: HumanBody, tracks: Tracks) -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) m of the pelvis and (T, 22, 3) rad rotation vectors in SMPL's axes."""
    pelvis = Rotation.from_euler("ZYX", tracks.pelvis[:, [5, 4, 3]])
    feet = (_foot(tracks, 0), _foot(tracks, 1))
    ball = tracks.feet[:, :, :3].copy()
    ball[:, :, 2] += body.ankle_height + body.ball[:, 2]
    ankles = [ankle_positions(body, side, ball[:, side], feet[side]) for side in (0, 1)]
    root_pos = tracks.pelvis[:, :3] + (0.0, 0.0, body.standing_height)
    limits = [
        highest_pelvis(body, side, pelvis_pos=root_pos, pelvis=pelvis, ankle=ankles[side])
        for side in (0, 1)
    ]
    root_pos[:, 2] = _soft_minimum(np.stack((root_pos[:, 2], *limits)))
    legs = solve_legs(
        body, pelvis_pos=root_pos, pelvis=pelvis, ankle_pos=np.stack(ankles, axis=1), feet=feet
    )
    rotvec = np.zeros((len(root_pos), len(SMPL_JOINTS), 3))
    for side in (0, 1):
        rotvec[:, 1 + side] = legs.hip[:, side]
        rotvec[:, 4 + side] = legs.knee[:, side]
        rotvec[:, 7 + side] = legs.ankle[:, side]
        # toes stay flat on the ground while the heel is up
        rotvec[:, 10 + side, 1] = -np.clip(tracks.feet[:, side, 4], 0.0, _TOES_BEND)
        _set_arm(rotvec, tracks.arms[:, side], side)
    rotvec[:, [3, 6, 9]] = tracks.spine[:, None] / 3.0
    rotvec[:, [12, 15]] = tracks.head[:, None] / 2.0
    rotvec = rotvec[..., _SMPL_FROM_ROBOT]
    rotvec[:, 0] = (pelvis * _ROBOT_FROM_SMPL_AXES).as_rotvec()
    return root_pos, rotvec


def _foot(tracks: Tracks, side: int) -> Rotation:
    return Rotation.from_euler("ZY", tracks.feet[:, side, 3:5])


def _set_arm(rotvec: np.ndarray, arm: np.ndarray, side: int) -> None:
    mirror = SIDE_SIGN[side]
    forwards, raised, twist, bent, up, wrist = arm.T
    angles = np.column_stack((-forwards, mirror * (raised - HANG), twist))
    rotvec[:, 16 + side] = Rotation.from_euler("YXY", angles).as_rotvec()
    rotvec[:, 18 + side, 0] = mirror * up
    rotvec[:, 18 + side, 2] = -mirror * bent
    rotvec[:, 20 + side, 0] = -mirror * wrist


def _soft_minimum(heights: np.ndarray) -> np.ndarray:
    """Smooth minimum over the first axis; below the true one by a few millimetres at most."""
    lowest = heights.min(axis=0)
    return lowest - _SOFT_M * np.log(np.exp((lowest - heights) / _SOFT_M).sum(axis=0))


def _relaxed_hands(curl: float) -> np.ndarray:
    hands = np.zeros((2, 15, 3))
    hands[0, :12, 2], hands[1, :12, 2] = -curl, curl
    hands[0, 12:, 1], hands[1, 12:, 1] = -0.4 * curl, 0.4 * curl
    return hands.reshape(30, 3)

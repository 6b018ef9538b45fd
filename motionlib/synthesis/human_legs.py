"""Legs that reach for their feet: a two-link chain solved in closed form."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.synthesis.human_body import LARGEST_REACH, HumanBody


class LegRotations(NamedTuple):
    """Rotations to the parent body, left then right; (T, 2, 3) rad rotation vectors."""

    hip: np.ndarray
    knee: np.ndarray
    ankle: np.ndarray


def solve_legs(
    body: HumanBody,
    *,
    pelvis_pos: np.ndarray,
    pelvis: Rotation,
    ankle_pos: np.ndarray,
    feet: tuple[Rotation, Rotation],
) -> LegRotations:
    """Hip, knee and ankle of both legs; knees bend forwards, over the toes.

    Args:
        body: Leg lengths.
        pelvis_pos: (T, 3) m, world.
        pelvis: T rotations to the world.
        ankle_pos: (T, 2, 3) m, world.
        feet: T rotations of either foot to the world.

    Returns:
        Rotation vectors; a target out of reach is approached with a straight leg.
    """
    sides = [
        _solve_leg(body, side, pelvis_pos, pelvis, ankle_pos[:, side], feet[side])
        for side in (0, 1)
    ]
    return LegRotations(*(np.stack(pair, axis=1) for pair in zip(*sides, strict=True)))


def ankle_positions(body: HumanBody, side: int, ball_pos: np.ndarray, foot: Rotation) -> np.ndarray:
    """(T, 3) m of one ankle whose foot has its toe joint at `ball_pos`."""
    return ball_pos - foot.apply(body.ball[side])


def highest_pelvis(
    body: HumanBody, side: int, *, pelvis_pos: np.ndarray, pelvis: Rotation, ankle: np.ndarray
) -> np.ndarray:
    """(T,) m: the pelvis height at which this leg is as long as it gets."""
    hip = pelvis.apply(body.hip[side])
    across = (pelvis_pos + hip - ankle)[:, :2]
    left = (LARGEST_REACH * body.leg) ** 2 - np.square(across).sum(-1)
    return ankle[:, 2] + np.sqrt(np.maximum(left, 0.0)) - hip[:, 2]


def _solve_leg(
    body: HumanBody,
    side: int,
    pelvis_pos: np.ndarray,
    pelvis: Rotation,
    ankle_pos: np.ndarray,
    foot: Rotation,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    inverse = pelvis.inv()
    target = inverse.apply(ankle_pos - pelvis_pos) - body.hip[side]
    bend = _knee_angle(body.knee[side], body.ankle[side], np.square(target).sum(-1))
    knee = Rotation.from_rotvec(bend[:, None] * np.array([0.0, 1.0, 0.0]))
    reach = body.knee[side] + knee.apply(body.ankle[side])
    foot_to_pelvis = inverse * foot
    lateral = foot_to_pelvis.apply([0.0, 1.0, 0.0])
    of_target = _frames(target, lateral)
    of_reach = _frames(reach, np.array([0.0, 1.0, 0.0]))
    hip = Rotation.from_matrix(of_target @ of_reach.swapaxes(-1, -2))
    ankle = (hip * knee).inv() * foot_to_pelvis
    return hip.as_rotvec(), knee.as_rotvec(), ankle.as_rotvec()


def _knee_angle(knee: np.ndarray, ankle: np.ndarray, distance_squared: np.ndarray) -> np.ndarray:
    """(T,) rad about the knee's y axis that puts the ankle at this distance from the hip."""
    cosine = knee[0] * ankle[0] + knee[2] * ankle[2]
    sine = knee[0] * ankle[2] - knee[2] * ankle[0]
    lengths = float(knee @ knee + ankle @ ankle)
    wanted = 0.5 * (distance_squared - lengths) - knee[1] * ankle[1]
    ratio = np.clip(wanted / np.hypot(cosine, sine), -1.0, 1.0)
    return np.arctan2(sine, cosine) + np.arccos(ratio)


def _frames(along: np.ndarray, lateral: np.ndarray) -> np.ndarray:
    """(T, 3, 3) right-handed frames: first axis along the leg, second towards `lateral`."""
    first = along / np.linalg.norm(along, axis=-1, keepdims=True)
    across = lateral - (lateral * first).sum(-1, keepdims=True) * first
    second = across / np.linalg.norm(across, axis=-1, keepdims=True)
    return np.stack((first, second, np.cross(first, second)), axis=-1)

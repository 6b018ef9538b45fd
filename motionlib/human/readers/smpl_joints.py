"""Joint orders of the SMPL body models, and where a robot's bodies find their rotations."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from motionlib.errors import RobotError, nearest_names

BODY_JOINTS: tuple[str, ...] = (
    *("Pelvis", "L_Hip", "R_Hip", "Torso", "L_Knee", "R_Knee", "Spine", "L_Ankle", "R_Ankle"),
    *("Chest", "L_Toe", "R_Toe", "Neck", "L_Thorax", "R_Thorax", "Head", "L_Shoulder"),
    *("R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist"),
)
"""The 22 that SMPL, SMPL+H and SMPL-X share, in their order, under the humanoids' body names."""

FINGERS = ("Index", "Middle", "Pinky", "Ring", "Thumb")
"""MANO's order."""

HAND_JOINTS: tuple[str, ...] = tuple(
    f"{side}_{finger}{link}" for side in "LR" for finger in FINGERS for link in (1, 2, 3)
)
"""Joints of the left hand then of the right, 15 each."""

SMPL_HANDS = ("L_Hand", "R_Hand")
"""SMPL's last two bodies: no recording has rotations of its own for them."""

SMPLH_JOINTS: tuple[str | None, ...] = (*BODY_JOINTS, *HAND_JOINTS)
SMPLX_JOINTS: tuple[str | None, ...] = (*BODY_JOINTS, None, None, None, *HAND_JOINTS)
"""The three without a body are jaw, left eye, right eye."""

# columns of a joint's rotation vector in SMPL's axes that are its x y z in the robot's
_ROBOT_AXES = (2, 0, 1)

ROOT_POST_QUAT_WXYZ: tuple[float, float, float, float] = (0.5, -0.5, -0.5, -0.5)
"""Root axes of the humanoids (x forward, z up) in those of SMPL's pelvis (z forward, y up)."""


def columns_of(body_names: Sequence[str], joints: Sequence[str | None]) -> np.ndarray:
    """Columns of a pose array that hold each robot body's rotation vector; read-only.

    Args:
        body_names: Of the robot, root first.
        joints: Of the pose array, three columns each; `None` for a joint without a body.

    Returns:
        (B, 3) int64; -1 where the array has no such joint.

    Raises:
        RobotError: A body that is no joint of an SMPL model, or a root that is not the pelvis.
    """
    return _columns(tuple(body_names), tuple(joints))


@cache
def _columns(body_names: tuple[str, ...], joints: tuple[str | None, ...]) -> np.ndarray:
    known = {*BODY_JOINTS, *HAND_JOINTS, *SMPL_HANDS}
    if strange := [name for name in body_names if name not in known]:
        raise RobotError(
            f"body {strange[0]} is no joint of an SMPL model "
            f"({nearest_names(strange[0], known)}); AMASS recordings fit the robots smpl and "
            "smplx, or a robot whose bodies bear these names"
        )
    if not body_names or body_names[0] != BODY_JOINTS[0]:
        raise RobotError(f"the root body is {body_names[:1]}, expected {BODY_JOINTS[0]}")
    place: Mapping[str, int] = {name: i for i, name in enumerate(joints) if name is not None}
    columns = np.full((len(body_names), 3), -1, dtype=np.int64)
    for body, name in enumerate(body_names):
        if name in place:
            axes = (0, 1, 2) if body == 0 else _ROBOT_AXES
            columns[body] = [3 * place[name] + axis for axis in axes]
    columns.flags.writeable = False
    return columns

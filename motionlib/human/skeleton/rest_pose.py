"""A skeleton's rest pose: which way it stands and faces, and how its limbs lie in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.human.skeleton.directions import SHORTEST, foot_bones, level_bone, size_of
from motionlib.human.skeleton.posed_rest import turns_in_t_pose
from motionlib.human.skeleton.tree import Skeleton
from motionlib.rotations import matrix_from_quat, quat_from_axis_angle

_SNAP_COSINE = 0.94
"""Within 20 degrees of one of its axes a skeleton stands along that axis."""
_LEGS_DOWN = 0.5
_ARMS_NOT_UP = 0.7
_SIDE_COSINE = 0.3
_SIDES = ("left", "right")
_FOUND = "rest pose found from the motion: the skeleton does not stand with all rotations zero"
_CORRECTED = "limbs brought into a T-pose as the joint map says"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestPose:
    """A skeleton standing in T- or A-pose with all its rotations known."""

    pos: np.ndarray
    """(J, 3) file units."""
    rotation: np.ndarray
    """(J, 3, 3) of every joint to the frame of `pos`."""
    axes: np.ndarray
    """(3, 3) rows: forward, left and up of the body, in the frame of `pos`."""
    notes: tuple[str, ...]

    def up_name(self) -> str:
        """The axis that is up, such as `y`; `oblique` if it is none."""
        return axis_name(self.axes[2])


def axis_name(direction: np.ndarray) -> str:
    """`x` ... `-z` for a unit vector along an axis, else `oblique`."""
    main = int(np.abs(direction).argmax())
    if abs(direction[main]) < 1.0 - 1e-6:
        return "oblique"
    return ("-" if direction[main] < 0 else "") + "xyz"[main]


def rest_pose_of(
    skeleton: Skeleton, joint_pos: Tensor | None = None, joint_quat: Tensor | None = None
) -> RestPose:
    """The zero pose if the skeleton stands in it, else the map's rest pose, else the motion's.

    Args:
        skeleton: Tree and map.
        joint_pos: (T, J, 3) file units and axes, of its motion; None if there is none to look at.
        joint_quat: (T, J, 4) likewise.

    Raises:
        MotionError: Legs without length, a pose that is no standing one, sides swapped.
    """
    pos, rotation = _pose(skeleton, {})
    notes, seen = (), "; the motion is not upright on both feet and shows none"
    if not _stands(skeleton, pos) and skeleton.map.rest_pose:
        pos, rotation = _pose(skeleton, skeleton.map.rest_pose)
        notes = (_CORRECTED,)
    if not _stands(skeleton, pos) and joint_pos is not None and joint_quat is not None:
        turns = turns_in_t_pose(skeleton, joint_pos, joint_quat)
        if turns is not None:
            pos, rotation, notes = _points_of(skeleton, turns), turns, (_FOUND,)
            seen = "; the motion shows none either"
    if not _stands(skeleton, pos):
        _check_lengths(skeleton, pos)
        raise MotionError(
            f"{skeleton.path}: with all rotations zero the legs do not point away from the head, "
            f"or the arms point up: expected a T- or A-pose{seen if joint_pos is not None else ''}; "
            "write a joint map with a rest_pose (joint: {axis: degrees}) that brings the skeleton "
            "into one and pass it with --joint-map"
        )
    axes = _axes(skeleton, pos)
    notes += _check_sides(skeleton, pos, rotation, axes)
    return RestPose(pos=pos, rotation=rotation, axes=axes, notes=notes)


def _points_of(skeleton: Skeleton, rotation: np.ndarray) -> np.ndarray:
    """(J, 3) where joints are that are turned like this."""
    pos = np.zeros((len(skeleton.names), 3))
    for index, parent in enumerate(skeleton.parents):
        if parent >= 0:
            pos[index] = pos[parent] + rotation[parent] @ skeleton.offsets[index]
    return pos


def _pose(
    skeleton: Skeleton, turns: Mapping[str, Sequence[tuple[str, float]]]
) -> tuple[np.ndarray, np.ndarray]:
    count = len(skeleton.names)
    pos, rotation = np.zeros((count, 3)), np.tile(np.eye(3), (count, 1, 1))
    for index, parent in enumerate(skeleton.parents):
        if parent >= 0:
            pos[index] = pos[parent] + rotation[parent] @ skeleton.offsets[index]
            rotation[index] = rotation[parent]
        for axis, degrees in turns.get(skeleton.names[index], ()):
            rotation[index] = rotation[index] @ _turn(axis, degrees)
    return pos, rotation


def _turn(axis: str, degrees: float) -> np.ndarray:
    unit = torch.eye(3, dtype=torch.float64)["xyz".index(axis)]
    angle = torch.tensor(np.radians(degrees), dtype=torch.float64)
    return matrix_from_quat(quat_from_axis_angle(unit, angle)).numpy()


def _points(skeleton: Skeleton, pos: np.ndarray, part: str) -> np.ndarray:
    """(2, 3) left and right joint of a part."""
    return np.array([pos[skeleton.joint(f"{side}_{part}")] for side in "LR"])


def _stands(skeleton: Skeleton, pos: np.ndarray) -> bool:
    """Whether the legs point away from the head and the arms do not point up."""
    trunk, legs, arms = _lines(skeleton, pos)
    lines = np.array([*trunk.values(), *legs.values(), *arms.values()])
    lengths = np.linalg.norm(lines, axis=-1)
    if (lengths <= SHORTEST * size_of(pos)).any():
        return False
    up, *limbs = lines / lengths[:, None]
    raised = np.array(limbs) @ up
    return bool(raised[:2].max() < -_LEGS_DOWN and raised[2:].max() < _ARMS_NOT_UP)


def _lines(skeleton: Skeleton, pos: np.ndarray) -> tuple[dict[str, np.ndarray], ...]:
    """What each is called to the vectors (3,) along the trunk, the legs and the arms."""
    hips = _points(skeleton, pos, "Hip")
    legs = _points(skeleton, pos, "Ankle") - hips
    arms = _points(skeleton, pos, "Wrist") - _points(skeleton, pos, "Shoulder")
    return (
        {"from the hips to the head": pos[skeleton.joint("Head")] - hips.mean(0)},
        {f"of the {side} leg": leg for side, leg in zip(_SIDES, legs, strict=True)},
        {f"of the {side} arm": arm for side, arm in zip(_SIDES, arms, strict=True)},
    )


def _check_lengths(skeleton: Skeleton, pos: np.ndarray) -> None:
    """Refuse limbs without length."""
    for lines in _lines(skeleton, pos):
        for what, line in lines.items():
            _unit(line, size_of(pos), skeleton, what)


def _axes(skeleton: Skeleton, pos: np.ndarray) -> np.ndarray:
    size, hips = size_of(pos), _points(skeleton, pos, "Hip")
    up = pos[skeleton.joint("Head")] - hips.mean(0)
    up = _snapped(_unit(up, size, skeleton, "from the hips to the head"))
    across = [np.subtract(*_points(skeleton, pos, part)) for part in ("Hip", "Shoulder")]
    across = [line - (line @ up) * up for line in across]
    # some rigs have both hips in one place
    left = next((line for line in across if np.linalg.norm(line) > SHORTEST * size), across[-1])
    left = _snapped(_unit(left, size, skeleton, "between the hips, or between the shoulders,"))
    return np.array([np.cross(left, up), left, up])


def _check_sides(
    skeleton: Skeleton, pos: np.ndarray, rotation: np.ndarray, axes: np.ndarray
) -> tuple[str, ...]:
    """Refuse left names on the right of the body; where the feet do not tell, say so."""
    joints = skeleton.map.joints
    arms = _points(skeleton, pos, "Shoulder")
    if (arms[0] - arms[1]) @ axes[1] < 0.0:
        raise MotionError(
            f"{skeleton.path}: {joints['L_Shoulder']} and {joints['L_Hip']} lie on different sides "
            "of the body, expected both on the left; correct the joint map or the file"
        )
    feet = [foot_bones(skeleton, pos, rotation, side) for side in "LR"]
    level = [level_bone([axes @ bone for bone in bones], size_of(pos)) for bones in feet]
    ways = [way[0] / np.linalg.norm(way) for way in level if way is not None]
    ahead = float(np.mean(ways)) if ways else 0.0
    if ahead < -_SIDE_COSINE:
        raise MotionError(
            f"{skeleton.path}: left and right are swapped: as its toes point, "
            f"{joints['L_Hip']} lies on the right of the body; the names or the geometry are "
            "mirrored: correct the joint map or export the file anew"
        )
    return () if ahead > _SIDE_COSINE else ("feet do not show whether left and right are right",)


def _unit(vector: np.ndarray, size: float, skeleton: Skeleton, what: str) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    if length <= SHORTEST * size:
        raise MotionError(
            f"{skeleton.path}: the distance {what} is zero or next to it in the rest pose, "
            f"{length:.3g} of a skeleton of {size:.3g}; expected bones with a length; correct the "
            "OFFSETs or the joint map"
        )
    return vector / length


def _snapped(direction: np.ndarray) -> np.ndarray:
    main = int(np.abs(direction).argmax())
    if abs(direction[main]) < _SNAP_COSINE:
        return direction
    snapped = np.zeros(3)
    snapped[main] = np.sign(direction[main])
    return snapped

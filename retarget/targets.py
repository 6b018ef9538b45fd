"""Where a robot's keypoints should be: the human's rotations on the robot's own bones."""

from dataclasses import dataclass

import numpy as np
import torch

from motionlib.errors import RobotError
from motionlib.kinematics import Kinematics
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.rotations import matrix_from_quat
from retarget.contacts import ground_height, label_points, sole_ends, sole_points
from retarget.pairs import Keypoint, Pair
from retarget.settings import ContactSettings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Goal:
    """What a clip asks of a robot, frame by frame."""

    fps: float
    points: np.ndarray
    """(T, K, 3) m, one for each keypoint of the pair."""
    turns: np.ndarray
    """(T, K, 3, 3) orientation of the robot body of each keypoint."""
    contact: np.ndarray
    """(T, F, 2) bool: heel and toe of each foot of the source."""
    soles: np.ndarray
    """(T, F, 2, 3) m: heel and toe where the robot's feet would be."""
    ground: float
    """m: height of the source's floor that was taken away."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Match:
    """Robot and source in their matching poses."""

    bones: np.ndarray
    """(K, 3) m, world: from the keypoint it hangs from."""
    turns: np.ndarray
    """(K, 3, 3): of the robot's bodies."""
    source_leg: float
    target_leg: float
    """m, from root to the soles."""


def goal_of(motion: Motion, robot: Robot, pair: Pair, settings: ContactSettings) -> Goal:
    """Targets and contacts of a clip for a robot.

    Every limb takes the direction that the human's has and the length that the robot's has, so a
    target is never out of reach because of proportions; the root's height is such that the lower
    sole is as high, to scale, as the human's.

    Args:
        motion: On the source's skeleton.
        robot: Target.
        pair: Their correspondence.
        settings: Of contact labels, for motions that bring none.
    """
    source = motion.robot
    body_pos, body_rot = world_poses(source, motion.root_pos, motion.root_quat_wxyz, motion.dof_pos)
    match = _match(source, robot, pair)
    feet = sole_points(source, body_pos, body_rot)
    ground = ground_height(feet, motion.fps)
    if motion.foot_contact is None:
        contact = label_points(feet, motion.fps, settings, ground=ground)
    else:
        contact = np.repeat(motion.foot_contact.numpy()[:, :, None], 2, axis=-1)
    bodies = [source.body_names.index(point.source) for point in pair.keypoints]
    rot = body_rot[:, bodies]
    scale = match.target_leg / match.source_leg * pair.scales.get("height", 1.0)
    points = _hang(rot, match.bones, pair.keypoints)
    turns = np.einsum("tkij,kjl->tkil", rot, match.turns)
    soles = _soles(points, turns, robot, pair)
    lift = scale * (feet[..., 2].min((1, 2)) - ground) - soles[..., 2].min((1, 2))
    root = np.concatenate((scale * body_pos[:, 0, :2], lift[:, None]), axis=-1)
    return Goal(
        fps=motion.fps,
        points=np.ascontiguousarray(points + root[:, None]),
        turns=turns,
        contact=contact,
        soles=soles + root[:, None, None],
        ground=ground,
    )


def world_poses(
    robot: Robot, root_pos: torch.Tensor, root_quat_wxyz: torch.Tensor, dof_pos: torch.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """(T, B, 3) m and (T, B, 3, 3) of a clip's bodies, float64."""
    kinematics = Kinematics(robot, dtype=torch.float64)
    poses = kinematics.forward(root_pos.double(), root_quat_wxyz.double(), dof_pos.double())
    return poses.body_pos.numpy(), matrix_from_quat(poses.body_quat_wxyz).numpy()


def _standing(robot: Robot, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pos, rot = world_poses(
        robot,
        torch.zeros(1, 3),
        torch.tensor([[1.0, 0.0, 0.0, 0.0]]),
        torch.as_tensor(angles)[None],
    )
    return pos[0], rot[0]


def _match(source: Robot, robot: Robot, pair: Pair) -> _Match:
    angles = np.zeros(robot.num_dofs)
    for joint, angle in pair.matching_pose.items():
        if joint not in robot.dof_names:
            raise RobotError(f"{pair.source}_to_{pair.target}: matching_pose: no joint {joint!r}")
        angles[robot.dof_names.index(joint)] = angle
    pos, rot = _standing(robot, angles)
    source_pos, source_rot = _standing(source, np.zeros(source.num_dofs))
    names = [point.name for point in pair.keypoints]
    places, bones, turns = [], [], []
    for point in pair.keypoints:
        body = robot.body_names.index(point.body)
        place = pos[body] + rot[body] @ np.array(point.offset)
        hang = places[names.index(point.after)] if point.after else place
        factor = pair.scales.get(point.scale, 1.0) if point.scale else 1.0
        carrier = source_rot[source.body_names.index(_carrier(pair, point))]
        places.append(place)
        bones.append(carrier.T @ (place - hang) * factor)
        turns.append(source_rot[source.body_names.index(point.source)].T @ rot[body])
    return _Match(
        bones=np.array(bones),
        turns=np.array(turns),
        source_leg=-float(sole_points(source, source_pos[None], source_rot[None])[..., 2].min()),
        target_leg=-float(sole_points(robot, pos[None], rot[None])[..., 2].min()),
    )


def _carrier(pair: Pair, point: Keypoint) -> str:
    """Source body whose rotation carries the limb that ends in a keypoint."""
    by_name = {each.name: each for each in pair.keypoints}
    return by_name[point.after].source if point.after else point.source


def _hang(rot: np.ndarray, bones: np.ndarray, keypoints: tuple[Keypoint, ...]) -> np.ndarray:
    """(T, K, 3) m of keypoints about the root, bone after bone."""
    names = [point.name for point in keypoints]
    points = np.zeros((len(rot), len(names), 3))
    for k, point in enumerate(keypoints):
        if point.after:
            parent = names.index(point.after)
            points[:, k] = points[:, parent] + rot[:, parent] @ bones[k]
    return points


def _soles(points: np.ndarray, turns: np.ndarray, robot: Robot, pair: Pair) -> np.ndarray:
    """(T, F, 2, 3) m: heel and toe of the robot's feet as the keypoints of those bodies have them."""
    feet = []
    for foot, ends in zip(robot.foot_bodies, sole_ends(robot), strict=True):
        k = next(
            (i for i, p in enumerate(pair.keypoints) if p.body == foot and p.orientation), None
        )
        if k is None:
            raise RobotError(
                f"{pair.source}_to_{pair.target}: keypoints: none with an orientation on the foot "
                f"{foot!r}; contacts need one"
            )
        local = ends - np.array(pair.keypoints[k].offset)
        feet.append(points[:, k, None] + np.einsum("tij,ej->tei", turns[:, k], local))
    return np.stack(feet, axis=1)

"""Where a robot's keypoints should be: the human's rotations on the robot's own bones."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from motionlib.errors import MotionError, RobotError
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.soles import ground_height, sole_corners, sole_ends, sole_points
from retarget.feet.contacts import label_points
from retarget.feet.ground import dip_turns, height_offsets, way_offsets
from retarget.model import poses_of, tree_of
from retarget.pairs.pair import Keypoint, Pair
from retarget.settings import ContactSettings
from retarget.tree import standing


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
    moved: np.ndarray
    """(T, 3) m: from the source's path, to scale, so that feet stand where they stand."""


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
    """Targets and contacts of a clip for a robot; for many clips, keep a `Correspondence`."""
    return Correspondence(motion.robot, robot, pair).goal(motion, settings)


class Correspondence:
    """A source skeleton and a robot that stand alike, so that motions of one drive the other."""

    def __init__(self, source: Robot, robot: Robot, pair: Pair) -> None:
        self.source, self.robot, self.pair = source, robot, pair
        self._match = _match(source, robot, pair)
        self._tree = tree_of(source)
        self._ends = sole_ends(source)
        self._feet = _feet(robot, pair)
        self._bodies = [source.body_names.index(point.source) for point in pair.keypoints]

    def goal(self, motion: Motion, settings: ContactSettings) -> Goal:
        """Targets and contacts of a clip.

        Every limb takes the direction that the human's has and the length that the robot's has, so
        a target is never out of reach because of proportions. The root's path is the human's to
        scale, moved so that feet in contact neither slide nor float, and a foot that would dip
        into the ground is turned out of it, see `grounding`.

        Args:
            motion: On the source's skeleton.
            settings: Of contact labels, for motions that bring none, and of moving the targets.

        Raises:
            MotionError: The motion is not finite; names the frame.
        """
        pair, match = self.pair, self._match
        body_pos, body_rot = self._poses(motion)
        feet = sole_points(self.source, body_pos, body_rot, ends=self._ends)
        ground = ground_height(feet, motion.fps)
        if motion.foot_contact is None:
            contact = label_points(feet, motion.fps, settings, ground=ground)
        else:
            contact = np.repeat(motion.foot_contact.numpy()[:, :, None], 2, axis=-1)
        rot = body_rot[:, self._bodies]
        scale = match.target_leg / match.source_leg * pair.scales.get("height", 1.0)
        root = scale * (body_pos[:, 0] - [0.0, 0.0, ground])
        points = _hang(rot, match.bones, pair.keypoints) + root[:, None]
        turns = rot @ match.turns
        soles = _soles(points, turns, self._feet)
        if settings.recall_s > 0.0:
            pace = (motion.fps, settings.recall_s)
            soles = _ground(points, turns, soles, self._feet, contact, pace)
        return Goal(
            fps=motion.fps,
            points=points,
            turns=turns,
            contact=contact,
            soles=soles,
            ground=ground,
            moved=points[:, 0] - root,
        )

    def _poses(self, motion: Motion) -> tuple[np.ndarray, np.ndarray]:
        """(T, B, 3) m and (T, B, 3, 3) of the source's bodies."""
        arrays = [
            each.double().numpy()
            for each in (motion.root_pos, motion.root_quat_wxyz, motion.dof_pos)
        ]
        for name, values in zip(("root_pos", "root_quat_wxyz", "dof_pos"), arrays, strict=True):
            bad = ~np.isfinite(values).all(-1)
            if bad.any():
                raise MotionError(f"{motion.name}: {name}: not finite in frame {int(bad.argmax())}")
        return poses_of(self._tree, *arrays)


def _match(source: Robot, robot: Robot, pair: Pair) -> _Match:
    angles = np.zeros(robot.num_dofs)
    for joint, angle in pair.matching_pose.items():
        if joint not in robot.dof_names:
            raise RobotError(f"{pair.source}_to_{pair.target}: matching_pose: no joint {joint!r}")
        angles[robot.dof_names.index(joint)] = angle
    pos, rot = (each[0] for each in standing(robot, angles[None]))
    source_pos, source_rot = (each[0] for each in standing(source, np.zeros((1, source.num_dofs))))
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


class _Foot(NamedTuple):
    keypoint: int
    """The one that it turns about."""
    ends: np.ndarray
    """(2, 3) m: heel and toe from the keypoint, foot frame."""
    left: np.ndarray
    """(3,) across the sole, foot frame."""
    turned: np.ndarray
    """(N,) keypoints that turn with it."""
    carried: np.ndarray
    """(N,) keypoints that hang from it."""


def _feet(robot: Robot, pair: Pair) -> list[_Foot]:
    feet, names = [], [point.name for point in pair.keypoints]
    for foot, corners in zip(robot.foot_bodies, sole_corners(robot), strict=True):
        k = next(
            (i for i, p in enumerate(pair.keypoints) if p.body == foot and p.orientation), None
        )
        if k is None:
            raise RobotError(
                f"{pair.source}_to_{pair.target}: keypoints: none with an orientation on the foot "
                f"{foot!r}; contacts need one"
            )
        carried: list[int] = []
        for i, point in enumerate(pair.keypoints):
            if point.after and names.index(point.after) in (k, *carried):
                carried.append(i)
        same = [i for i, p in enumerate(pair.keypoints) if p.body == foot]
        ends = corners.mean(1) - np.array(pair.keypoints[k].offset)
        left = (corners[:, 0] - corners[:, 1]).sum(0)
        turned = np.array(sorted({*same, *carried}))
        feet.append(_Foot(k, ends, left, turned, np.array(carried, dtype=np.int64)))
    return feet


def _ground(
    points: np.ndarray,
    turns: np.ndarray,
    soles: np.ndarray,
    feet: list[_Foot],
    contact: np.ndarray,
    pace: tuple[float, float],
) -> np.ndarray:
    """Move a goal's points and soles and turn its feet, in place; its soles (T, F, 2, 3) m then.

    See `grounding`; pace is frames a second and s of recall.
    """
    lift = height_offsets(soles, contact, *pace)
    points[..., 2] += lift[:, None]
    soles[..., 2] += lift[:, None, None]
    for foot, each in enumerate(feet):
        left = turns[:, each.keypoint] @ each.left
        frames, up = dip_turns(points[:, each.keypoint], soles[:, foot], left)
        rows = frames[:, None]
        turns[rows, each.turned] = up[:, None] @ turns[rows, each.turned]
        ankle = points[rows, each.keypoint]
        arms = points[rows, each.carried] - ankle
        points[rows, each.carried] = ankle + np.einsum("nij,nkj->nki", up, arms)
    soles = _soles(points, turns, feet)
    shift = way_offsets(soles, contact, *pace)
    points[..., :2] += shift[:, None]
    soles[..., :2] += shift[:, None, None]
    return soles


def _soles(points: np.ndarray, turns: np.ndarray, feet: list[_Foot]) -> np.ndarray:
    """(T, F, 2, 3) m: heel and toe of the robot's feet as the keypoints of those bodies have them."""
    soles = [points[:, k, None] + ends @ turns[:, k].swapaxes(-1, -2) for k, ends, *_ in feet]
    return np.stack(soles, axis=1)

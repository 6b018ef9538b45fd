"""Eighteen points of a human that ProtoMotions retargets from, and a human back from them."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from motionlib.errors import MotionError, RobotError
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.rotations import matrix_from_quat, quat_unroll
from motionlib.soles import ground_height, sole_points
from retarget.feet.contacts import label_points
from retarget.settings import ContactSettings
from retarget.tree import world_poses

_BODIES = {
    "pelvis": "Pelvis",
    "left_hip": "L_Hip",
    "right_hip": "R_Hip",
    "left_knee": "L_Knee",
    "right_knee": "R_Knee",
    "left_ankle": "L_Ankle",
    "right_ankle": "R_Ankle",
    "left_foot": "L_Toe",
    "right_foot": "R_Toe",
    "left_shoulder": "L_Shoulder",
    "right_shoulder": "R_Shoulder",
    "left_elbow": "L_Elbow",
    "right_elbow": "R_Elbow",
    "left_wrist": "L_Wrist",
    "right_wrist": "R_Wrist",
}
_PLACES = {
    "elbow": ("elbow", (0.0, 0.0, 0.045)),
    "shoulder": ("shoulder", (0.02, 0.0, 0.0)),
    "ankle": ("ankle", (0.05, 0.0, 0.0)),
    "foot": ("ankle", (0.2, 0.0, 0.0)),
}
"""Joint to the body that carries its point, and the point there, m."""
_ADDED = {"left_hand_aux": "left_wrist", "right_hand_aux": "right_wrist", "pelvis_aux": "pelvis"}
_ADDED_PLACE = (0.2, 0.0, 0.0)
"""m, in front of the body that carries it."""
KEYPOINTS: tuple[str, ...] = (*_BODIES, *_ADDED)
"""Names of the keypoints, in the order of the arrays."""
_SPINE = ("Torso", "Spine", "Chest")
_TURN_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keypoints:
    """One clip as ProtoMotions' retargeting takes it."""

    fps: float
    positions: np.ndarray
    """(T, 18, 3) m, world, order of `KEYPOINTS`."""
    orientations: np.ndarray
    """(T, 18, 3, 3) of the bodies that carry them, world."""
    contacts: np.ndarray
    """(T, 2, 2) bool: left and right; ankle and toe."""

    def __post_init__(self) -> None:
        frames, count = len(self.positions), len(KEYPOINTS)
        shapes = {"positions": (count, 3), "orientations": (count, 3, 3), "contacts": (2, 2)}
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != (frames, *shape) or not frames:
                raise MotionError(f"{name} has shape {array.shape}, expected {(frames, *shape)}")
            bad = ~np.isfinite(array.astype(np.float64)).reshape(frames, -1).all(1)
            if bad.any():
                raise MotionError(f"{name} is not finite in frame {int(bad.argmax())}")
        wrong = self.orientations.transpose(0, 1, 3, 2) @ self.orientations - np.eye(3)
        skewed = np.abs(wrong).reshape(frames, -1).max(1) > _TURN_TOLERANCE
        mirrored = (np.linalg.det(self.orientations) < 0.0).any(1)
        if (skewed | mirrored).any():
            frame = int((skewed | mirrored).argmax())
            raise MotionError(f"orientations are no rotations in frame {frame}")
        if not 0.0 < self.fps < float("inf"):
            raise MotionError(f"fps is {self.fps}, expected a positive number")


def keypoints_of(motion: Motion, settings: ContactSettings | None = None) -> Keypoints:
    """The keypoints of a human motion.

    Args:
        motion: On a humanoid of the SMPL family.
        settings: Of contact labels, heel for ankle, for motions that bring none.

    Raises:
        RobotError: The robot lacks one of the bodies.
    """
    robot = motion.robot
    bodies = _body_indices(robot)
    pos, rot = world_poses(robot, motion.root_pos, motion.root_quat_wxyz, motion.dof_pos)
    at = {name: (pos[:, bodies[name]], rot[:, bodies[name]]) for name in _BODIES}
    points = {name: place for name, (place, _) in at.items()}
    for name in _BODIES:
        side, _, joint = name.partition("_")
        if joint in _PLACES:
            carrier, local = _PLACES[joint]
            place, turn = at[f"{side}_{carrier}"]
            points[name] = place + turn @ np.array(local)
    for name, carrier in _ADDED.items():
        points[name] = points[carrier] + at[carrier][1] @ np.array(_ADDED_PLACE)
    turns = [at[_ADDED.get(name, name)][1] for name in KEYPOINTS]
    return Keypoints(
        fps=motion.fps,
        positions=np.stack([points[name] for name in KEYPOINTS], axis=1).astype(np.float32),
        orientations=np.stack(turns, axis=1).astype(np.float32),
        contacts=_labels(motion, pos, rot, settings or ContactSettings()),
    )


def motion_of_keypoints(
    keypoints: Keypoints, robot: Robot, *, name: str, provenance: Provenance
) -> Motion:
    """A human with these keypoints' rotations; its spine bends evenly to where the shoulders are.

    Bones have the lengths of `robot`, whatever those of the recorded person; head and fingers,
    of which the keypoints say nothing, follow the chest and the wrists.

    Args:
        keypoints: Of a skeleton with SMPL's body axes (x forward, z up in the rest pose).
        robot: Humanoid of the SMPL family.
        name: Of the clip.
        provenance: Of the clip.

    Raises:
        RobotError: The robot lacks one of the bodies, or its dofs are hinges.
    """
    if robot.dof_coordinates != "exponential_map":
        raise RobotError(f"{robot.name}: its dofs are hinges; keypoints are those of an SMPL human")
    bodies = _body_indices(robot)
    given = {bodies[key]: keypoints.orientations[:, k] for k, key in enumerate(_BODIES)}
    bend = _spine_bend(keypoints, robot, given[bodies["pelvis"]])
    spine = [robot.body_names.index(each) for each in _SPINE]
    frames = len(keypoints.positions)
    world = np.empty((frames, robot.num_bodies, 3, 3))
    local = np.zeros((frames, robot.num_bodies, 3))
    for body, parent in enumerate(robot.parents.tolist()):
        frame = world[:, parent] @ _offset(robot, body) if body else np.eye(3)
        if body in given:
            world[:, body] = given[body]
            local[:, body] = Rotation.from_matrix(_transposed(frame) @ given[body]).as_rotvec()
        elif body in spine:
            world[:, body] = frame @ Rotation.from_rotvec(bend).as_matrix()
            local[:, body] = bend
        else:
            world[:, body] = frame
    quats = Rotation.from_matrix(world[:, 0]).as_quat(scalar_first=True)
    return Motion(
        name=name,
        robot=robot,
        fps=keypoints.fps,
        root_pos=torch.from_numpy(keypoints.positions[:, 0].astype(np.float32)),
        root_quat_wxyz=quat_unroll(torch.from_numpy(quats)).float(),
        dof_pos=torch.from_numpy(local[:, 1:].reshape(frames, -1)).float(),
        foot_contact=torch.from_numpy(keypoints.contacts.any(-1)),
        provenance=provenance,
    )


def _body_indices(robot: Robot) -> dict[str, int]:
    if missing := [body for body in _BODIES.values() if body not in robot.body_names]:
        raise RobotError(
            f"{robot.name}: lacks {', '.join(missing)}; ProtoMotions' keypoints are those of a "
            "humanoid of the SMPL family"
        )
    return {name: robot.body_names.index(body) for name, body in _BODIES.items()}


def _labels(
    motion: Motion, pos: np.ndarray, rot: np.ndarray, settings: ContactSettings
) -> np.ndarray:
    """(T, 2, 2) bool: heel and toe of the left and of the right foot."""
    if motion.foot_contact is not None:
        return np.repeat(motion.foot_contact.numpy()[:, :2, None], 2, axis=-1)
    feet = sole_points(motion.robot, pos, rot)[:, :2]
    ground = ground_height(feet, motion.fps)
    return label_points(feet, motion.fps, settings, ground=ground)


def _spine_bend(keypoints: Keypoints, robot: Robot, pelvis: np.ndarray) -> np.ndarray:
    """(T, 3) rad: rotation vector of each joint of the spine, the same for all three.

    With it, the chest carries both shoulders to where the keypoints have them, as nearly as may be
    in the sense of least squares (Gauss-Newton from the straight spine).
    """
    sides = ("left_shoulder", "right_shoulder")
    columns = [KEYPOINTS.index(side) for side in sides]
    turns = keypoints.orientations[:, columns].astype(np.float64)
    moved = turns @ np.array(_PLACES["shoulder"][1])
    seen = keypoints.positions[:, columns] - moved - keypoints.positions[:, :1]
    seen = np.einsum("tji,tkj->tki", pelvis, seen)  # into the pelvis
    shoulders = [_chain(robot, _BODIES[side]) for side in sides]
    bend = np.zeros((len(seen), 3))
    step = 1e-5
    for _ in range(6):
        places = _shoulders(bend, shoulders, robot)
        columns_of = [
            (_shoulders(bend + step * axis, shoulders, robot) - places) / step for axis in np.eye(3)
        ]
        jacobian = np.stack(columns_of, axis=-1)
        normal = jacobian.transpose(0, 2, 1) @ jacobian + 1e-6 * np.eye(3)
        error = (seen.reshape(len(seen), -1) - places)[..., None]
        move = np.linalg.solve(normal, jacobian.transpose(0, 2, 1) @ error)[..., 0]
        bend = bend + np.clip(move, -0.3, 0.3)
    return bend


def _chain(robot: Robot, body: str) -> list[int]:
    """Bodies from below the root down to a body."""
    chain, at = [], robot.body_names.index(body)
    while at > 0:
        chain.append(at)
        at = int(robot.parents[at])
    return chain[::-1]


def _shoulders(bend: np.ndarray, chains: list[list[int]], robot: Robot) -> np.ndarray:
    """(T, 3 N) m: ends of chains in the pelvis, bent in the joints of the spine."""
    turn = Rotation.from_rotvec(bend).as_matrix()
    spine = [robot.body_names.index(each) for each in _SPINE]
    ends = []
    for chain in chains:
        place, frame = np.zeros((len(bend), 3)), np.broadcast_to(np.eye(3), turn.shape)
        for body in chain:
            place = place + frame @ robot.body_offset_pos[body]
            frame = frame @ _offset(robot, body)
            frame = frame @ turn if body in spine else frame
        ends.append(place)
    return np.concatenate(ends, axis=-1)


def _offset(robot: Robot, body: int) -> np.ndarray:
    """(3, 3) rotation of a body to its parent in the rest pose."""
    return matrix_from_quat(torch.as_tensor(robot.body_offset_quat_wxyz[body])).numpy()


def _transposed(turns: np.ndarray) -> np.ndarray:
    return np.swapaxes(turns, -1, -2)

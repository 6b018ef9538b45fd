"""A skeleton motion of ProtoMotions' second version (`.npy`) as a clip of a humanoid of ours."""

from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from motionlib.errors import FormatError, RobotError, nearest_names
from motionlib.files import sha256_of_file
from motionlib.formats.header import relative_name
from motionlib.formats.protomotions.legacy import LegacyMotion, read_legacy_npy
from motionlib.grounding import shifted_to_floor
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.rotations import quat_unroll
from motionlib.showing import listed

_BONES = 0.005
"""m: nodes further from ours in their parent have bones of another length."""


def load_legacy_npy(path: Path, robot: Robot) -> Motion:
    """The clip of a second version's `.npy`.

    Rotations and the root's path are taken; where its bones have other lengths than ours the clip
    is put on its floor, and its provenance says so.

    Args:
        path: The file; nothing in it is run.
        robot: A humanoid whose bodies are called like the file's nodes.

    Raises:
        FormatError: No such motion, NaN, rotations that are none.
        RobotError: The robot has hinges, or bodies that the file lacks.
    """
    path = Path(path)
    file = read_legacy_npy(path)
    if problems := file.problems():
        raise FormatError(f"{path}: {problems[0]}; repair or cut these frames in the source")
    nodes = _nodes(file, robot, path)
    root, turns = _local_turns(file, robot, nodes)
    left = [name for name in file.node_names if name not in robot.body_names]
    notes = [f"nodes left out: {listed(left, 5)}"] if left else []
    bones = file.arrays["local_translation"][nodes[1:]] - robot.body_offset_pos[1:]
    longest = float(np.linalg.norm(bones, axis=-1).max())
    if longest > _BONES:
        notes.append(f"bones differ from {robot.name}'s by up to {longest:.3f} m, rotations kept")
    motion = Motion(
        name=path.stem,
        robot=robot,
        fps=file.fps,
        root_pos=torch.from_numpy(file.arrays["root_translation"].astype(np.float32)),
        root_quat_wxyz=quat_unroll(torch.from_numpy(root.as_quat(scalar_first=True))).float(),
        dof_pos=torch.from_numpy(turns.reshape(file.num_frames, -1).astype(np.float32)),
        provenance=Provenance(
            source=relative_name(path),
            source_sha256=sha256_of_file(path),
            steps=(f"skeleton motion of ProtoMotions' second version: {file.fps:g} fps", *notes),
        ),
    )
    return shifted_to_floor(motion) if longest > _BONES else motion


def _nodes(file: LegacyMotion, robot: Robot, path: Path) -> list[int]:
    """The node of each body of ours."""
    if robot.dof_coordinates != "exponential_map":
        raise RobotError(
            f"{path}: a skeleton motion of ProtoMotions' second version, whose joints are balls, and "
            f"{robot.name} has hinges; take a humanoid, such as smpl or smplx, and retarget it"
        )
    missing = [name for name in robot.body_names if name not in file.node_names]
    if missing:
        raise RobotError(
            f"{path}: its nodes lack {listed(missing, 4)} of {robot.name} "
            f"({nearest_names(missing[0], file.node_names)}); pass the humanoid that it was made for"
        )
    return [file.node_names.index(name) for name in robot.body_names]


def _local_turns(file: LegacyMotion, robot: Robot, nodes: list[int]) -> tuple[Rotation, np.ndarray]:
    """(T,) turns of the root, and (T, B - 1, 3) rotation vectors of our joints."""
    quats = file.arrays["rotation"].astype(np.float64)
    turns = [Rotation.from_quat(quats[:, node]) for node in range(len(file.node_names))]
    if not file.is_local:
        turns = [
            turn if parent < 0 else turns[parent].inv() * turn
            for turn, parent in zip(turns, file.parents, strict=True)
        ]
    vectors = np.empty((file.num_frames, robot.num_bodies - 1, 3))
    for body, node in enumerate(nodes[1:], start=1):
        rest = Rotation.from_quat(robot.body_offset_quat_wxyz[body], scalar_first=True)
        vectors[:, body - 1] = (rest.inv() * turns[node]).as_rotvec()
    return turns[nodes[0]], vectors

"""The committed BVH, `data/motions/bvh_sample`: a made person who walks and waves."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.files import write_text
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.synthesis.human import SMPL_JOINTS, HumanRecording, make_human
from motionlib.synthesis.human_body import human_body

_BODIES: Mapping[str, str] = {
    "pelvis": "Pelvis", "spine1": "Torso", "spine2": "Spine", "spine3": "Chest", "neck": "Neck",
    "head": "Head",
    **{
        f"{long}_{joint}": f"{short}_{body}"
        for long, short in (("left", "L"), ("right", "R"))
        for joint, body in (
            ("hip", "Hip"), ("knee", "Knee"), ("ankle", "Ankle"), ("foot", "Toe"),
            ("collar", "Thorax"), ("shoulder", "Shoulder"), ("elbow", "Elbow"), ("wrist", "Wrist"),
        )
    },
}  # fmt: skip
"""Joint of SMPL to the humanoid's body that it turns."""
_Y_UP = np.eye(3)[[1, 2, 0]]
"""Takes x ahead, y left, z up to x left, y up, z ahead: BVH's usual axes, and SMPL's."""
_CM = 100.0
_FPS, _FRAMES, _SEED = 30.0, 120, 2026


def write_bvh_sample(folder: Path, *, robot: Robot | None = None) -> Path:
    """Make the sample's file, `walk_wave.bvh`.

    Args:
        folder: Made if it is not there.
        robot: Humanoid of SMPL's tree whose bones and feet it has; `smpl` if None.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    robot = robot or load_robot("smpl")
    rng = np.random.default_rng(_SEED)
    human = make_human(human_body(robot), ("walk", "wave"), frames=_FRAMES, fps=_FPS, rng=rng)
    path = Path(folder) / "walk_wave.bvh"
    write_text(path, bvh_text(human, robot))
    return path


def bvh_text(human: HumanRecording, robot: Robot) -> str:
    """A made person as a BVH in centimetres, y up.

    Args:
        human: T frames.
        robot: Humanoid of SMPL's tree, for the lengths of the bones.
    """
    order: list[str] = []
    lines = ["HIERARCHY", *_joint("pelvis", robot, order, depth=0)]
    rotations = Rotation.from_rotvec(human.rotvec.reshape(-1, 3))
    matrices = rotations.as_matrix().reshape(len(human.rotvec), len(SMPL_JOINTS), 3, 3)
    matrices[:, 0] = _Y_UP @ matrices[:, 0]
    columns = [SMPL_JOINTS.index(name) for name in order]
    turns = Rotation.from_matrix(matrices[:, columns].reshape(-1, 3, 3))
    angles = turns.as_euler("ZXY", degrees=True)
    numbers = np.concatenate(
        (human.root_pos @ _Y_UP.T * _CM, angles.reshape(len(matrices), -1)), axis=1
    )
    lines += ["MOTION", f"Frames: {len(numbers)}", f"Frame Time: {1.0 / human.fps:.7f}"]
    lines += [" ".join(f"{number + 0.0:.3f}" for number in frame) for frame in numbers]
    return "\n".join(lines) + "\n"


def _joint(name: str, robot: Robot, order: list[str], *, depth: int) -> Iterator[str]:
    """Lines of a joint and of all below it; its name is added to the order of channels."""
    order.append(name)
    body = robot.body_names.index(_BODIES[name])
    indent = "  " * depth
    kind, offset, channels = "JOINT", robot.body_offset_pos[body] @ _Y_UP.T * _CM, "3"
    if depth == 0:
        kind, offset, channels = "ROOT", np.zeros(3), "6 Xposition Yposition Zposition"
    yield from (f"{indent}{kind} {name}", f"{indent}{{", f"{indent}  OFFSET {_numbers(offset)}")
    yield f"{indent}  CHANNELS {channels} Zrotation Xrotation Yrotation"
    below = [
        each for each in _BODIES if robot.parents[robot.body_names.index(_BODIES[each])] == body
    ]
    for each in below:
        yield from _joint(each, robot, order, depth=depth + 1)
    if not below:
        yield from (f"{indent}  End Site", f"{indent}  {{", f"{indent}    OFFSET 0 0 5")
        yield f"{indent}  }}"
    yield f"{indent}}}"


def _numbers(offset: np.ndarray) -> str:
    return " ".join(f"{number + 0.0:.3f}" for number in offset)

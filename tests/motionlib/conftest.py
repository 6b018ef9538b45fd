"""BVH files made here: a skeleton, its rotations, any axes, units, orders and rest poses."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot

HUMANIK = {
    "Pelvis": "Hips", "Torso": "Spine", "Spine": "Spine1", "Chest": "Spine2",
    "Neck": "Neck", "Head": "Head",
    **{
        f"{side[0]}_{body}": f"{side}{joint}"
        for side in ("Left", "Right")
        for body, joint in {
            "Hip": "UpLeg", "Knee": "Leg", "Ankle": "Foot", "Toe": "ToeBase", "Thorax": "Shoulder",
            "Shoulder": "Arm", "Elbow": "ForeArm", "Wrist": "Hand", "Hand": "HandMiddle1",
        }.items()
    },
}  # fmt: skip
"""Body to joint, as the map of that name says."""

Y_UP = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
"""Rows: the file's axes in those of the robot."""


def bvh_text(
    joints: Sequence[tuple[str, int, Sequence[float], Sequence[str]]],
    rows: np.ndarray,
    *,
    frame_time: str = "0.0333333",
    tips: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """The text of a file; joints are (name, parent, offset, channels), parents first."""
    children = {
        i: [k for k, joint in enumerate(joints) if joint[1] == i] for i in range(len(joints))
    }

    def block(index: int) -> list[str]:
        name, parent, offset, channels = joints[index]
        lines = [f"{'JOINT' if parent >= 0 else 'ROOT'} {name}", "{"]
        lines += [f"OFFSET {' '.join(f'{v:.9g}' for v in offset)}"]
        lines += [f"CHANNELS {len(channels)} {' '.join(channels)}"]
        for child in children[index]:
            lines += block(child)
        if not children[index]:
            tip = (tips or {}).get(name, (0.0, 0.0, 0.0))
            lines += ["End Site", "{", f"OFFSET {' '.join(map(str, tip))}", "}"]
        return [*lines, "}"]

    roots = [i for i, joint in enumerate(joints) if joint[1] < 0]
    numbers = [" ".join(f"{value:.9f}" for value in row) for row in rows]
    head = ["HIERARCHY", *(line for root in roots for line in block(root)), "MOTION"]
    return "\n".join([*head, f"Frames: {len(rows)}", f"Frame Time: {frame_time}", *numbers, ""])


def write_robot_bvh(
    path: Path,
    robot: Robot,
    root_pos: np.ndarray,
    world_rotation: np.ndarray,
    *,
    names: Mapping[str, str] = HUMANIK,
    axes: np.ndarray = Y_UP,
    units: float = 100.0,
    order: str = "ZXY",
    rest: Mapping[str, np.ndarray] | None = None,
    frame_time: str = "0.0333333",
) -> Path:
    """Write a robot's own motion as a BVH whose skeleton is the robot's.

    Args:
        path: Of the file.
        robot: Whose bodies become joints.
        root_pos: (T, 3) m.
        world_rotation: (T, B, 3, 3) of every body.
        names: Body to joint; bodies left out become no joint (they must be leaves).
        axes: (3, 3) the file's axes, as rows, in the robot's.
        units: File units in a metre.
        order: Of the rotation channels.
        rest: Body to the (3, 3) rotation by which its joint's zero pose differs from the T-pose.
        frame_time: As printed.
    """
    bodies = [body for body in robot.body_names if body in names]
    index = [robot.body_names.index(body) for body in bodies]
    turn = [(rest or {}).get(body, np.eye(3)) for body in bodies]
    parents = [index.index(robot.parents[i]) if robot.parents[i] >= 0 else -1 for i in index]
    rotation = [axes @ world_rotation[:, i] @ q @ axes.T for i, q in zip(index, turn, strict=True)]
    joints, columns = [], [units * root_pos @ axes.T]
    for k, (body, parent) in enumerate(zip(bodies, parents, strict=True)):
        local = rotation[k] if parent < 0 else np.swapaxes(rotation[parent], 1, 2) @ rotation[k]
        columns.append(Rotation.from_matrix(local).as_euler(order, degrees=True))
        offset = np.zeros(3) if parent < 0 else turn[parent].T @ robot.body_offset_pos[index[k]]
        channels = [f"{a}position" for a in "XYZ"] if parent < 0 else []
        channels += [f"{a}rotation" for a in order]
        joints.append((names[body], parent, units * axes @ offset, channels))
    # a file lists its numbers in the order of its text, which is depth first as the robot's bodies
    path.write_text(bvh_text(joints, np.concatenate(columns, axis=1), frame_time=frame_time))
    return path


def robot_motion(robot: Robot, *, frames: int = 24, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Root positions (T, 3) and world rotations (T, B, 3, 3) of a body that sways and walks on."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames)[:, None] / 30.0
    count = len(robot.body_names)
    sway = 0.4 * np.sin(rng.uniform(1, 5, 3 * count) * t + rng.uniform(0, 6, 3 * count))
    sway = sway.reshape(frames, count, 3)
    for side in "LR":  # knees bend backwards
        knee = robot.body_names.index(f"{side}_Knee")
        sway[:, knee] = [0.0, 0.7, 0.0] + 0.1 * sway[:, knee]
    local = Rotation.from_rotvec(sway.reshape(-1, 3)).as_matrix().reshape(frames, count, 3, 3)
    world = local.copy()
    for body in range(1, count):
        world[:, body] = world[:, robot.parents[body]] @ local[:, body]
    return np.concatenate((0.5 * t, 0.1 * np.sin(t), 0.95 + 0.02 * np.cos(t)), axis=1), world


@pytest.fixture
def write_bvh() -> Callable[..., Path]:
    """`write_bvh(path, robot, root_pos, world_rotation, ...)`, see `write_robot_bvh`."""
    return write_robot_bvh


@pytest.fixture
def make_bvh_text() -> Callable[..., str]:
    """`make_bvh_text(joints, rows, frame_time=..., tips=...)`, see `bvh_text`."""
    return bvh_text


@pytest.fixture
def make_robot_motion() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """`make_robot_motion(robot, frames=24, seed=0)`."""
    return robot_motion

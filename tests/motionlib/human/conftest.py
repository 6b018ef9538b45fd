"""Recordings for humanoids, made here."""

from collections.abc import Callable

import numpy as np
import pytest

from motionlib.human.clip import HumanClip
from motionlib.human.readers.smpl_joints import ROOT_POST_QUAT_WXYZ, SMPLH_JOINTS, columns_of
from motionlib.robot import Robot


def swaying_clip(
    robot: Robot, *, frames: int = 241, fps: float = 120.0, size: float = 0.5, seed: int = 0
) -> HumanClip:
    """Every joint sways about its own axis at its own pace; 156 columns in float64."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames)[:, None] / fps
    rotvec = size * np.sin(rng.uniform(1.0, 6.0, 156) * t + rng.uniform(0.0, 6.0, 156))
    rotvec[:, :3] += [1.2, 1.2, 1.2]  # stands up in a world with z up
    return HumanClip(
        fps=fps,
        root_pos=np.concatenate((0.8 * t, np.sin(t), 0.9 + 0.05 * np.sin(5.0 * t)), axis=1),
        rotvec=rotvec,
        columns=columns_of(robot.body_names, SMPLH_JOINTS),
        root_post_quat_wxyz=np.array(ROOT_POST_QUAT_WXYZ),
        format="amass_smplh",
    )


@pytest.fixture
def make_clip() -> Callable[..., HumanClip]:
    """`make_clip(robot, frames=241, fps=120.0, size=0.5, seed=0)`."""
    return swaying_clip

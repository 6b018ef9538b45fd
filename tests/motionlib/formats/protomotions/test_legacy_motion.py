"""Skeleton motions of ProtoMotions' second version as clips of humanoids."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError, RobotError
from motionlib.formats.protomotions.legacy_motion import load_legacy_npy
from motionlib.kinematics import Kinematics
from motionlib.motion import Motion
from motionlib.rotations import quat_angle, quat_conjugate, quat_mul, xyzw_from_wxyz


def skeleton_motion(motion: Motion, *, local: bool, bones: float = 1.0) -> OrderedDict:
    """A clip as poselib writes it, with whatever rotations."""
    robot = motion.robot
    poses = Kinematics(robot, dtype=torch.float64).forward(
        motion.root_pos.double(), motion.root_quat_wxyz.double(), motion.dof_pos.double()
    )
    turns = poses.body_quat_wxyz
    if local:
        parents = torch.as_tensor(robot.parents[1:])
        turns = torch.cat(
            (turns[:, :1], quat_mul(quat_conjugate(turns[:, parents]), turns[:, 1:])), 1
        )
    shape = (motion.num_frames, robot.num_bodies, 3)

    def tensor(array: np.ndarray) -> dict:
        return {"arr": array, "context": {"dtype": str(array.dtype)}}

    return OrderedDict(
        rotation=tensor(xyzw_from_wxyz(turns).numpy().astype(np.float32)),
        root_translation=tensor(motion.root_pos.numpy()),
        global_velocity=tensor(np.zeros(shape, np.float32)),
        global_angular_velocity=tensor(np.zeros(shape, np.float32)),
        skeleton_tree=OrderedDict(
            node_names=list(robot.body_names),
            parent_indices=tensor(robot.parents),
            local_translation=tensor((bones * robot.body_offset_pos).astype(np.float32)),
        ),
        is_local=local,
        fps=int(motion.fps),
        __name__="SkeletonMotion",
    )


def save(path: Path, content: object) -> Path:
    np.save(path, np.array(content, dtype=object), allow_pickle=True)
    return path


@pytest.mark.parametrize("local", [True, False])
def test_rotations_come_back(tmp_path, smpl, make_motion, local):
    before = make_motion(smpl)
    found = load_legacy_npy(save(tmp_path / "x.npy", skeleton_motion(before, local=local)), smpl)
    assert (found.name, found.fps) == ("x", before.fps)
    assert torch.allclose(found.dof_pos, before.dof_pos, atol=1e-5)
    assert torch.allclose(found.root_pos, before.root_pos)
    assert quat_angle(found.root_quat_wxyz, before.root_quat_wxyz).max() < 1e-3


def test_other_bones_are_told_and_put_on_the_floor(tmp_path, smpl, make_motion):
    content = skeleton_motion(make_motion(smpl), local=True, bones=1.2)
    steps = "; ".join(load_legacy_npy(save(tmp_path / "x.npy", content), smpl).provenance.steps)
    assert "bones differ from smpl's by up to 0.0" in steps
    assert "the floor that it stands on" in steps


def test_what_does_not_fit_is_refused(tmp_path, smpl, smplx, g1, make_motion):
    content = skeleton_motion(make_motion(smpl), local=True)
    path = save(tmp_path / "x.npy", content)
    with pytest.raises(RobotError, match="g1 has hinges; take a humanoid"):
        load_legacy_npy(path, g1)
    with pytest.raises(RobotError, match=r"its nodes lack L_Index1, .* of smplx"):
        load_legacy_npy(path, smplx)
    content["rotation"]["arr"][1, 3] = 0.0
    with pytest.raises(FormatError, match="rotation is not of unit length, first in frame 1"):
        load_legacy_npy(save(tmp_path / "x.npy", content), smpl)

"""Robots' pickles of other projects, as those projects write them."""

import os
import pickle
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.formats.robot_pickle import load_robot_pickle
from motionlib.rotations import quat_angle, rotvec_from_quat, xyzw_from_wxyz
from tests.joblib_writing import joblib_bytes


@pytest.fixture
def walk(g1, make_motion):
    motion = make_motion(g1)
    t = torch.arange(motion.num_frames)[:, None] / motion.fps
    swing = 0.2 * torch.sin(6.0 * t + torch.arange(g1.num_dofs))
    return replace(motion, dof_pos=torch.as_tensor(g1.default_dof_pos).float() + swing)


def gmr(motion):
    return {
        "fps": motion.fps,
        "root_pos": motion.root_pos.double().numpy(),
        "root_rot": xyzw_from_wxyz(motion.root_quat_wxyz).numpy(),
        "dof_pos": motion.dof_pos.numpy(),
        "local_body_pos": None,
        "link_body_list": None,
    }


def asap(motion, dofs):
    """A clip of the joints `dofs`, as ASAP's and PHC's fits store it."""
    kept, axes = motion.dof_pos.numpy()[:, dofs], motion.robot.dof_axes[dofs]
    root = rotvec_from_quat(motion.root_quat_wxyz).numpy()[:, None]
    spare = np.zeros((len(kept), 3, 3))
    return {
        "root_trans_offset": motion.root_pos.numpy(),
        "pose_aa": np.concatenate((root, kept[..., None] * axes, spare), 1),
        "dof": kept,
        "root_rot": xyzw_from_wxyz(motion.root_quat_wxyz).numpy(),
        "fps": int(motion.fps),
    }


def mimickit(motion):
    rotations = rotvec_from_quat(motion.root_quat_wxyz)
    frames = torch.cat((motion.root_pos, rotations, motion.dof_pos), 1).tolist()
    return {"fps": int(motion.fps), "loop_mode": 0, "frames": frames}


def read(tmp_path, robot, content, **options):
    (tmp_path / "x.pkl").write_bytes(content)
    return load_robot_pickle(tmp_path / "x.pkl", robot, floor="keep", **options)


def same(found, expected):
    assert torch.allclose(found.root_pos, expected.root_pos, atol=1e-6)
    assert torch.allclose(found.dof_pos, expected.dof_pos, atol=1e-6)
    assert quat_angle(found.root_quat_wxyz, expected.root_quat_wxyz).max() < 1e-3
    assert found.fps == expected.fps


def test_gmr_and_mimickit(tmp_path, g1, walk):
    for content in (
        gmr(walk),
        mimickit(walk),
        {**mimickit(walk), "frames": np.array(mimickit(walk)["frames"])},
    ):
        (found,) = read(tmp_path, g1, pickle.dumps(content))
        same(found, walk)
        assert found.name == "x"


@pytest.mark.parametrize("pack", [bytes, zlib.compress])
def test_clips_that_joblib_wrote(tmp_path, g1, walk, pack):
    every = np.arange(g1.num_dofs)
    content = {
        "0-walk": asap(walk, every),
        "../b": {**asap(walk, every), "dof": walk.dof_pos.numpy()[..., None]},
    }
    first, second = read(tmp_path, g1, pack(joblib_bytes(content)))
    same(first, walk)
    same(second, walk)
    assert (first.name, second.name) == ("0-walk", "__b")


def test_joints_that_a_model_welds_are_held_at_zero_if_axes_prove_the_rest(tmp_path, g1, walk):
    kept = [at for at, name in enumerate(g1.dof_names) if "wrist" not in name]
    assert len(kept) == 23
    (found,) = read(tmp_path, g1, joblib_bytes({"kick": asap(walk, kept)}))
    assert torch.allclose(found.dof_pos[:, kept], walk.dof_pos[:, kept], atol=1e-6)
    assert not found.dof_pos[:, [at for at in range(29) if at not in kept]].any()
    assert "held at 0: left_wrist_roll_joint" in found.provenance.steps[1]
    with pytest.raises(RobotError, match="about other axes than g1 has"):
        read(tmp_path, g1, pickle.dumps(asap(walk, kept[::-1])))
    bare = asap(walk, kept)
    del bare["pose_aa"]
    with pytest.raises(RobotError, match="23 joints and no names for them, g1 has 29"):
        read(tmp_path, g1, pickle.dumps(bare))


def test_another_order_of_the_root_is_told_and_can_be_asked_for(tmp_path, g1, walk):
    content = pickle.dumps({**gmr(walk), "root_rot": walk.root_quat_wxyz.numpy()})
    (told,) = read(tmp_path, g1, content)
    same(told, walk)
    assert "root wxyz" in told.provenance.steps[0]
    (wrong,) = read(tmp_path, g1, content, quat_order="xyzw")
    assert any("root_tilt_median" in step for step in wrong.provenance.steps)
    (found,) = read(tmp_path, g1, content, quat_order="wxyz")
    same(found, walk)


def test_torch_tensors_are_arrays(tmp_path, g1, walk):
    content = {
        name: torch.as_tensor(value) for name, value in gmr(walk).items() if value is not None
    }
    (found,) = read(tmp_path, g1, pickle.dumps(content))
    same(found, walk)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": {"pose_quat_global": np.zeros(3)}}, "a human's motion as PHC packs it"),
        ({"0_0_0": {"coefficients": {}}}, "`motion convert` reads them"),
        ({"a": {"b": 1}, "c": {}}, r"a pickle of a, c, the first of b, which is no layout.*GMR"),
        ([1, 2], "a pickle of a list"),
    ],
)
def test_other_pickles_are_refused_by_name(tmp_path, g1, content, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, g1, pickle.dumps(content))


class Runs:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_damaged_and_hostile_ones_are_refused(tmp_path, g1, walk):
    for changes, error, message in (
        ({"dof_pos": Runs()}, FormatError, "which is not admitted"),
        ({"dof_pos": "many"}, FormatError, "dof_pos is 'many', expected an array"),
        ({"root_pos": np.zeros((3, 3))}, FormatError, r"root_quat_wxyz .* has shape"),
        ({"fps": "30 Hz"}, FormatError, "fps is '30 Hz', expected one number"),
        ({"root_pos": gmr(walk)["root_pos"] * 100.0}, MotionError, "root in centimetres"),
    ):
        with pytest.raises(error, match=message):
            read(tmp_path, g1, pickle.dumps({**gmr(walk), **changes}))
    frames = {**mimickit(walk), "frames": [[0.0] * 10] * 3}
    with pytest.raises(RobotError, match=r"shape \(3, 10\), expected \(T, 35\) for g1"):
        read(tmp_path, g1, pickle.dumps(frames))

"""A robot's clip by the names of its arrays, in whatever spelling and order of quaternions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.robot_clip import clip_arrays, clip_format, clip_size, is_robot_clip
from motionlib.rotations import quat_angle, quat_from_euler_xyz, xyzw_from_wxyz


@pytest.fixture
def walk(g1, make_motion):
    """A robot that walks along x and rolls a little: its quaternion's order can be told."""
    motion = make_motion(g1, frames=30)
    t = torch.linspace(0.0, 1.0, 30)
    quats = quat_from_euler_xyz(0.3 * torch.sin(6.0 * t), 0.2 * torch.cos(4.0 * t), 0.1 * t)
    root = torch.stack((t, 0.0 * t, 0.0 * t + 0.75), -1)
    return replace(motion, root_pos=root, root_quat_wxyz=quats)


def read(clip, robot, **options):
    options = {"kind": "npz", "order": None, **options}
    return clip_arrays(clip, "x", robot, Path("x.npz"), **options)


def named(motion, position, rotation, joints, *, order="wxyz"):
    quats = motion.root_quat_wxyz
    quats = quats if order == "wxyz" else xyzw_from_wxyz(quats)
    arrays = (motion.root_pos, quats, motion.dof_pos)
    return dict(zip((position, rotation, joints), (each.numpy() for each in arrays), strict=True))


def same_turns(found, motion):
    angle = quat_angle(torch.from_numpy(found.root_quat_wxyz).float(), motion.root_quat_wxyz)
    return bool(angle.max() < 1e-3)


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("root_pos", "root_rot", "dof_pos"), "xyzw"),
        (("root_trans", "root_quat", "dof"), "wxyz"),
        (("base_pos", "base_quat_wxyz", "joint_pos"), "wxyz"),
        (("trans", "root_rot_xyzw", "joint_angles"), "xyzw"),
    ],
)
def test_names_and_numbers_tell_the_order(walk, g1, names, order):
    found = read(named(walk, *names, order=order), g1)
    assert same_turns(found, walk)
    assert f"root {order}" in found.format
    np.testing.assert_allclose(found.joints, walk.dof_pos.numpy())


def test_what_is_asked_goes_before_what_is_usual(walk, g1):
    clip = named(walk, "root_pos", "root_rot", "dof_pos", order="xyzw")
    assert same_turns(read(clip, g1, usual="xyzw"), walk)
    assert not same_turns(read(clip, g1, order="wxyz", usual="xyzw"), walk)


def test_a_robot_upside_down_throughout_is_read_the_other_way(walk, g1):
    clip = named(walk, "root_pos", "root_rot", "dof_pos", order="wxyz")
    found = read(clip, g1, usual="xyzw")
    assert same_turns(found, walk)
    assert "root wxyz" in found.format


def test_an_order_that_cannot_be_told_is_asked_for(g1):
    sideways = np.tile([0.0, 1.0, 1.0, 0.0], (9, 1)) / np.sqrt(2.0)
    clip = {
        "root_pos": np.zeros((9, 3)), "dof_pos": np.zeros((9, 29)),
        "root_rot": sideways,
    }  # fmt: skip
    with pytest.raises(FormatError, match="pass --quat-order wxyz or xyzw"):
        read(clip, g1)


def test_rates_and_names_of_joints(walk, g1):
    clip = named(walk, "root_pos", "root_quat_wxyz", "dof_pos")
    assert read(clip, g1).fps is None
    assert read({**clip, "dt": 0.02}, g1).fps == pytest.approx(50.0)
    found = read({**clip, "fps": np.array([25]), "joint_names": np.array(g1.dof_names)}, g1)
    assert (found.fps, found.joint_names) == (25.0, g1.dof_names)


def test_sizes_and_whose_it_is(walk):
    clip = named(walk, "root_pos", "root_rot", "dof_pos")
    assert is_robot_clip(clip)
    assert not is_robot_clip({"root_pos": 1, "poses": 2})
    assert clip_size({**clip, "fps": 30}) == (30, 29, 30.0)
    assert clip_format(clip) == "GMR"
    frames = {"frames": np.zeros((4, 35)), "fps": 60}
    assert clip_size(frames) == (4, 29, 60.0)
    assert clip_format(frames) == "MimicKit"

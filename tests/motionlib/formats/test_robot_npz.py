"""Robots' trajectories in other projects' `.npz`, as those projects lay them out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.robot_npz import is_robot_npz, load_robot_npz
from motionlib.motion import states_from_motion
from motionlib.rotations import quat_angle


@pytest.fixture
def walk(g1, make_motion):
    """A G1 that glides, its joints swinging about the default pose."""
    motion = make_motion(g1)
    t = torch.arange(motion.num_frames)[:, None] / motion.fps
    dof_pos = torch.as_tensor(g1.default_dof_pos).float() + 0.2 * torch.sin(
        6.0 * t + torch.arange(g1.num_dofs)
    )
    return replace(motion, dof_pos=dof_pos)


def qpos_of(motion):
    return torch.cat((motion.root_pos, motion.root_quat_wxyz, motion.dof_pos), 1).double().numpy()


def read(path, robot, **options):
    (motion,) = load_robot_npz(path, robot, floor="keep", **options)
    return motion


def same(found, expected):
    assert torch.allclose(found.root_pos, expected.root_pos, atol=1e-6)
    assert torch.allclose(found.dof_pos, expected.dof_pos, atol=1e-6)
    assert quat_angle(found.root_quat_wxyz, expected.root_quat_wxyz).max() < 1e-3


def amp_arrays(motion):
    robot, states = motion.robot, states_from_motion(motion)
    order = np.random.default_rng(0).permutation(robot.num_dofs)
    return {
        "fps": np.int64(motion.fps),
        "dof_names": np.array(robot.dof_names)[order],
        "body_names": np.array(robot.body_names),
        "dof_positions": states.dof_pos.numpy()[:, order],
        "dof_velocities": states.dof_vel.numpy()[:, order],
        "body_positions": states.body_pos.numpy(),
        "body_rotations": states.body_quat_wxyz.numpy(),
    }


def holosoma_arrays(motion):
    robot, states = motion.robot, states_from_motion(motion)
    world = np.zeros((motion.num_frames, 1, 3), np.float32)
    identity = np.tile(np.array([1.0, 0, 0, 0], np.float32), (motion.num_frames, 1, 1))
    return {
        "fps": np.array([int(motion.fps)]),
        "joint_pos": qpos_of(motion).astype(np.float32),
        "joint_vel": np.pad(states.dof_vel.numpy(), ((0, 0), (6, 0))),
        "body_pos_w": np.concatenate((world, states.body_pos.numpy()), 1),
        "body_quat_w": np.concatenate((identity, states.body_quat_wxyz.numpy()), 1),
        "body_lin_vel_w": np.concatenate((world, states.body_lin_vel.numpy()), 1),
        "body_ang_vel_w": np.concatenate((world, states.body_ang_vel.numpy()), 1),
        "joint_names": np.array(robot.dof_names),
        "body_names": np.array(["world", *robot.body_names]),
    }


@pytest.mark.parametrize("arrays", [amp_arrays, holosoma_arrays])
def test_states_by_name_are_read_and_proved_by_their_bodies(tmp_path, g1, walk, arrays):
    held = arrays(walk)
    np.savez(tmp_path / "x.npz", **held)
    found = read(tmp_path / "x.npz", g1)
    same(found, walk)
    assert found.fps == walk.fps
    key = "body_positions" if "body_positions" in held else "body_pos_w"
    np.savez(
        tmp_path / "x.npz",
        **{**held, key: held[key] + np.linspace(0, 1, held[key].shape[1])[:, None]},
    )
    with pytest.raises(RobotError, match="another robot, or its joints"):
        read(tmp_path / "x.npz", g1)


def test_newer_isaac_labs_quaternions_are_told_by_the_bodies(tmp_path, g1, walk):
    held = amp_arrays(walk)
    xyzw = np.roll(held["body_rotations"], -1, axis=-1)
    np.savez(tmp_path / "x.npz", **{**held, "body_rotations": xyzw})
    found = read(tmp_path / "x.npz", g1)
    same(found, walk)
    assert found.provenance.steps[1] == "root quaternions are xyzw, as its bodies prove"


def test_breadth_first_files_of_whole_body_tracking_need_no_option(tmp_path, g1, walk):
    save_npz(tmp_path / "ours.npz", [walk], order="isaaclab")
    with np.load(tmp_path / "ours.npz") as file:
        six = {key: file[key] for key in file.files if key == "fps" or file[key].ndim >= 2}
    six.pop("foot_contact"), six.pop("clip_commands")
    np.savez(tmp_path / "wbt.npz", **six)
    same(read(tmp_path / "wbt.npz", g1), walk)


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("frequency", {}),
        ("fps", {"joint_names": "root"}),
        ("fps", {"joint_names": "pelvis_free"}),
        ("dt", {}),
    ],
)
def test_qpos_is_read_with_and_without_names(tmp_path, g1, walk, name, extra):
    arrays = {"qpos": qpos_of(walk), name: 0.02 if name == "dt" else 50.0}
    if extra:
        order = np.arange(g1.num_dofs)[::-1]
        arrays["qpos"][:, 7:] = arrays["qpos"][:, 7 + order]
        arrays["joint_names"] = np.array([extra["joint_names"], *np.array(g1.dof_names)[order]])
    np.savez(tmp_path / "q.npz", **arrays)
    found = read(tmp_path / "q.npz", g1)
    same(found, walk)
    assert found.fps == pytest.approx(50.0)


def test_objects_quaternions_in_front_and_parts_are_understood(tmp_path, g1, walk):
    qpos = qpos_of(walk)
    thing = np.tile(np.array([1.0, 2.0, 3.0, 1.0, 0, 0, 0]), (len(qpos), 1))
    drake = np.concatenate((qpos[:, 3:7], qpos[:, :3], qpos[:, 7:], thing), 1)
    np.savez(tmp_path / "o.npz", qpos=drake, fps=30)
    found = read(tmp_path / "o.npz", g1)
    same(found, walk)
    assert found.provenance.steps[1:3] == (
        "last 7 columns of qpos, the pose of an object, left out",
        "qpos begins with the quaternion, as Drake's does",
    )
    np.savez(
        tmp_path / "s.npz", qpos=qpos, frequency=50.0, split_points=np.array([0, 15, len(qpos)])
    )
    first, second = load_robot_npz(tmp_path / "s.npz", g1)
    assert (first.name, second.name, first.num_frames) == ("s_0", "s_1", 15)


def test_what_is_not_understood_is_refused_by_name(tmp_path, g1, microduck, walk):
    path = tmp_path / "x.npz"
    np.savez(path, trajectory=np.zeros((3, 3)))
    assert not is_robot_npz(path)
    with pytest.raises(FormatError, match=r"holds trajectory, which is no layout.*qpos"):
        read(path, g1)
    np.savez(path, qpos=qpos_of(walk))
    assert is_robot_npz(path)
    with pytest.raises(FormatError, match="states no rate; pass --fps"):
        read(path, g1)
    assert read(path, g1, fps=50.0).fps == 50.0
    with pytest.raises(FormatError, match=r"qpos has shape \(40, 36\).*21\) floats"):
        read(path, microduck, fps=50.0)
    names = [f"j{at}" for at in range(29)]
    np.savez(path, qpos=qpos_of(walk), fps=50, joint_names=np.array(names))
    with pytest.raises(RobotError, match="lack left_hip_pitch_joint"):
        read(path, g1)
    np.savez(path, qpos=qpos_of(walk) * 1.5, fps=50)
    with pytest.raises(FormatError, match="root rotations of frame"):
        read(path, g1)


def test_a_rate_that_contradicts_the_velocities_is_refused(tmp_path, g1, walk):
    np.savez(tmp_path / "x.npz", **{**amp_arrays(walk), "fps": 2 * int(walk.fps)})
    with pytest.raises(MotionError, match=r"rate_ratio is 2.*wrong fps"):
        read(tmp_path / "x.npz", g1)
    save_npz(tmp_path / "ours.npz", [walk, replace(walk, name="again")])
    assert len(load_robot_npz(tmp_path / "ours.npz", g1)) == 2
    with np.load(tmp_path / "ours.npz") as file:
        np.savez(tmp_path / "x.npz", **{**file, "fps": np.array([2 * walk.fps])})
    with pytest.raises(MotionError, match=r"rate_ratio is 2.*wrong fps"):
        load_robot_npz(tmp_path / "x.npz", g1)


def test_root_and_joints_by_name(tmp_path, g1, make_motion):
    motion = make_motion(g1, frames=8)
    arrays = {
        "root_trans": motion.root_pos.numpy(),
        "root_quat_xyzw": np.roll(motion.root_quat_wxyz.numpy(), -1, axis=-1),
        "joint_angles": motion.dof_pos.numpy(),
        "dt": 0.02,
    }
    np.savez(tmp_path / "walk.npz", **arrays)
    (found,) = load_robot_npz(tmp_path / "walk.npz", g1, floor="keep")
    assert found.fps == pytest.approx(50.0)
    assert torch.allclose(found.dof_pos, motion.dof_pos)
    assert torch.allclose(found.root_quat_wxyz, motion.root_quat_wxyz, atol=1e-5)


def test_joint_pos_with_the_root_and_without_bodies(tmp_path, g1, make_motion):
    motion = make_motion(g1, frames=8)
    parts = (motion.root_pos.numpy(), motion.root_quat_wxyz.numpy(), motion.dof_pos.numpy())
    names = np.array(g1.dof_names)
    np.savez(tmp_path / "x.npz", joint_pos=np.concatenate(parts, 1), joint_names=names, fps=50)
    (found,) = load_robot_npz(tmp_path / "x.npz", g1, floor="keep")
    assert torch.allclose(found.dof_pos, motion.dof_pos)
    np.savez(tmp_path / "x.npz", joint_pos=parts[2], joint_names=names, fps=50)
    with pytest.raises(FormatError, match="holds 29 joints and no root position"):
        load_robot_npz(tmp_path / "x.npz", g1)


def test_a_humanoid_takes_no_joint_angles(tmp_path, smpl):
    np.savez(tmp_path / "x.npz", qpos=np.zeros((3, 36)), fps=50)
    with pytest.raises(RobotError, match=r"holds a robot's motion .*qpos.* humanoid of rotation"):
        load_robot_npz(tmp_path / "x.npz", smpl)

"""BeyondMimic npz: round trips, orders, subsets, and files that are refused."""

import zipfile
from dataclasses import replace

import mujoco
import numpy as np
import pytest
import torch

from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.formats.beyondmimic import load_npz, load_npz_library, save_npz
from motionlib.formats.npz_file import STATE_ARRAYS, read_npz
from motionlib.motion import Provenance, states_from_motion
from motionlib.robots.model import robot_model
from motionlib.velocities import linear_velocity
from tests.flips import drawn_bits, refused_flips


@pytest.fixture
def clips(microduck, make_motion):
    walk = make_motion(microduck, frames=30, name="walk")
    labels = torch.arange(60).reshape(30, 2) % 3 == 0
    command = Provenance(source="a.pkl:0.1", source_sha256="ab", command=(0.1, 0.0, -0.5))
    walk = replace(walk, foot_contact=labels, provenance=command.then("made"), weight=2.0)
    return [make_motion(microduck, frames=20, name="stand"), walk]


def rewrite(path, **changes):
    """The same file with arrays replaced, or left out where the value is None."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays |= changes
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})


NAMELESS = dict.fromkeys(
    ("joint_names", "body_names", "robot_name", "robot_semantic_sha256", "provenance",
     "clip_names", "clip_starts", "clip_commands", "clip_weights", "foot_contact", "schema_version")
)  # fmt: skip


def test_round_trip_keeps_every_clip(tmp_path, microduck, clips):
    path = tmp_path / "motion.npz"
    save_npz(path, clips)
    read = load_npz(path, microduck)
    assert [motion.name for motion in read] == ["stand", "walk"]
    for before, after in zip(clips, read, strict=True):
        assert torch.equal(before.root_pos, after.root_pos)
        assert torch.equal(before.root_quat_wxyz, after.root_quat_wxyz)
        assert torch.equal(before.dof_pos, after.dof_pos)
        assert before.provenance == after.provenance
        assert (before.fps, before.weight) == (after.fps, after.weight)
    assert read[0].foot_contact is None
    assert torch.equal(read[1].foot_contact, clips[1].foot_contact)


def test_arrays_are_those_that_foreign_readers_index(tmp_path, microduck, clips):
    path = tmp_path / "motion.npz"
    save_npz(path, clips)
    states = states_from_motion(clips[1])
    with np.load(path, allow_pickle=False) as file:
        assert set(STATE_ARRAYS) <= set(file.files)
        assert file["fps"].shape == (1,)
        assert file["fps"][0] == 50.0
        assert all(file[name].dtype == np.float32 for name in STATE_ARRAYS)
        assert tuple(file["body_names"]) == microduck.body_names
        assert tuple(file["joint_names"]) == microduck.dof_names
        assert str(file["velocity_rule"]) == "central"
        assert file["clip_starts"].tolist() == [0, 20, 50]
        assert np.isnan(file["clip_commands"][0]).all()
        assert file["clip_commands"][1].tolist() == [0.1, 0.0, -0.5]
        np.testing.assert_array_equal(file["body_pos_w"][20:], states.body_pos)
        np.testing.assert_array_equal(file["body_quat_w"][20:], states.body_quat_wxyz)
        np.testing.assert_array_equal(file["body_lin_vel_w"][20:], states.body_lin_vel)
        np.testing.assert_array_equal(file["body_ang_vel_w"][20:], states.body_ang_vel)
        np.testing.assert_array_equal(file["joint_vel"][20:], states.dof_vel)


def test_no_velocity_is_computed_across_a_boundary(tmp_path, microduck, clips):
    path = tmp_path / "motion.npz"
    far = replace(clips[1], root_pos=clips[1].root_pos + torch.tensor([9.0, 0.0, 0.0]))
    save_npz(path, [clips[0], far])
    with np.load(path) as file:
        assert np.abs(file["body_lin_vel_w"]).max() < 5.0
        joined = linear_velocity(torch.from_numpy(file["body_pos_w"]), 50.0, "central")
    assert joined.abs().max() > 100.0  # what a reader gets that ignores clip_starts


def test_equal_clips_give_equal_bytes(tmp_path, clips):
    save_npz(tmp_path / "a.npz", clips)
    save_npz(tmp_path / "b.npz", clips)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("order", ["mjlab", "isaaclab"])
def test_rotation_vectors_become_the_hinges_that_simulators_have(
    tmp_path, smpl, make_motion, order
):
    motion = make_motion(smpl, frames=25)
    save_npz(tmp_path / "a.npz", [motion], order=order)
    (read,) = load_npz(tmp_path / "a.npz", smpl)
    torch.testing.assert_close(read.dof_pos, motion.dof_pos, atol=2e-5, rtol=0)
    with np.load(tmp_path / "a.npz") as file:
        dofs = [list(file["joint_names"]).index(name) for name in smpl.dof_names]
        angles, rates = file["joint_pos"][:, dofs], file["joint_vel"][:, dofs]
        model, frame = robot_model(smpl), 12
        data = mujoco.MjData(model)
        data.qpos[:3], data.qpos[3:7] = file["body_pos_w"][frame, 0], file["body_quat_w"][frame, 0]
        data.qpos[7:] = angles[frame]
        mujoco.mj_kinematics(model, data)
        bodies = [list(file["body_names"]).index(name) for name in smpl.body_names]
        np.testing.assert_allclose(data.xpos[1:], file["body_pos_w"][frame, bodies], atol=1e-5)
    slow = (angles[13] - angles[11]) * 25.0
    smooth = np.abs(slow - rates[12]) < 0.05 * (1.0 + np.abs(slow))
    assert smooth.mean() > 0.95


def test_breadth_first_file_is_reordered_by_its_names(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    save_npz(tmp_path / "b.npz", [motion], order="isaaclab")
    with np.load(tmp_path / "b.npz") as file:
        assert tuple(file["joint_names"][:3]) == (
            "left_hip_pitch_joint", "right_hip_pitch_joint", "waist_yaw_joint",
        )  # fmt: skip
        assert str(file["order"]) == "isaaclab"
    (read,) = load_npz(tmp_path / "b.npz", g1)
    assert torch.equal(read.dof_pos, motion.dof_pos)


def test_breadth_first_file_without_names_is_told_by_its_poses(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    save_npz(tmp_path / "b.npz", [motion], order="isaaclab")
    rewrite(tmp_path / "b.npz", **NAMELESS)
    with pytest.raises(RobotError, match=r"breadth-first.*in the order that its poses tell"):
        load_npz(tmp_path / "b.npz", g1, order="mjlab")
    for order in ("isaaclab", None):
        (read,) = load_npz(tmp_path / "b.npz", g1, order=order)
        assert torch.equal(read.dof_pos, motion.dof_pos)
        assert "isaaclab" in read.provenance.steps[0]
    assert "in which its bodies lie where they belong" in read.provenance.steps[0]


def test_nameless_file_is_read_by_counts_and_says_so(tmp_path, microduck, clips):
    save_npz(tmp_path / "walk.npz", clips[1:])
    rewrite(tmp_path / "walk.npz", **NAMELESS)
    (read,) = load_npz(tmp_path / "walk.npz", microduck)
    assert read.name == "walk"
    assert "no names in the file" in read.provenance.steps[0]
    assert torch.equal(read.dof_pos, clips[1].dof_pos)


def test_nameless_file_of_another_size_is_refused(tmp_path, microduck, g1, clips):
    save_npz(tmp_path / "walk.npz", clips)
    rewrite(tmp_path / "walk.npz", **NAMELESS)
    with pytest.raises(RobotError, match=r"14 joints and no names.*30 and 29"):
        load_npz(tmp_path / "walk.npz", g1)


def test_another_robots_file_is_refused(tmp_path, g1, clips):
    save_npz(tmp_path / "walk.npz", clips)
    with pytest.raises(RobotError, match="written for robot 'microduck', asked for 'g1'"):
        load_npz(tmp_path / "walk.npz", g1)


def test_changed_robot_is_accepted_only_if_its_poses_agree(tmp_path, microduck, clips):
    save_npz(tmp_path / "walk.npz", clips)
    same = replace(microduck, semantic_sha256="other")
    assert "changed since" in load_npz(tmp_path / "walk.npz", same)[0].provenance.steps[-1]
    longer = replace(same, body_offset_pos=microduck.body_offset_pos * 1.3)
    with pytest.raises(RobotError, match="another robot or another body order"):
        load_npz(tmp_path / "walk.npz", longer)


def test_subset_is_written_root_first_and_read_back(tmp_path, microduck, clips):
    path = tmp_path / "s.npz"
    save_npz(path, clips, body_names=["trunk_base", "right_foot"])
    with np.load(path) as file:
        assert file["body_pos_w"].shape == (50, 2, 3)
        assert tuple(file["body_names"]) == ("trunk_base", "right_foot")
    assert torch.equal(load_npz(path, microduck)[1].dof_pos, clips[1].dof_pos)


def test_subset_that_makes_no_sense_is_refused(tmp_path, clips):
    path = tmp_path / "s.npz"
    with pytest.raises(RobotError, match="first body must be the root"):
        save_npz(path, clips, body_names=["left_foot", "trunk_base"])
    with pytest.raises(RobotError, match=r"no body 'left_foto'.*left_foot"):
        save_npz(path, clips, body_names=["trunk_base", "left_foto"])
    with pytest.raises(RobotError, match="twice"):
        save_npz(path, clips, body_names=["trunk_base", "trunk_base"])
    assert list(tmp_path.iterdir()) == []


def test_clips_that_cannot_share_a_file_are_refused(tmp_path, microduck, g1, make_motion, clips):
    path = tmp_path / "x.npz"
    with pytest.raises(MotionError, match="used twice: walk"):
        save_npz(path, [clips[1], clips[1]])
    with pytest.raises(MotionError, match="differ in fps"):
        save_npz(path, [clips[0], replace(clips[1], fps=30.0)])
    with pytest.raises(MotionError, match="robot g1"):
        save_npz(path, [clips[0], make_motion(g1, name="other")])
    with pytest.raises(MotionError, match="no motions"):
        save_npz(path, [])


def test_one_frame_clip_is_fine_and_still(tmp_path, microduck, make_motion):
    save_npz(tmp_path / "one.npz", [make_motion(microduck, frames=1)])
    library = load_npz_library(tmp_path / "one.npz", microduck)
    assert library.num_frames.tolist() == [1]
    assert not library.states.body_lin_vel.any()


def test_library_follows_the_files_velocity_rule(tmp_path, microduck, clips):
    save_npz(tmp_path / "m.npz", clips, velocity_rule="forward_min3")
    library = load_npz_library(tmp_path / "m.npz", microduck)
    assert library.velocity_rule == "forward_min3"
    with np.load(tmp_path / "m.npz") as file:
        np.testing.assert_allclose(library.states.body_lin_vel, file["body_lin_vel_w"], atol=1e-5)


def test_missing_fps_is_assumed_aloud(tmp_path, microduck, clips):
    save_npz(tmp_path / "m.npz", clips)
    rewrite(tmp_path / "m.npz", fps=None)
    assert (
        "no fps in the file; 50 assumed"
        in load_npz(tmp_path / "m.npz", microduck)[0].provenance.steps[-1]
    )


def test_nan_frame_is_named(tmp_path, microduck, clips):
    path = tmp_path / "m.npz"
    save_npz(path, clips)
    with np.load(path) as file:
        bad = file["body_pos_w"].copy()
    bad[27, 3, 1] = np.nan
    rewrite(path, body_pos_w=bad)
    with pytest.raises(FormatError, match=r"body_pos_w has NaN.*frame 27 \(clip walk, frame 7\)"):
        load_npz(path, microduck)


@pytest.mark.parametrize("name", STATE_ARRAYS)
def test_missing_array_is_named(tmp_path, microduck, clips, name):
    save_npz(tmp_path / "m.npz", clips)
    rewrite(tmp_path / "m.npz", **{name: None})
    with pytest.raises(FormatError, match=f"arrays missing: {name}"):
        load_npz(tmp_path / "m.npz", microduck)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return open, (self.target, "w")


def test_object_array_is_refused_and_not_unpickled(tmp_path, microduck, clips):
    save_npz(tmp_path / "m.npz", clips)
    rewrite(tmp_path / "m.npz", body_names=np.array([Bomb(tmp_path / "ran")], dtype=object))
    with pytest.raises(FormatError, match=r"body_names cannot be read.*object arrays are pickles"):
        load_npz(tmp_path / "m.npz", microduck)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_truncated_file_is_refused(tmp_path, microduck, clips, share):
    path = tmp_path / "m.npz"
    save_npz(path, clips)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FormatError, match=r"m\.npz"):
        load_npz(path, microduck)


def test_flipped_bytes_are_refused(tmp_path, microduck, clips):
    path = tmp_path / "m.npz"
    save_npz(path, clips)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("joint_pos.npy").header_offset + 400
    content[offset] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(FormatError, match=r"joint_pos\.npy cannot be read"):
        load_npz(path, microduck)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clip_starts": np.array([0, 60, 50])}, "clip_starts"),
        ({"clip_starts": np.array([0, 20, 49])}, "clip_starts"),
        ({"clip_names": np.array(["a", "a"])}, "used twice: a"),
        ({"clip_names": np.array(["a"])}, "1 entries, expected 2"),
        ({"velocity_rule": np.array("magic")}, "velocity_rule is 'magic'"),
        ({"schema_version": np.array(99)}, "schema_version is 99"),
        ({"provenance": np.array(["{", "{}"])}, "provenance is not readable"),
        ({"fps": np.array([0.0])}, "fps is"),
        ({"joint_vel": np.zeros((50, 3), np.float32)}, "joint_vel has shape"),
        ({"joint_vel": np.array(["x"])}, "joint_vel is of type text"),
        ({"body_quat_w": np.zeros((50, 19, 3), np.float32)}, "body_quat_w has shape"),
    ],
)
def test_contradictions_are_refused(tmp_path, microduck, clips, changes, message):
    save_npz(tmp_path / "m.npz", clips)
    rewrite(tmp_path / "m.npz", **changes)
    with pytest.raises(FormatError, match=message):
        load_npz(tmp_path / "m.npz", microduck)


def test_full_disk_keeps_the_file_that_was_there(small_disk, microduck, make_motion, clips):
    path = small_disk / "m.npz"
    save_npz(path, clips)
    before = path.read_bytes()
    with pytest.raises(OSError, match=r"cannot write .*m\.npz: No space left"):
        save_npz(path, [make_motion(microduck, frames=2000)])
    assert [file.name for file in small_disk.iterdir()] == ["m.npz"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_no_flipped_bit_changes_what_is_read(tmp_path, clips, save):
    path = tmp_path / "m.npz"
    save_npz(path, clips)
    with np.load(path) as archive:
        save(path, **dict(archive))
    expected = read_npz(path)

    def same(found):
        return repr(replace(found, arrays={})) == repr(replace(expected, arrays={})) and all(
            np.array_equal(found.arrays[name], expected.arrays[name]) for name in STATE_ARRAYS
        )

    content = path.read_bytes()
    directory = content.index(b"PK\x01\x02")
    bits = drawn_bits(content, 100, seed=1) + drawn_bits(content, 200, seed=2, first=directory)
    assert refused_flips(path, read_npz, same, bits) > len(bits) // 2

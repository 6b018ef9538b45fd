"""Packaged MotionLib `.pt`: keys, dtypes and rules, round trips and refusals."""

from dataclasses import replace

import pytest
import torch

from motionlib.contacts import label_contacts
from motionlib.errors import FormatError, RobotError
from motionlib.formats.protomotions.motion_lib import HEADER_KEY, load_motion_lib, save_motion_lib
from motionlib.library import library_from_motions
from motionlib.motion import STATE_FIELDS
from motionlib.resampling import resample_motion
from motionlib.velocities import linear_velocity


@pytest.fixture
def clips(g1, make_motion):
    slow = resample_motion(make_motion(g1, frames=40, name="slow"), 30.0)
    return [make_motion(g1, frames=25, name="turn"), replace(slow, weight=0.25)]


@pytest.fixture
def lib(clips):
    return library_from_motions(clips, velocity_rule="forward_min3")


def load(path):
    return torch.load(path, weights_only=True)


def agree(a, b):
    """Equal but for single frames where two horizons tie to within float32's rounding."""
    same = (a - b).norm(dim=-1) < 1e-3
    return bool(same.float().mean() > 0.98)


def test_keys_shapes_and_dtypes(tmp_path, lib):
    save_motion_lib(tmp_path / "x.pt", lib)
    content = load(tmp_path / "x.pt")
    frames = int(lib.num_frames.sum())
    shapes = {"gts": (frames, 30, 3), "grs": (frames, 30, 4), "gvs": (frames, 30, 3),
              "gavs": (frames, 30, 3), "dps": (frames, 29), "dvs": (frames, 29)}  # fmt: skip
    for key, shape in shapes.items():
        assert tuple(content[key].shape) == shape
        assert content[key].dtype == torch.float32
    assert content["contacts"].dtype == torch.bool
    assert content["length_starts"].tolist() == [0, 25]
    assert content["length_starts"].dtype == content["motion_num_frames"].dtype == torch.int64
    assert torch.equal(content["motion_dt"], torch.tensor([1 / 50, 1 / 30]))
    lengths = (content["motion_num_frames"] - 1) * content["motion_dt"]
    assert torch.allclose(content["motion_lengths"], lengths, atol=1e-6)
    assert content["motion_weights"].tolist() == [1.0, 0.25]
    assert content["motion_files"] == ("turn.motion", "slow.motion")
    assert "lrs" not in content
    assert torch.equal(content["grs"][..., 3], lib.states.body_quat_wxyz[..., 0])
    assert set(content) == {*shapes, "contacts", "length_starts", "motion_num_frames", "motion_dt",
                            "motion_lengths", "motion_weights", "motion_files", HEADER_KEY}  # fmt: skip


def test_round_trip(tmp_path, lib, g1):
    save_motion_lib(tmp_path / "x.pt", lib)
    read = load_motion_lib(tmp_path / "x.pt", g1)
    assert (read.names, read.provenances) == (lib.names, lib.provenances)
    assert (read.velocity_rule, read.fps.tolist()) == ("forward_min3", [50.0, 30.0])
    for field in STATE_FIELDS:
        assert torch.equal(getattr(read.states, field), getattr(lib.states, field)), field
    for field in ("starts", "num_frames", "weights"):
        assert torch.equal(getattr(read, field), getattr(lib, field))


def test_velocities_are_made_anew_by_the_asked_rule(tmp_path, clips, lib):
    central = library_from_motions(clips)
    save_motion_lib(tmp_path / "x.pt", central)
    gvs = load(tmp_path / "x.pt")["gvs"]
    assert agree(gvs, lib.states.body_lin_vel)
    save_motion_lib(tmp_path / "y.pt", central, velocity_rule="central")
    content = load(tmp_path / "y.pt")
    assert torch.equal(content["gvs"], central.states.body_lin_vel)
    assert content[HEADER_KEY]["velocity_rule"] == "central"


def test_protomotions_layout_has_33_bodies_with_their_own_velocities(tmp_path, lib, g1):
    save_motion_lib(tmp_path / "x.pt", lib, layout="protomotions")
    content = load(tmp_path / "x.pt")
    assert content["gts"].shape[1] == 33
    hand, wrist = content["gts"][:25, 32], content["gts"][:25, 31]
    assert torch.allclose((hand - wrist).norm(dim=-1), torch.tensor(0.12), atol=1e-5)
    own = linear_velocity(hand.double(), 50.0, "forward_min3")
    assert agree(content["gvs"][:25, 32], own.float())
    assert torch.equal(content["gavs"][:, 32], content["gavs"][:, 31])
    labels = label_contacts(content["gts"], content["gvs"])
    assert torch.equal(content["contacts"], labels)
    read = load_motion_lib(tmp_path / "x.pt", g1)
    assert torch.equal(read.states.body_lin_vel, lib.states.body_lin_vel)


def test_layout_needs_marker_bodies(tmp_path, microduck, make_motion):
    lib = library_from_motions([make_motion(microduck)])
    with pytest.raises(RobotError, match="no marker_bodies"):
        save_motion_lib(tmp_path / "x.pt", lib, layout="protomotions")


def test_equal_libraries_give_equal_bytes(tmp_path, lib):
    save_motion_lib(tmp_path / "x.pt", lib)
    save_motion_lib(tmp_path / "elsewhere" / "y.pt", lib)
    assert (tmp_path / "x.pt").read_bytes() == (tmp_path / "elsewhere" / "y.pt").read_bytes()


def foreign(path, lib, **changes):
    """What ProtoMotions itself would have written."""
    save_motion_lib(path, lib)
    content = load(path) | changes
    del content[HEADER_KEY]
    torch.save({key: value for key, value in content.items() if value is not None}, path)


def test_foreign_library_is_read_and_says_what_was_assumed(tmp_path, lib, g1):
    foreign(tmp_path / "x.pt", lib, contacts=None)
    read = load_motion_lib(tmp_path / "x.pt", g1)
    assert read.names == ("turn", "slow")
    assert read.velocity_rule == "forward_min3"
    assert torch.equal(read.states.body_lin_vel, lib.states.body_lin_vel)
    assert read.provenances[0].source == "x.pt:turn"
    assert "generation C; kept" in read.provenances[0].steps[-1]
    labels = label_contacts(read.states.body_pos, read.states.body_lin_vel)
    assert torch.equal(read.states.body_contact, labels)


def test_foreign_velocities_of_no_known_rule_are_made_anew(tmp_path, lib, g1):
    foreign(tmp_path / "x.pt", lib, gvs=lib.states.body_lin_vel * 1.5)
    read = load_motion_lib(tmp_path / "x.pt", g1)
    assert agree(read.states.body_lin_vel, lib.states.body_lin_vel)
    assert "made anew by forward_min3" in read.provenances[0].steps[-1]


def test_wrong_robot_is_refused(tmp_path, lib, g1, microduck):
    save_motion_lib(tmp_path / "x.pt", lib)
    with pytest.raises(RobotError, match="written for robot 'g1'"):
        load_motion_lib(tmp_path / "x.pt", microduck)
    foreign(tmp_path / "y.pt", lib)
    with pytest.raises(RobotError, match="has 30 bodies and 29 dofs; microduck has 19 and 14"):
        load_motion_lib(tmp_path / "y.pt", microduck)
    foreign(tmp_path / "z.pt", lib, gts=lib.states.body_pos.flip(1))
    with pytest.raises(RobotError, match="another robot or another body order"):
        load_motion_lib(tmp_path / "z.pt", g1)


def nan_at(states, frame):
    dvs = states.dof_vel.clone()
    dvs[frame, 4] = float("nan")
    return dvs


def test_nan_frame_is_named(tmp_path, lib, g1):
    foreign(tmp_path / "x.pt", lib, dvs=nan_at(lib.states, 27))
    with pytest.raises(FormatError, match=r"dvs has NaN.*frame 27 \(motion 1, frame 2\)"):
        load_motion_lib(tmp_path / "x.pt", g1)


@pytest.mark.parametrize("key", ["gts", "grs", "dvs", "length_starts", "motion_dt"])
def test_missing_key_is_named(tmp_path, lib, g1, key):
    foreign(tmp_path / "x.pt", lib, **{key: None})
    with pytest.raises(FormatError, match=f"tensors missing: {key}"):
        load_motion_lib(tmp_path / "x.pt", g1)


def test_one_frame_clip_is_fine(tmp_path, g1, make_motion):
    save_motion_lib(tmp_path / "x.pt", library_from_motions([make_motion(g1, frames=1)]))
    read = load_motion_lib(tmp_path / "x.pt", g1)
    assert read.lengths_s.tolist() == [0.0]
    assert not read.states.body_lin_vel.any()


def test_full_disk_leaves_nothing_half_written(small_disk, g1, make_motion):
    lib = library_from_motions([make_motion(g1, frames=900)])
    with pytest.raises(OSError, match=r"cannot write .*x\.pt: No space left"):
        save_motion_lib(small_disk / "x.pt", lib)
    assert list(small_disk.iterdir()) == []

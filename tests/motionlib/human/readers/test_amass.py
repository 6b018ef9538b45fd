from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.human.clip import HumanClip
from motionlib.human.clip_facts import ClipFacts
from motionlib.human.readers.amass import is_amass_clip, probe_amass, read_amass
from motionlib.human.readers.smpl_joints import BODY_JOINTS, HAND_JOINTS
from tests.flips import drawn_bits, refused_flips

SMPL = (*BODY_JOINTS[:21], "L_Hand", "R_Wrist", "R_Hand")
SMPLX = (*BODY_JOINTS, *HAND_JOINTS)


def _humanoid(bodies: Sequence[str] = SMPL, rest=(0.0, 0.0, 0.0)):
    return SimpleNamespace(body_names=tuple(bodies), rest_root_pos=rest)


def _members(frames: int = 6, width: int = 156, **changes) -> dict:
    rng = np.random.default_rng(3)
    members = {
        "poses": rng.standard_normal((frames, width)),
        "trans": rng.standard_normal((frames, 3)),
        "betas": np.arange(16.0),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.0),
        "dmpls": np.zeros((frames, 8)),
    }
    members |= changes
    return {name: value for name, value in members.items() if value is not None}


def _split(members: dict) -> dict:
    """The same recording as SMPL-X's separate members."""
    poses = members.pop("poses")
    names = {"root_orient": 3, "pose_body": 63, "pose_jaw": 3, "pose_eye": 6, "pose_hand": 90}
    starts = np.cumsum([0, *names.values()])
    members["mocap_frame_rate"] = members.pop("mocap_framerate")
    parts = {
        name: poses[:, a : a + size]
        for (name, size), a in zip(names.items(), starts[:-1], strict=True)
    }
    return members | parts


def _write(path: Path, members: dict) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **members)
    return path


def _rotvec(clip, body: int) -> np.ndarray:
    return clip.rotvec[:, clip.columns[body]]


def test_an_smplh_file_on_the_24_body_humanoid(tmp_path: Path) -> None:
    members = _members()
    clip = read_amass(_write(tmp_path / "x_poses.npz", members), _humanoid(rest=(0.0, 0.0, 0.25)))
    assert (clip.fps, clip.gender, clip.format) == (120.0, "female", "amass_smplh")
    assert clip.betas == tuple(range(16))
    np.testing.assert_allclose(clip.root_pos, members["trans"] + [0, 0, 0.25])
    for body, name in enumerate(SMPL):
        if name in BODY_JOINTS:
            joint = members["poses"].reshape(6, 52, 3)[:, BODY_JOINTS.index(name)]
            np.testing.assert_array_equal(_rotvec(clip, body), joint[:, [2, 0, 1]] if body else joint)  # fmt: skip
    assert clip.columns[SMPL.index("L_Hand")].tolist() == [-1, -1, -1]
    assert clip.notes == ("no rotations in the source for L_Hand, R_Hand: zero",)


@pytest.mark.parametrize("width", [156, 165])
def test_fingers_of_either_family_reach_the_52_body_humanoid(tmp_path: Path, width: int) -> None:
    members = _members(width=width)
    clip = read_amass(_write(tmp_path / "x.npz", members), _humanoid(SMPLX))
    hands = members["poses"][:, -90:].reshape(6, 30, 3)
    for number, name in enumerate(HAND_JOINTS):
        found = _rotvec(clip, SMPLX.index(name))
        np.testing.assert_array_equal(found, hands[:, number][:, [2, 0, 1]])
    assert clip.notes == ()


@pytest.mark.parametrize("bodies", [SMPL, SMPLX], ids=["smpl", "smplx"])
def test_separate_members_are_the_same_clip_as_whole_poses(
    tmp_path: Path, bodies: Sequence[str]
) -> None:
    robot = _humanoid(bodies)
    whole = read_amass(_write(tmp_path / "a_stageii.npz", _members(width=165)), robot)
    split = read_amass(_write(tmp_path / "b_stageii.npz", _split(_members(width=165))), robot)
    assert split.format == whole.format == "amass_smplx"
    for body, name in enumerate(bodies):
        if name not in {"L_Hand", "R_Hand"}:
            np.testing.assert_array_equal(_rotvec(split, body), _rotvec(whole, body))


def test_separate_members_without_hands_leave_fingers_at_zero(tmp_path: Path) -> None:
    members = _split(_members(width=165))
    members.pop("pose_hand")
    clip = read_amass(_write(tmp_path / "a_stageii.npz", members), _humanoid(SMPLX))
    assert (clip.columns[SMPLX.index("L_Index1")] == -1).all()
    assert "L_Index1" in clip.notes[0]


def test_a_bare_smpl_file_has_66_columns_that_count(tmp_path: Path) -> None:
    clip = read_amass(_write(tmp_path / "a.npz", _members(width=72)), _humanoid())
    assert clip.format == "amass_smpl"
    assert clip.columns.max() == 65


def test_smpl_files_made_from_video_are_read_as_they_are_written(tmp_path: Path) -> None:
    """ASAP's: 72 float32 columns, a whole number of frames a second."""
    members = _members(
        width=72, mocap_framerate=np.array(30), gender=np.array("neutral"), dmpls=None
    )
    members |= {name: members[name].astype("f4") for name in ("poses", "trans")}
    path = _write(tmp_path / "squat.npz", members)
    clip = read_amass(path, _humanoid())
    assert (clip.fps, clip.gender, clip.num_frames) == (30.0, "neutral", 6)
    assert probe_amass(path).format == "amass_smpl"
    np.testing.assert_array_equal(clip.root_pos, members["trans"])


def test_stored_poses_are_a_view_and_compressed_ones_the_same_numbers(tmp_path: Path) -> None:
    members = _members()
    stored = read_amass(_write(tmp_path / "a.npz", members), _humanoid())
    np.savez_compressed(tmp_path / "b.npz", **members)
    packed = read_amass(tmp_path / "b.npz", _humanoid())
    assert not stored.rotvec.flags.owndata
    assert not stored.rotvec.flags.writeable
    np.testing.assert_array_equal(stored.rotvec, packed.rotvec)


@pytest.mark.parametrize(("stored", "read"), [("f4", "f4"), ("f8", "f8"), ("f2", "f4"), (">f8", "f8")])  # fmt: skip
def test_every_floating_type_is_read(tmp_path: Path, stored: str, read: str) -> None:
    members = _members()
    members |= {name: members[name].astype(stored) for name in ("poses", "trans")}
    clip = read_amass(_write(tmp_path / "a.npz", members), _humanoid())
    assert clip.rotvec.dtype == clip.root_pos.dtype == np.dtype(read)
    np.testing.assert_allclose(clip.rotvec, members["poses"].astype(read))


@pytest.mark.parametrize(("width", "family"), [(156, "amass_smplh"), (165, "amass_smplx")])
def test_the_headers_say_what_the_clip_says(tmp_path: Path, width: int, family: str) -> None:
    path = _write(tmp_path / "a.npz", _members(width=width))
    facts = ClipFacts(frames=6, fps=120.0, gender="female", format=family)
    assert probe_amass(path) == facts
    clip = read_amass(path, _humanoid())
    assert (clip.num_frames, clip.fps, clip.gender, clip.format) == (6, 120.0, "female", family)


def test_a_gender_pickled_as_an_object_does_not_cost_the_clip(tmp_path: Path) -> None:
    gender = np.array([b"male"], dtype=object)
    path = _write(tmp_path / "a.npz", _members(gender=gender))
    assert read_amass(path, _humanoid()).gender == probe_amass(path).gender == "male"


def _refused(path: Path, *says: str) -> None:
    """Both readers refuse the file in the same words."""
    with pytest.raises(FormatError) as read:
        read_amass(path, _humanoid())
    with pytest.raises(FormatError) as probed:
        probe_amass(path)
    assert str(read.value) == str(probed.value)
    for text in (str(path), *says):
        assert text in str(read.value)


@pytest.mark.parametrize("key", ["trans", "poses", "mocap_framerate"])
def test_a_missing_key_is_named_with_what_there_is(tmp_path: Path, key: str) -> None:
    path = _write(tmp_path / "a.npz", _members(**{key: None}))
    _refused(path, key, "betas, dmpls, gender")


def test_separate_members_without_a_body_are_refused(tmp_path: Path) -> None:
    members = _split(_members(width=165))
    members.pop("pose_body")
    _refused(_write(tmp_path / "a.npz", members), "pose_body is missing")


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("poses", (6, 63), "(T, 156)"),
        ("poses", (6,), "(T, 156)"),
        ("poses", (6, 52, 3), "(T, 156)"),
        ("trans", (6, 4), "(6, 3)"),
        ("trans", (5, 3), "(6, 3)"),
        ("trans", (), "(6, 3)"),
    ],
)
def test_a_wrong_shape_is_named_with_the_right_one(
    tmp_path: Path, name: str, shape: tuple[int, ...], expected: str
) -> None:
    path = _write(tmp_path / "a.npz", _members(**{name: np.zeros(shape)}))
    _refused(path, f"{name} has shape {shape}", expected)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("root_orient", (6, 4)), ("root_orient", ()), ("pose_body", (6, 60)), ("pose_hand", (6, 24))],
)
def test_a_wrong_shape_of_a_separate_member(tmp_path: Path, name: str, shape) -> None:
    members = _split(_members(width=165)) | {name: np.zeros(shape)}
    _refused(_write(tmp_path / "a.npz", members), f"{name} has shape {shape}")


def test_zero_frames_are_refused(tmp_path: Path) -> None:
    _refused(_write(tmp_path / "a.npz", _members(frames=0)), "zero frames", "at least one")


def test_one_frame_is_a_clip(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", _members(frames=1))
    assert read_amass(path, _humanoid()).num_frames == probe_amass(path).frames == 1


@pytest.mark.parametrize("fps", [np.nan, np.inf, 0.0, -120.0, 1.0, 100000.0])
def test_an_absurd_rate_is_refused(tmp_path: Path, fps: float) -> None:
    path = _write(tmp_path / "a.npz", _members(mocap_framerate=fps))
    _refused(path, "mocap_framerate is", "from 5 to 1000")


@pytest.mark.parametrize("name", ["poses", "trans"])
def test_object_arrays_of_numbers_are_refused(tmp_path: Path, name: str) -> None:
    members = _members()
    members[name] = members[name].astype(object)
    _refused(_write(tmp_path / "a.npz", members), name, "object", "plain numbers")


def test_whole_numbers_are_no_rotations(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", _members(poses=np.zeros((6, 156), dtype=np.int64)))
    _refused(path, "poses is of type 64-bit whole number")


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", _members())
    path.write_bytes(path.read_bytes()[:5000])
    _refused(path, "truncated", "fetch it again")


def test_a_text_file_named_npz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_text("frame,x,y,z\n0,1,2,3\n")
    _refused(path, "a text file")


def test_a_git_lfs_pointer_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
    _refused(path, "Git LFS pointer", "git lfs pull")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_opens_but_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.symlink_to("/proc/self/mem")  # address 0 is never mapped: an I/O error, root or not
    _refused(path, "cannot be read")


def test_a_missing_file_is_a_format_error_too(tmp_path: Path) -> None:
    _refused(tmp_path / "a.npz", "cannot be read")


def test_blanks_and_letters_beyond_ascii_in_a_path(tmp_path: Path) -> None:
    path = _write(tmp_path / "Tänzer Ω" / "schöner Tanz (2)_poses.npz", _members())
    assert read_amass(path, _humanoid()).num_frames == 6


def test_another_robot_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", _members())
    with pytest.raises(RobotError, match="no joint of an SMPL model"):
        read_amass(path, _humanoid(["pelvis", "left_knee_link"]))


def test_nan_is_left_to_the_conversion(tmp_path: Path) -> None:
    members = _members()
    members["poses"][2, 5] = np.nan
    clip = read_amass(_write(tmp_path / "a.npz", members), _humanoid())
    assert np.isnan(clip.rotvec[2, 5])


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("01_01_poses.npz", True),
        ("walk_stageii.npz", True),
        ("walk.NPZ", True),
        ("shape.npz", False),
        ("male_stagei.npz", False),
        ("walk_poses.npy", False),
    ],
)
def test_which_names_are_clips(name: str, clip: bool) -> None:
    assert is_amass_clip(Path("CMU") / name) is clip


def test_cutting_any_number_of_bytes_raises_nothing_but_our_errors(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", _members(frames=2))
    raw = path.read_bytes()
    for size in range(0, len(raw), 97):
        path.write_bytes(raw[:size])
        with pytest.raises(MotionError):
            read_amass(path, _humanoid())


def test_flipping_any_byte_raises_nothing_but_our_errors(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", _members(frames=1))
    raw = path.read_bytes()
    refused = 0
    for place in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        try:
            read_amass(path, _humanoid())
        except MotionError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("split", [False, True])
def test_no_flipped_bit_changes_a_recording(tmp_path: Path, save, split: bool) -> None:
    path, robot = tmp_path / "a.npz", _humanoid()
    save(path, **(_split(_members(width=165)) if split else _members()))
    expected = read_amass(path, robot)

    def same(found) -> bool:
        return all(
            np.array_equal(getattr(found, field), getattr(expected, field))
            for field in HumanClip.__dataclass_fields__
        )

    content = path.read_bytes()
    directory = content.index(b"PK\x01\x02")
    bits = drawn_bits(content, 150, seed=1) + drawn_bits(content, 150, seed=2, first=directory)
    refused = refused_flips(path, lambda file: read_amass(file, robot), same, bits)
    assert refused > len(bits) // 2


@pytest.mark.parametrize(("name", "lacking"), [("smpl", 2), ("smplx", 0)])
def test_our_humanoids_take_a_recording(
    tmp_path: Path, request: pytest.FixtureRequest, name: str, lacking: int
) -> None:
    robot = request.getfixturevalue(name)
    members = _members()
    clip = read_amass(_write(tmp_path / "a.npz", members), robot)
    assert clip.columns.shape == (robot.num_bodies, 3)
    assert (clip.columns[:, 0] < 0).sum() == lacking
    np.testing.assert_allclose(clip.root_pos - members["trans"], [robot.rest_root_pos] * 6)

import os

import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.amass import read_amass
from motionlib.human.settings import HumanSettings
from motionlib.stages.gates import HumanGates
from motionlib.synthesis.broken_amass import write_broken_clips
from motionlib.synthesis.human_body import human_body

UNREADABLE = {
    "truncated": "truncated",
    "missing_key": "trans is missing",
    "wrong_shape": "shape",
    "zero_frames": "zero frames",
    "absurd_fps": "1000000000",
    "text": "text file",
    "lfs_pointer": "LFS pointer",
    "objects": "object",
    "empty": "empty",
    "symlink_loop": "cannot be read",
}
REJECTED = {
    "floating": "floating_height",
    "airborne": "airborne_s_max",
    "root_jump": "root_speed_max",
    "joint_jump": "dof_speed_max",
    "through_itself": "self_penetration_max",
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory, smpl):
    return write_broken_clips(tmp_path_factory.mktemp("broken"), human_body(smpl))


def test_every_kind_is_known_here(broken):
    others = {"nan", "one_frame", "too_short", "unicode", "twin", "unreadable"}
    assert set(broken) == set(UNREADABLE) | set(REJECTED) | others


@pytest.mark.parametrize("kind", UNREADABLE)
def test_the_reader_says_what_is_wrong(broken, smpl, kind):
    with pytest.raises(MotionError, match=UNREADABLE[kind]) as caught:
        read_amass(broken[kind], smpl)
    assert broken[kind].name in str(caught.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_cannot_be_read(broken, smpl):
    with pytest.raises(MotionError, match="cannot be read"):
        read_amass(broken["unreadable"], smpl)


def test_a_nan_is_found_with_its_frame(broken, smpl):
    with pytest.raises(MotionError, match="frame 30"):
        convert_clip(read_amass(broken["nan"], smpl), smpl, HumanSettings())


@pytest.mark.parametrize("kind", REJECTED)
def test_a_gate_stops_what_no_person_did(broken, smpl, kind):
    measures = convert_clip(read_amass(broken[kind], smpl), smpl, HumanSettings()).measures
    gate = REJECTED[kind]
    assert float(measures[gate]) > getattr(HumanGates(), gate).reject


@pytest.mark.parametrize(("kind", "frames"), [("one_frame", 1), ("too_short", 4)])
def test_short_ones_are_shorter_than_the_gate_allows(broken, smpl, kind, frames):
    clip = read_amass(broken[kind], smpl)
    assert clip.num_frames == frames
    assert clip.seconds < HumanGates().min_seconds


def test_odd_names_hold_sound_motion(broken, smpl):
    assert " " in broken["unicode"].name
    assert not broken["unicode"].name.isascii()
    first, second = broken["twin"].with_suffix(".npz"), broken["twin"]
    assert first.read_bytes() == second.read_bytes()
    for path in (broken["unicode"], first):
        assert np.isfinite(read_amass(path, smpl).rotvec).all()

"""Packing clip by clip: round trips, equal bytes, little memory, shards, and what is refused."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motionlib.errors import MotionError
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.formats.protomotions.packed_clip import clips_of_library, clips_of_motions
from motionlib.formats.protomotions.writer import PackedClip, write_motion_lib
from motionlib.kinematics import local_quats
from motionlib.library import library_from_motions
from motionlib.motion import STATE_FIELDS, MotionStates, Provenance, states_from_motion
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from tests.conftest import turning_motion


def packed(states: MotionStates, **changes: object) -> PackedClip:
    facts = {
        "name": "clip",
        "fps": 50.0,
        "num_frames": states.num_frames,
        "weight": 1.0,
        "provenance": Provenance(source="made here"),
        "load": lambda: states,
    }
    return PackedClip(**facts | changes)  # type: ignore[arg-type]


def peak_bytes(*, anew: bool = False) -> int:
    """Most memory that this process held so far, or since it was last asked `anew`."""
    try:
        if anew:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
    except OSError as error:
        pytest.skip(f"the system does not tell peak memory: {error}")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.fixture(scope="module")
def smpl() -> Robot:
    return load_robot("smpl")


@pytest.fixture(scope="module")
def states(smpl: Robot) -> MotionStates:
    return states_from_motion(turning_motion(smpl, frames=90), velocity_rule="forward_min3")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    counts=st.lists(st.integers(1, 20), min_size=1, max_size=6),
    rates=st.lists(st.sampled_from([30.0, 50.0, 59.94, 29.97, 250.0]), min_size=6, max_size=6),
    weights=st.lists(st.floats(0, 100, width=32), min_size=6, max_size=6),
)
def test_what_is_packed_comes_back(
    tmp_path: Path,
    smpl: Robot,
    states: MotionStates,
    counts: list[int],
    rates: list[float],
    weights: list[float],
) -> None:
    rows = [slice(3 * m, 3 * m + count) for m, count in enumerate(counts)]
    clips = [
        packed(
            states,
            name=f"clip {m} ä",
            fps=rates[m],
            weight=weights[m],
            num_frames=count,
            load=lambda m=m: states.frames(rows[m]),
        )
        for m, count in enumerate(counts)
    ]
    write_motion_lib(tmp_path / "x.pt", smpl, clips, velocity_rule="forward_min3")
    lib = load_motion_lib(tmp_path / "x.pt", smpl)
    assert lib.names == tuple(clip.name for clip in clips)
    assert lib.num_frames.tolist() == counts
    assert lib.weights.tolist() == weights[: len(counts)]
    assert torch.equal(lib.fps, torch.tensor(rates[: len(counts)]))
    for m, chosen in enumerate(rows):
        first = int(lib.starts[m])
        read = lib.frames(slice(first, first + counts[m]))
        for name in STATE_FIELDS:
            assert torch.equal(getattr(read, name), getattr(states, name)[chosen]), name
    ids = torch.arange(len(counts))
    at_ends = lib.get_motion_state(ids, lib.lengths_s + 1.0)
    ends = lib.frames(lib.starts + lib.num_frames - 1)
    torch.testing.assert_close(at_ends.body_pos, ends.body_pos, atol=1e-6, rtol=0)


def test_local_rotations_are_written_where_joints_are_balls(
    tmp_path: Path, smpl: Robot, states: MotionStates
) -> None:
    write_motion_lib(tmp_path / "x.pt", smpl, [packed(states)], velocity_rule="forward_min3")
    content = torch.load(tmp_path / "x.pt", weights_only=True)
    lrs = content["lrs"][..., [3, 0, 1, 2]]
    assert torch.equal(lrs[:, 0], states.body_quat_wxyz[:, 0])
    assert torch.equal(lrs[:, 1:], local_quats(states.dof_pos.double()).float())
    frame_bytes = sum(
        each[0].numel() * each.element_size()
        for key, each in content.items()
        if isinstance(each, torch.Tensor) and not key.startswith(("motion", "length"))
    )
    assert frame_bytes == 2208


def test_equal_clips_give_equal_and_sound_files(
    tmp_path: Path, smpl: Robot, states: MotionStates
) -> None:
    clips = [packed(states, name=name) for name in "ab"]
    for path in (tmp_path / "x.pt", tmp_path / "elsewhere" / "y.pt"):
        assert write_motion_lib(path, smpl, clips, velocity_rule="forward_min3") == [path]
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    assert (tmp_path / "x.pt").read_bytes() == (tmp_path / "elsewhere" / "y.pt").read_bytes()


def test_a_library_can_be_written_from_its_own_file(
    tmp_path: Path, smpl: Robot, states: MotionStates
) -> None:
    path = tmp_path / "x.pt"
    write_motion_lib(path, smpl, [packed(states)], velocity_rule="forward_min3")
    before = path.read_bytes()
    lib = load_motion_lib(path, smpl)
    write_motion_lib(path, smpl, clips_of_library(lib), velocity_rule="forward_min3")
    assert path.read_bytes() == before


def test_memory_does_not_grow_with_the_library(
    tmp_path: Path, smpl: Robot, states: MotionStates
) -> None:
    write_motion_lib(tmp_path / "x.pt", smpl, [packed(states)], velocity_rule="forward_min3")
    before = peak_bytes(anew=True)
    clips = [packed(states, name=str(number)) for number in range(600)]
    write_motion_lib(tmp_path / "x.pt", smpl, clips, velocity_rule="forward_min3")
    grown = peak_bytes() - before
    assert (tmp_path / "x.pt").stat().st_size > 100e6
    assert grown < 20e6


def test_shards_hold_every_clip_once(tmp_path: Path, smpl: Robot, states: MotionStates) -> None:
    clips = [
        packed(states, name=str(n), num_frames=n, load=lambda n=n: states.frames(slice(0, n)))
        for n in range(10, 30)
    ]
    path = tmp_path / "x_slurmrank.pt"
    files = write_motion_lib(path, smpl, clips, velocity_rule="forward_min3", shards=3)
    assert [file.name for file in files] == ["x_0.pt", "x_1.pt", "x_2.pt"]
    parts = [load_motion_lib(file, smpl) for file in files]
    names = [name for part in parts for name in part.names]
    assert sorted(names) == sorted(clip.name for clip in clips)
    seconds = [float(part.lengths_s.sum()) for part in parts]
    assert max(seconds) - min(seconds) < 0.5
    assert load_motion_lib(path, smpl).names == parts[0].names


def test_nothing_appears_when_a_clip_cannot_be_loaded(
    tmp_path: Path, smpl: Robot, states: MotionStates
) -> None:
    def fails() -> MotionStates:
        raise MotionError("clip 2 is gone")

    clips = [packed(states), packed(states, name="2", load=fails)]
    for name, shards in (("x.pt", 1), ("x_slurmrank.pt", 2)):
        with pytest.raises(MotionError, match="clip 2 is gone"):
            write_motion_lib(
                tmp_path / name, smpl, clips, velocity_rule="forward_min3", shards=shards
            )
    assert list(tmp_path.iterdir()) == []


def test_clips_that_are_not_what_they_say_are_refused(
    tmp_path: Path, smpl: Robot, states: MotionStates
) -> None:
    nan = states.dof_vel.clone()
    nan[7, 3] = torch.nan
    bad = {
        r"body_pos has shape \(90, 24, 3\)|dof_pos has shape": packed(states, num_frames=91),
        "dof_vel has NaN or infinity, first in frame 7": packed(replace(states, dof_vel=nan)),
        "and type 64-bit float, expected": packed(replace(states, dof_pos=states.dof_pos.double())),
        "positive rate": packed(states, fps=0.0),
        "weight nan": packed(states, weight=float("nan")),
        "weight -1": packed(states, weight=-1.0),
    }
    for message, clip in bad.items():
        with pytest.raises(MotionError, match=message):
            write_motion_lib(tmp_path / "x.pt", smpl, [clip], velocity_rule="forward_min3")
    with pytest.raises(MotionError, match="used twice: clip"):
        write_motion_lib(
            tmp_path / "x.pt", smpl, [packed(states)] * 2, velocity_rule="forward_min3"
        )
    with pytest.raises(MotionError, match="no motions"):
        write_motion_lib(tmp_path / "x.pt", smpl, [], velocity_rule="forward_min3")


def test_a_still_library_warns_that_its_labels_are_lost(
    tmp_path: Path, smpl: Robot, states: MotionStates, caplog: pytest.LogCaptureFixture
) -> None:
    flying = replace(states, body_contact=torch.zeros_like(states.body_contact))
    write_motion_lib(tmp_path / "x.pt", smpl, [packed(flying)], velocity_rule="forward_min3")
    assert "no body is ever in contact" in caplog.text


def test_clips_of_motions_are_those_of_their_library(tmp_path: Path, smpl: Robot) -> None:
    motions = [turning_motion(smpl, frames=n, name=str(n)) for n in (1, 2, 30)]
    clips = clips_of_motions(motions, velocity_rule="forward_min3")
    write_motion_lib(tmp_path / "x.pt", smpl, clips, velocity_rule="forward_min3")
    save_motion_lib(tmp_path / "y.pt", library_from_motions(motions, velocity_rule="forward_min3"))
    assert (tmp_path / "x.pt").read_bytes() == (tmp_path / "y.pt").read_bytes()


def test_clips_of_a_library_are_its_frames(smpl: Robot) -> None:
    motions = [turning_motion(smpl, frames=n, name=str(n)) for n in (1, 5)]
    lib = library_from_motions(motions)
    clips = clips_of_library(lib)
    assert [(clip.name, clip.num_frames, clip.fps) for clip in clips] == [
        ("1", 1, 50.0),
        ("5", 5, 50.0),
    ]
    assert clips[1].seconds == pytest.approx(0.08)
    assert torch.equal(clips[1].load().dof_pos, lib.states.dof_pos[1:])

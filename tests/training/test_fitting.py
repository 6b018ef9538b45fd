"""What does not belong together is refused by name, before a frame is read."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from motionlib.errors import RobotError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.protomotions.motion_file import save_motion_file
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.registry.opening import open_registry
from motionlib.robot import Robot
from training import fitting
from training.building import MotionSource, find_motions
from training.config import Experiment, MotionLibConfig
from training.fitting import check_fit, open_motions, with_robot
from training.values import ConfigError

ANY = Experiment(name="any", num_envs=8)


def source_of(path: Path) -> MotionSource:
    return find_motions(MotionLibConfig(motion_file=str(path)))


@pytest.fixture
def frames_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "load_library", lambda *_: pytest.fail("frames were read"))


@pytest.fixture
def source(library_file: Path) -> MotionSource:
    return source_of(library_file)


def test_what_fits_passes(source: MotionSource, microduck: Robot, frames_are_left_alone) -> None:
    check_fit(ANY, microduck, source)
    check_fit(replace(ANY, robot="microduck"), microduck, source)
    check_fit(replace(ANY, robot=str(microduck.files[0].parent)), microduck, source)
    check_fit(replace(ANY, motion_lib=MotionLibConfig(fps=50.0)), microduck, source)


def test_motions_of_another_robot_are_refused(
    source: MotionSource, g1: Robot, frames_are_left_alone
) -> None:
    with pytest.raises(RobotError) as error:
        check_fit(replace(ANY, robot="g1"), g1, source)
    said = str(error.value)
    assert said.startswith("experiment any: robot is g1 (29 dofs), motions ")
    assert "small.pt are of microduck (14 dofs)" in said
    assert "dof_names: the motions lack left_ankle_pitch_joint, " in said
    assert "the robot lacks head_pitch, head_roll, " in said
    assert "body_names: the robot lacks " in said
    assert "Name motions of g1 with --motion-file or --registry-name, or " in said


def test_an_experiment_of_another_robot_is_refused(
    source: MotionSource, microduck: Robot, frames_are_left_alone
) -> None:
    with pytest.raises(RobotError, match=r"robot is g1 \(29 dofs\), asked to train microduck"):
        check_fit(replace(ANY, robot="g1"), microduck, source)


def test_a_robot_of_the_same_name_with_another_dof_is_refused(
    tmp_path: Path, microduck: Robot, make_motion, edit_file, frames_are_left_alone
) -> None:
    save_npz(tmp_path / "x.npz", [make_motion(microduck)])
    dofs = ("neck_tilt", *microduck.dof_names[1:])
    other = replace(microduck, dof_names=dofs, semantic_sha256="0" * 64)
    with pytest.raises(RobotError, match=r"the motions lack neck_tilt; the robot lacks \w+\n"):
        check_fit(ANY, other, source_of(tmp_path / "x.npz"))
    # the same names with other numbers are left to the reader, who compares poses
    check_fit(ANY, replace(microduck, semantic_sha256="0" * 64), source_of(tmp_path / "x.npz"))


def test_an_artifact_is_refused_by_its_manifest(
    library_file: Path, motion_home: Path, g1: Robot, frames_are_left_alone, monkeypatch
) -> None:
    facts = {"robot": "microduck", "robot_sha256": "ab" * 32, "dof_names": ("hip",)}
    open_registry("local").publish({"a.pt": library_file}, name="duck", metadata=facts)
    found = find_motions(MotionLibConfig(registry_name="duck"))
    monkeypatch.setattr(fitting, "read_library_header", lambda _: pytest.fail("file was opened"))
    with pytest.raises(RobotError, match=r"duck:v0 a\.pt are of microduck \(1 dofs\)"):
        check_fit(ANY, g1, found)


def test_another_rate_than_wanted_is_refused(
    source: MotionSource, microduck: Robot, tmp_path: Path, make_motion, frames_are_left_alone
) -> None:
    wants = replace(ANY, motion_lib=MotionLibConfig(fps=30.0))
    with pytest.raises(ConfigError, match=r"motion_lib.fps is 30, .*small\.pt have 50 frames"):
        check_fit(wants, microduck, source)


def test_a_file_that_says_nothing_is_asked_when_it_was_read(
    microduck: Robot, tmp_path: Path, make_motion
) -> None:
    save_motion_file(tmp_path / "turn.motion", make_motion(microduck))
    source = source_of(tmp_path / "turn.motion")
    wants = replace(ANY, motion_lib=MotionLibConfig(fps=30.0))
    check_fit(wants, microduck, source)
    with pytest.raises(ConfigError, match=r"motion_lib.fps is 30, .* have 50 frames a second"):
        open_motions(wants, microduck, source)


def test_motions_of_another_rate_are_resampled_and_told_once(
    microduck: Robot, tmp_path: Path, make_motion, caplog: pytest.LogCaptureFixture
) -> None:
    slow = replace(make_motion(microduck), fps=30.0)
    save_motion_lib(tmp_path / "slow.pt", library_from_motions([slow]))
    with caplog.at_level(logging.INFO):
        source, library = open_motions(ANY, microduck, source_of(tmp_path / "slow.pt"))
    assert source.fps == (30.0,)
    assert library.fps.tolist() == [50.0]
    assert library.velocity_rule == "forward_min3"
    assert caplog.text.count("have 30 frames a second; resampled to the control rate, 50") == 1


def test_motions_at_the_control_rate_stay_mapped(
    source: MotionSource, microduck: Robot, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        found, library = open_motions(ANY, microduck, source)
    assert found == replace(source, fps=(50.0,))
    assert type(library.source).__name__ == "MappedFrames"
    assert caplog.text == ""


def test_any_robot_is_the_motions_own(
    source: MotionSource, small_lib: MotionLib, tmp_path: Path, microduck: Robot, make_motion
) -> None:
    assert with_robot(ANY, source).robot == "microduck"
    assert with_robot(replace(ANY, robot="g1"), source).robot == "g1"
    with pytest.raises(ConfigError, match=r"there are no motions, expected .*--robot-name"):
        with_robot(ANY, None)
    save_motion_file(tmp_path / "turn.motion", make_motion(microduck))
    with pytest.raises(ConfigError, match=r"turn\.motion do not say whose they are, expected"):
        with_robot(ANY, source_of(tmp_path / "turn.motion"))
    own = [replace(make_motion(replace(microduck, name="mine")))]
    save_motion_lib(tmp_path / "own.pt", library_from_motions(own))
    with pytest.raises(ConfigError, match=r"own\.pt are of 'mine', expected .*--robot-name"):
        with_robot(ANY, source_of(tmp_path / "own.pt"))

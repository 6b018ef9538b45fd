"""Numbers of a packaged library: which frames are looked at, and what is refused."""

from pathlib import Path

import pytest
import torch

from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import FormatError, RobotError
from motionlib.formats.protomotions import motion_lib as protomotions
from motionlib.formats.protomotions.checks import (
    check_robot_poses,
    check_values,
    every_row,
    some_rows,
    worst_pose,
)
from motionlib.formats.protomotions.checksums import HEADER_CRC, MOTION_CRC
from motionlib.formats.protomotions.frames import MappedFrames
from motionlib.formats.protomotions.marker_layout import body_layout
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.library import library_from_motions


@pytest.fixture
def content(tmp_path: Path, g1, make_motion) -> dict:
    clips = [make_motion(g1, frames=n, name=str(n)) for n in (10, 200)]
    save_motion_lib(tmp_path / "x.pt", library_from_motions(clips))
    return dict(load_torch_dict(tmp_path / "x.pt"))


def test_sound_numbers_pass(content, g1) -> None:
    source = MappedFrames(content, g1, body_layout(g1, "native"))
    for rows in (every_row(210), some_rows(210)):
        check_values(content, rows, [0, 10], "x.pt")
        check_robot_poses(g1, source, rows, "x.pt")
    assert worst_pose(g1, source, every_row(210)).metres < 1e-5
    assert some_rows(210)[0].tolist()[::63] == [0, 209]
    assert some_rows(2)[0].tolist() == [0, 1]


def test_wrong_numbers_are_named_with_motion_and_frame(content, g1) -> None:
    content["gavs"][57, 3, 1] = torch.inf
    with pytest.raises(FormatError, match=r"gavs has NaN.*1 of 210.*frame 57 \(motion 1, frame 47"):
        check_values(content, every_row(210), [0, 10], "x.pt")
    content["gavs"][57] = 0.0
    content["grs"][5] *= 1.01
    with pytest.raises(FormatError, match=r"grs has rotations.*1 frames.*frame 5 \(motion 0"):
        check_values(content, every_row(210), [0, 10], "x.pt")


def test_a_body_out_of_place_is_named(content, g1) -> None:
    content["gts"][101, 7] += 0.1
    source = MappedFrames(content, g1, body_layout(g1, "native"))
    with pytest.raises(RobotError, match=rf"{g1.body_names[7]} in frame 101 is 0.173 m"):
        check_robot_poses(g1, source, every_row(210), "x.pt")


def test_large_files_of_ours_are_sampled_and_foreign_ones_are_not(
    tmp_path: Path, content, g1, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protomotions, "WHOLE_BYTES", 0)
    spared = sorted(set(range(210)) - set(some_rows(210)[0].tolist()))[0]
    content["dvs"][spared, 0] = torch.nan
    header = content[protomotions.HEADER_KEY]
    for key in (MOTION_CRC, HEADER_CRC):  # as before there were checksums
        del header[key]
    torch.save(content, tmp_path / "ours.pt")
    assert load_motion_lib(tmp_path / "ours.pt", g1).num_motions == 2
    del content[protomotions.HEADER_KEY]
    torch.save(content, tmp_path / "foreign.pt")
    with pytest.raises(FormatError, match=f"dvs has NaN.*frame {spared} "):
        load_motion_lib(tmp_path / "foreign.pt", g1)

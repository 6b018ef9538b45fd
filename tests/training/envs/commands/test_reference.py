"""The reference table against the library that it was made from."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motionlib.errors import MotionError
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion
from motionlib.robot import Robot
from training.envs.commands import reference
from training.envs.commands.reference import (
    LibraryRows,
    ReferenceTable,
    check_library,
    reference_table,
    reset_state,
)
from training.envs.snapshot import BodySelection


def test_rows_are_the_library_s_frames(lib: MotionLib, microduck: Robot) -> None:
    selection = BodySelection(microduck, end_bodies=("mouth",), device="cpu")
    rows = torch.tensor([0, 7, 125, 180])
    found = ReferenceTable(lib, selection).rows(rows)
    indices = [microduck.body_names.index(name) for name in selection.names]
    states = lib.states.frames(rows)
    assert torch.equal(found.dof_pos, states.dof_pos)
    assert torch.equal(found.dof_vel, states.dof_vel)
    assert torch.equal(found.bodies.pos, states.body_pos[:, indices])
    assert torch.equal(found.bodies.quat_wxyz, states.body_quat_wxyz[:, indices])
    assert torch.equal(found.bodies.lin_vel, states.body_lin_vel[:, indices])
    assert torch.equal(found.bodies.ang_vel, states.body_ang_vel[:, indices])
    feet = [microduck.body_names.index(name) for name in microduck.foot_bodies]
    assert torch.equal(found.foot_contact, states.body_contact[:, feet])
    some = found.take(torch.tensor([2]))
    assert torch.equal(some.bodies.pos, found.bodies.pos[2:3])


def test_a_mapped_library_is_read_piece_by_piece_and_stays_on_disk(
    lib: MotionLib, microduck: Robot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_motion_lib(tmp_path / "x.pt", lib)
    mapped = load_motion_lib(tmp_path / "x.pt", microduck)
    monkeypatch.setattr(reference, "_ROWS", 50)
    monkeypatch.setattr(type(mapped.source), "loaded", lambda _: pytest.fail("all was read"))
    selection = BodySelection(microduck, end_bodies=(), device="cpu")
    rows = torch.arange(int(lib.num_frames.sum()))
    found = reference_table(mapped, selection).rows(rows)
    monkeypatch.undo()
    whole = ReferenceTable(mapped.loaded(), selection).rows(rows)
    assert torch.equal(found.bodies.quat_wxyz, whole.bodies.quat_wxyz)
    assert torch.equal(found.dof_vel, whole.dof_vel)
    assert torch.equal(reset_state(mapped, rows).root_quat_wxyz, mapped.states.body_quat_wxyz[:, 0])


def test_environments_of_one_library_share_its_table(lib: MotionLib, microduck: Robot) -> None:
    one, other = (
        BodySelection(microduck, end_bodies=ends, device="cpu") for ends in ((), ("mouth",))
    )
    table = reference_table(lib, one)
    assert reference_table(lib, BodySelection(microduck, end_bodies=(), device="cpu")) is table
    assert reference_table(lib, other) is not table
    assert reference_table(replace(lib), one) is not table


def test_reset_state_is_the_root_of_the_frame(lib: MotionLib) -> None:
    state = reset_state(lib, torch.tensor([130]))
    assert torch.equal(state.root_pos, lib.states.body_pos[130:131, 0])
    assert torch.equal(state.dof_vel, lib.states.dof_vel[130:131])


def test_a_clip_of_one_frame_is_refused(
    microduck: Robot, standing_clip: Callable[..., Motion]
) -> None:
    lib = library_from_motions(
        [standing_clip(microduck), standing_clip(microduck, frames=1, name="pose")]
    )
    with pytest.raises(MotionError, match="pose: a clip of one frame"):
        check_library(lib, microduck)


def test_another_robot_s_library_is_refused(lib: MotionLib, g1: Robot) -> None:
    with pytest.raises(MotionError, match="for robot microduck, the environment has g1"):
        check_library(lib, g1)


def test_a_large_library_in_a_file_is_read_row_by_row(
    lib: MotionLib, microduck: Robot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same numbers, and no table in memory; what lies in memory already gets its table."""
    save_motion_lib(tmp_path / "x.pt", lib)
    mapped = load_motion_lib(tmp_path / "x.pt", microduck)
    selection = BodySelection(microduck, end_bodies=("mouth",), device="cpu")
    monkeypatch.setattr(reference, "_table_mb", lambda *_: 300.0)
    assert isinstance(reference_table(lib, selection, most_mb=256), ReferenceTable)
    assert isinstance(reference_table(mapped, selection, most_mb=301), ReferenceTable)
    again = load_motion_lib(tmp_path / "x.pt", microduck)
    direct = reference_table(again, selection, most_mb=256)
    assert isinstance(direct, LibraryRows)
    rows = torch.tensor([0, 7, 125, 180])
    found, wanted = direct.rows(rows), ReferenceTable(mapped, selection).rows(rows)
    assert torch.equal(found.foot_contact, wanted.foot_contact)
    assert torch.equal(found.dof_pos, wanted.dof_pos)
    assert torch.equal(found.dof_vel, wanted.dof_vel)
    for one, other in zip(found.bodies, wanted.bodies, strict=True):
        assert torch.equal(one, other)

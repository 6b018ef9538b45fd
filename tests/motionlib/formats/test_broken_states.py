from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.formats.broken_states import (
    STATE_KEYS,
    BrokenStates,
    load_broken_states,
    save_broken_states,
)
from motionlib.formats.robot_npz import robot_layout
from motionlib.inspection.contents import inspect_file


def broken(count: int = 2, dofs: int = 3) -> BrokenStates:
    pose = np.arange(count * 2 * 3, dtype=np.float32).reshape(count, 2, 3)
    joints = np.ones((count, 2, dofs), dtype=np.float32)
    joints[0, 1, 0] = np.nan
    return BrokenStates(
        robot_name="duck",
        dof_names=("a", "b", "c"),
        env_ids=np.array([4, 9]),
        reasons=("reward", "observations of actor"),
        motion_names=("walk", ""),
        seconds=np.array([1.24, np.nan], dtype=np.float32),
        root_pos=pose,
        root_quat_wxyz=np.ones((count, 2, 4), dtype=np.float32),
        root_lin_vel=pose,
        root_ang_vel=pose,
        dof_pos=joints,
        dof_vel=joints,
        action=joints[:, 0],
        dof_target=joints[:, 0],
    )


def test_round_trip_keeps_what_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "broken_states.npz"
    save_broken_states(path, broken())
    read, wrote = load_broken_states(path), broken()
    for name in BrokenStates.__slots__:
        np.testing.assert_array_equal(getattr(read, name), getattr(wrote, name))
    assert read.lines() == [
        "environment 4, walk at 1.24 s: reward",
        "environment 9: observations of actor",
    ]


def test_it_is_no_motion() -> None:
    assert not robot_layout(set(STATE_KEYS))


def test_inspect_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "broken_states.npz"
    save_broken_states(path, broken())
    report = inspect_file(path)
    assert report["kind"] == "states of robots at which a training stopped: 2 of duck"
    assert report["num_dofs"] == 3
    assert report["keys"]["state_dof_pos"]["shape"] == [2, 2, 3]
    assert report["problems"] == broken().lines()


def test_what_is_missing_or_odd_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken_states.npz"
    save_broken_states(path, broken())
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, "state_seconds": np.zeros(3)})
    with pytest.raises(FormatError, match="seconds not of 2 robots"):
        load_broken_states(path)
    assert "seconds not of 2 robots" in inspect_file(path)["problems"][0]
    del arrays["state_action"]
    np.savez(path, **arrays)
    with pytest.raises(FormatError, match="state_action missing"):
        load_broken_states(path)

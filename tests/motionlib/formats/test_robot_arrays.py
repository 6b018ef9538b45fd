"""The door for foreign arrays; whole files are in test_robot_npz and test_robot_pickle."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError, RobotError
from motionlib.formats.robot_arrays import RobotArrays, dof_columns, motion_of_arrays


@pytest.fixture
def here(tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(b"any")
    return path


def arrays(robot, **changes):
    standing = {
        "root_pos": np.tile([0.0, 0.0, robot.default_root_height], (4, 1)),
        "root_quat_wxyz": np.tile([1.0, 0.0, 0.0, 0.0], (4, 1)),
        "joints": np.tile(robot.default_dof_pos, (4, 1)),
    }
    return RobotArrays(format="theirs", name="clip", fps=30.0, **(standing | changes))


def test_names_are_matched_in_any_spelling_and_spare_ones_told(microduck, here):
    names = tuple(f"{name.title()}_Joint" for name in reversed(microduck.dof_names))
    joints = np.arange(15.0)[None] * 0.01 + np.zeros((4, 1))
    held = arrays(microduck, joints=joints, joint_names=("Tail", *names))
    motion = motion_of_arrays(held, microduck, here, fps=None, floor="keep")
    assert np.allclose(motion.dof_pos[0], np.arange(14, 0, -1) * 0.01)
    assert motion.provenance.steps[:2] == ("theirs: 30 fps", "joints left out: Tail")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root_pos": np.zeros((3, 3))}, "root_quat_wxyz .theirs. has shape .4, 4"),
        ({"joints": np.full((4, 14), np.nan)}, "NaN or infinity, first in frame 0"),
        ({"joints": np.full((4, 14), "x")}, "type text, expected"),
        ({"fps": -1.0}, "its rate is -1"),
    ],
)
def test_damaged_arrays_are_refused(microduck, here, changes, message):
    held = arrays(microduck)
    fields = {name: getattr(held, name) for name in ("format", "name", "fps", "root_pos")}
    fields |= {name: getattr(held, name) for name in ("root_quat_wxyz", "joints")}
    with pytest.raises(FormatError, match=message):
        motion_of_arrays(RobotArrays(**(fields | changes)), microduck, here, fps=None, floor="keep")


def test_joints_of_another_robot_and_humanoids_are_refused(microduck, smpl, here):
    with pytest.raises(RobotError, match="has 12 joints and no names for them, microduck has 14"):
        dof_columns((), 12, microduck, Path("x"))
    with pytest.raises(RobotError, match="one is there twice"):
        dof_columns((*microduck.dof_names, "LeftKnee"), 15, microduck, Path("x"))
    with pytest.raises(RobotError, match="joint angles of a robot"):
        motion_of_arrays(arrays(microduck), smpl, here, fps=None, floor="keep")

"""Single layouts; files in whole are in test_robot_npz."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError, RobotError
from motionlib.formats.npz_layouts import amp_arrays, holosoma_arrays, qpos_arrays

HERE = Path("x.npz")


def qpos(robot, frames=4):
    standing = [0.0, 0.0, robot.default_root_height, 1.0, 0.0, 0.0, 0.0, *robot.default_dof_pos]
    return np.tile(np.array(standing), (frames, 1))


def test_velocities_of_joints_come_without_those_of_the_root(microduck):
    held = {"qpos": qpos(microduck), "qvel": np.arange(80.0).reshape(4, 20), "fps": np.array(50)}
    (clip,) = qpos_arrays(held, microduck, HERE)
    assert clip.joint_vel is not None
    assert clip.joint_vel[0].tolist() == list(range(6, 20))
    assert (clip.fps, clip.name) == (50.0, "x")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"qpos": np.zeros((4, 20))}, r"expected \(T, 21\) floats"),
        ({"split_points": np.array([0, 9])}, "rising frames from 0 to 4"),
        ({"fps": np.array([30, 30])}, r"fps is \[30, 30\], expected one positive number"),
    ],
)
def test_what_does_not_fit_is_refused(microduck, changes, message):
    with pytest.raises(FormatError, match=message):
        qpos_arrays({"qpos": qpos(microduck), "fps": np.array(50), **changes}, microduck, HERE)


def test_states_without_the_root_body_or_with_too_many_columns_are_refused(microduck):
    with pytest.raises(RobotError, match="body_names lack"):
        amp_arrays({"body_names": np.array(["hand"])}, microduck, HERE)
    with pytest.raises(FormatError, match="expected 14 joints"):
        holosoma_arrays({"joint_pos": np.zeros((4, 17))}, microduck, HERE)

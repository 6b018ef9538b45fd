"""Our `.npz` through mjlab's own `MotionLoader`, in an interpreter that has mjlab.

`MJLAB_PYTHON` names that interpreter if it is not this one: mjlab brings a simulator, a viewer and
a tracker along, which nothing else here needs (`pip install -e '.[mjlab]'`).
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from motionlib.formats.beyondmimic import save_npz
from motionlib.motion import concatenate_states, states_from_motion

_VERSION = "1.6.0"

_READ = """
import sys
import numpy as np
import torch
from mjlab.asset_zoo.robots.unitree_g1.g1_constants import get_spec
from mjlab.tasks.tracking.mdp.commands import MotionLoader

source, target, *indices = sys.argv[1:]
loader = MotionLoader(source, torch.tensor([int(i) for i in indices]))
model = get_spec().compile()
np.savez(
    target,
    joint_pos=loader.joint_pos, joint_vel=loader.joint_vel, body_pos_w=loader.body_pos_w,
    body_quat_w=loader.body_quat_w, body_lin_vel_w=loader.body_lin_vel_w,
    body_ang_vel_w=loader.body_ang_vel_w, time_step_total=loader.time_step_total,
    g1_bodies=[model.body(i).name for i in range(1, model.nbody)],
    g1_joints=[model.joint(i).name for i in range(1, model.njnt)],
)
"""


@pytest.fixture(scope="module")
def mjlab_python():
    python = os.environ.get("MJLAB_PYTHON", sys.executable)
    probe = "import importlib.metadata as m; print(m.version('mjlab'))"
    found = subprocess.run(
        [python, "-c", probe], capture_output=True, text=True, check=False, timeout=120
    )
    if found.returncode:
        pytest.skip(f"{python} has no mjlab; install mjlab=={_VERSION} or set MJLAB_PYTHON")
    if found.stdout.strip() != _VERSION:
        pytest.skip(f"{python} has mjlab {found.stdout.strip()}, this test is about {_VERSION}")
    return python


@pytest.fixture
def read_by_mjlab(mjlab_python, tmp_path):
    def read(path: Path, indices):
        target = tmp_path / "read.npz"
        command = [mjlab_python, "-c", _READ, str(path), str(target), *map(str, indices)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        with np.load(target) as file:
            return dict(file)

    return read


@pytest.mark.slow
@pytest.mark.parametrize("name", ["microduck", "g1"])
def test_tracked_bodies_arrive_unchanged(request, tmp_path, make_motion, read_by_mjlab, name):
    robot = request.getfixturevalue(name)
    clips = [make_motion(robot, frames=20, name="a"), make_motion(robot, frames=30, name="b")]
    save_npz(tmp_path / "motion.npz", clips)
    tracked = [robot.body_names.index(body) for body in robot.tracked_bodies]
    got = read_by_mjlab(tmp_path / "motion.npz", tracked)
    states = concatenate_states([states_from_motion(clip) for clip in clips])
    assert int(got["time_step_total"]) == 50
    expected = {
        "joint_pos": states.dof_pos,
        "joint_vel": states.dof_vel,
        "body_pos_w": states.body_pos[:, tracked],
        "body_quat_w": states.body_quat_wxyz[:, tracked],
        "body_lin_vel_w": states.body_lin_vel[:, tracked],
        "body_ang_vel_w": states.body_ang_vel[:, tracked],
    }
    for key, value in expected.items():
        np.testing.assert_array_equal(got[key], value, err_msg=key)
    if name == "g1":
        assert tuple(got["g1_bodies"]) == robot.body_names
        assert tuple(got["g1_joints"]) == robot.dof_names

"""Clips through PyRoki itself, in an interpreter that has it beside what the workbench needs.

`PYROKI_PYTHON` names that interpreter if it is not this one. PyRoki and jaxls are installed from
their repositories; `retarget.backends.pyroki.INSTALL` says how.
"""

import dataclasses
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from retarget.pairs.files import load_pair
from retarget.settings import ContactSettings
from retarget.solver.native import Solver
from retarget.targets import Goal, goal_of
from tests.conftest import turning_motion

ROOT = Path(__file__).resolve().parents[2]
_OVERLAP = 16

_SOLVE = """
import dataclasses, sys, time
import numpy as np
from motionlib.robots.files import load_robot
from retarget.backends import pyroki
from retarget.pairs.files import load_pair
from retarget.targets import Goal

goal_file, target, chunk, overlap = sys.argv[1:]
arrays = np.load(goal_file)
goal = Goal(**{f.name: arrays[f.name] for f in dataclasses.fields(Goal) if f.name in arrays})
pyroki.CHUNK, pyroki.OVERLAP = int(chunk), int(overlap)
robot = load_robot("g1")
back_end = pyroki.PyrokiBackEnd(robot, load_pair("g1", robot))
marks = [time.perf_counter()]
for _ in range(2):
    found = back_end.solve(goal)
    marks.append(time.perf_counter())
np.savez(target, **found._asdict(), seconds=np.diff(marks))
"""


@pytest.fixture(scope="module")
def pyroki_python():
    python = os.environ.get("PYROKI_PYTHON", sys.executable)
    done = subprocess.run(
        [python, "-c", "import pyroki, jaxls, retarget.backends.pyroki"], cwd=ROOT, capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        pytest.skip(f"{python}: {reason}; install PyRoki there or set PYROKI_PYTHON")
    return python


def solve_by_pyroki(python: str, folder: Path, goal: Goal, *, chunk: int) -> dict[str, np.ndarray]:
    names = [field.name for field in dataclasses.fields(Goal)]
    np.savez(folder / "goal.npz", **{name: getattr(goal, name) for name in names})
    command = [python, "-W", "ignore", "-c", _SOLVE, str(folder / "goal.npz")]
    command += [str(folder / "found.npz"), str(chunk), str(_OVERLAP)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(np.load(folder / "found.npz"))


@pytest.fixture(scope="module")
def goal(g1):
    """Two seconds of swaying on the spot."""
    motion = turning_motion(g1, frames=100)
    t = torch.arange(100)[:, None] / 50.0
    default = torch.as_tensor(g1.default_dof_pos).float()
    motion = replace(
        motion,
        dof_pos=default + 0.15 * torch.sin(3.0 * t + torch.arange(g1.num_dofs)),
        root_pos=torch.tensor([0.0, 0.0, g1.default_root_height]).repeat(100, 1),
    )
    return goal_of(motion, g1, load_pair("g1", g1), ContactSettings())


@pytest.fixture(scope="module")
def whole(pyroki_python, goal, tmp_path_factory):
    return solve_by_pyroki(pyroki_python, tmp_path_factory.mktemp("whole"), goal, chunk=464)


@pytest.mark.slow
def test_two_solvers_of_one_problem_agree(g1, goal, whole, capsys):
    ours = Solver(g1, load_pair("g1", g1)).solve(goal)
    apart = np.rad2deg(np.abs(whole["dof_pos"] - ours.dof_pos))
    first_s, again_s = whole["seconds"]
    with capsys.disabled():
        sys.stdout.write(
            f"\n100 frames: {again_s:.1f} s, compiled in {first_s - again_s:.1f} s, joints "
            f"{apart.mean():.2f}° from native, at most {apart.max():.1f}°\n"
        )
    assert whole["dof_pos"].shape == (100, g1.num_dofs)
    assert apart.mean() < 1.0
    low, high = g1.dof_limits.T
    assert ((whole["dof_pos"] >= low - 1e-6) & (whole["dof_pos"] <= high + 1e-6)).all()
    assert np.abs(whole["root_pos"] - ours.root_pos).max() < 0.02


@pytest.mark.slow
def test_a_clip_longer_than_a_chunk_has_no_seams(pyroki_python, goal, whole, tmp_path, capsys):
    cut = solve_by_pyroki(pyroki_python, tmp_path, goal, chunk=48)
    apart = np.rad2deg(np.abs(cut["dof_pos"] - whole["dof_pos"]))
    with capsys.disabled():
        sys.stdout.write(f"\nin chunks: joints at most {apart.max():.2f}° from the whole\n")
    assert len(cut["dof_pos"]) == 100
    assert apart.max() < 1.5
    roughest = [np.abs(np.diff(each["dof_pos"], 2, axis=0)).max() for each in (cut, whole)]
    assert roughest[0] < 1.5 * roughest[1]

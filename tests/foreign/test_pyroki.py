"""Clips through PyRoki itself, in an interpreter that has it beside what the workbench needs.

`PYROKI_PYTHON` names that interpreter if it is not this one. PyRoki and jaxls are installed from
their repositories; `retarget.pyroki.INSTALL` says how.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retarget.pairs import load_pair
from retarget.settings import ContactSettings
from retarget.solver import Solver
from retarget.targets import Goal, goal_of

ROOT = Path(__file__).resolve().parents[2]

_SOLVE = """
import dataclasses, sys, time
import numpy as np
from motionlib.robot_files import load_robot
from retarget import pyroki
from retarget.pairs import load_pair
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
        [python, "-c", "import pyroki, jaxls, retarget.pyroki"], cwd=ROOT, capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        pytest.skip(f"{python}: {reason}; install PyRoki there or set PYROKI_PYTHON")
    return python


@pytest.fixture
def solve_by_pyroki(pyroki_python, tmp_path):
    def solve(goal: Goal, *, chunk: int, overlap: int = 16) -> dict[str, np.ndarray]:
        names = ("fps", "points", "turns", "contact", "soles", "ground")
        np.savez(tmp_path / "goal.npz", **{name: getattr(goal, name) for name in names})
        command = [pyroki_python, "-W", "ignore", "-c", _SOLVE, str(tmp_path / "goal.npz")]
        command += [str(tmp_path / "found.npz"), str(chunk), str(overlap)]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return dict(np.load(tmp_path / "found.npz"))

    return solve


@pytest.mark.slow
def test_two_solvers_of_one_problem_agree(g1, make_motion, solve_by_pyroki, capsys):
    pair = load_pair("g1", g1)
    goal = goal_of(make_motion(g1, frames=100), g1, pair, ContactSettings())
    ours = Solver(g1, pair).solve(goal)
    theirs = solve_by_pyroki(goal, chunk=464)
    apart = np.rad2deg(np.abs(theirs["dof_pos"] - ours.dof_pos))
    first_s, again_s = theirs["seconds"]
    with capsys.disabled():
        sys.stdout.write(
            f"\n100 frames: {again_s:.1f} s, compiled in {first_s - again_s:.1f} s, joints "
            f"{apart.mean():.2f}° from native\n"
        )
    assert theirs["dof_pos"].shape == (100, g1.num_dofs)
    assert apart.mean() < 0.5
    low, high = g1.dof_limits.T
    assert ((theirs["dof_pos"] >= low - 1e-6) & (theirs["dof_pos"] <= high + 1e-6)).all()
    assert np.abs(theirs["root_pos"] - ours.root_pos).max() < 0.02


@pytest.mark.slow
def test_a_clip_longer_than_a_chunk_has_no_seams(g1, make_motion, solve_by_pyroki):
    goal = goal_of(make_motion(g1, frames=100), g1, load_pair("g1", g1), ContactSettings())
    whole, cut = (solve_by_pyroki(goal, chunk=chunk) for chunk in (464, 48))
    assert len(cut["dof_pos"]) == 100
    assert np.rad2deg(np.abs(cut["dof_pos"] - whole["dof_pos"])).max() < 1.5
    steps = (np.abs(np.diff(each["dof_pos"], 2, axis=0)).max() for each in (cut, whole))
    assert next(steps) < 1.5 * next(steps)

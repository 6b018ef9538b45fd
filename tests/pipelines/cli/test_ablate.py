from pathlib import Path

import pytest

import pipelines.ablation
from pipelines.ablation import tabulated
from pipelines.grids import Compiled
from tests.pipelines.cli.test_report_compare import save
from tests.pipelines.test_grids import GRID, folder, grid

__all__ = ["folder"]  # the fixture


def test_a_dry_run_lists_the_trainings(motion, folder: Path) -> None:
    done = motion("ablate", grid(folder, GRID), "--dry")
    assert done.status == 0
    assert "4 trainings" in done.errors
    line = next(line for line in done.output.splitlines() if "high_seed3" in line)
    assert "env.action.gain=1.5" in line


def test_the_table_at_the_end_and_what_was_not_finished(
    motion, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(compiled: Compiled, instance: object) -> list:
        errors = {"base_seed0": 0.1, "base_seed3": 0.2, "high_seed0": 0.05}
        made = {(n, ""): save(folder / n / "per_motion.parquet", e) for n, e in errors.items()}
        return [tabulated(compiled, made)]

    monkeypatch.setattr(pipelines.ablation, "run_grid", run)
    monkeypatch.setattr("pipelines.home.open_instance", lambda: None)
    monkeypatch.setattr("pipelines.preflight.missing_inputs", lambda recipe: [])
    monkeypatch.setattr("pipelines.preflight.problems_of", lambda recipe: [])
    done = motion("ablate", grid(folder, GRID), "--measures", "body_pos_error_mean", "joint_eror")
    assert done.status == 1
    lines = [line.split() for line in done.output.splitlines() if "body pos error mean" in line]
    assert lines[0][5:] == ["base", "2", "8", "15", "[-48.53,", "78.53]"]
    assert lines[1][5:] == ["high", "1", "8", "5", "-5", "too", "few", "seeds", "to", "tell"]
    assert "not evaluated: high_seed3" in done.errors
    assert "--measures joint_eror: nearest: joint_error_mean" in done.errors
    assert "Student's t over seeds" in done.output


def test_what_stands_against_a_grid_is_told_before_anything_runs(motion, folder: Path) -> None:
    done = motion("ablate", grid(folder, GRID))  # its recipe's source is not there
    assert (done.status, done.output) == (2, "")
    assert "motions.pkl, expected a file that is there" in done.errors
    assert motion("ablate", grid(folder, "recipe: mine.yaml\n")).status == 2

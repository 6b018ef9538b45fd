"""A grid that is really trained: two seeds of the smallest recipe, in one graph and one table."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.cli.main import main

RECIPE = Path(__file__).resolve().parents[1] / "recipes" / "smoke.yaml"
GRID = f"""
name: tiny_grid
recipe: {RECIPE}
seeds: [0, 1]
max_steps: 256
num_envs: 16
"""

pytestmark = pytest.mark.slow


def test_cells_are_trainings_of_one_graph_and_meet_in_one_table(
    tmp_path: Path,
    motion_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    grid = tmp_path / "grid.yaml"
    reports = motion_home / "reports" / "tiny_grid"
    grid.write_text(GRID)
    assert main(["ablate", str(grid)]) == 0
    trained = sorted(each.name for each in (motion_home / "results").iterdir())
    assert [name.split("-")[1] for name in trained] == ["own_seed0", "own_seed1"]
    (both,) = _errors(reports)
    assert (both["seeds"], both["motions"]) == ("0 1", 3)
    assert both["low"] < both["mean"] < both["high"]
    assert "Student's t over seeds" in capsys.readouterr().out
    # two trainings of one recipe are compared motion by motion, too
    assert (reports / "differences.html").is_file()
    rows = pq.read_table(reports / "differences.parquet").to_pylist()
    sides = {
        (row["first_side"], row["second_side"], row["method"]) for row in rows if row["motions"]
    }
    assert sides == {("own_seed0", "own_seed1", "permutation test")}
    assert 'href="differences.html"' in (reports / "comparison.html").read_text(encoding="utf-8")


def _errors(reports: Path) -> list[dict]:
    rows = pq.read_table(reports / "seeds.parquet").to_pylist()
    return [row for row in rows if row["measure"] == "body_pos_error_mean"]

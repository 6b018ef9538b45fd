"""The table of a grid from tables of its cells; a grid that is really trained is below tests/whole."""

from pathlib import Path

import pyarrow.parquet as pq

from pipelines.ablation import Ablation, tabulated
from pipelines.grids import compile_grid
from tests.pipelines.cli.test_report_compare import save
from tests.pipelines.test_grids import GRID, folder, grid

__all__ = ["folder"]  # the fixture


def table_of(folder: Path, errors: dict[str, float]) -> Ablation:
    made = {
        (name, ""): save(folder / name / "per_motion.parquet", error)
        for name, error in errors.items()
    }
    return tabulated(compile_grid(grid(folder, GRID)), made)


def test_one_table_and_page_of_all_variants(folder: Path, motion_home: Path) -> None:
    errors = {"base_seed0": 0.1, "base_seed3": 0.2, "high_seed0": 0.05, "high_seed3": 0.14}
    done = table_of(folder, errors)
    assert done.unfinished == []
    assert done.table == motion_home / "reports" / "gains" / "seeds.parquet"
    rows = [
        r for r in pq.read_table(done.table).to_pylist() if r["measure"] == "body_pos_error_mean"
    ]
    assert [(r["variant"], r["seeds"], round(r["mean"], 4)) for r in rows] == [
        ("base", "0 3", 0.15),
        ("high", "0 3", 0.095),
    ]
    assert round(rows[1]["difference"], 4) == -0.055
    assert rows[1]["method"] == "Student's t over seeds"
    assert "high" in done.page.read_text(encoding="utf-8")


def test_a_cell_that_is_not_there_is_named_and_in_no_mean(folder: Path, motion_home: Path) -> None:
    done = table_of(folder, {"base_seed0": 0.1, "high_seed3": 0.14})
    assert done.unfinished == ["base_seed3", "high_seed0"]
    assert "in no mean: base_seed3, high_seed0" in done.page.read_text(encoding="utf-8")
    none = table_of(folder, {})
    assert (none.reached, len(none.unfinished)) == ([], 4)

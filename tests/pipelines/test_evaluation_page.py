from motionlib.robot import Robot
from pipelines.evaluation_page import PAGE, evaluation_page
from training.evaluation.columns import table_columns
from training.evaluation.config import EvaluationConfig
from training.evaluation.definitions.successes import SUCCESSES


def test_the_page_is_that_of_the_columns() -> None:
    assert PAGE.read_text(encoding="utf-8") == evaluation_page(), (
        "docs/evaluation.md is old: python -m pipelines.evaluation_page"
    )


def test_every_column_has_its_line_and_every_measure_its_formula_and_source(g1: Robot) -> None:
    text = evaluation_page()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    first = [row.split("`")[1] for row in rows]
    by_name = dict(zip(first, rows, strict=True))
    for column in table_columns(EvaluationConfig(), g1):
        assert f"`{column.name}`" in text or column.name.endswith("_scaled"), column.name
        if column.measure and not column.name.endswith("_before_failure"):
            cells = by_name[column.name].replace("\\|", "¦").split("|")[1:-1]
            assert len(cells) == 8, column.name
            unit, what, formula, frame, counted, _, source = (x.strip() for x in cells[1:])
            assert all((unit, what, formula, frame, counted, source)), column.name
    for each in SUCCESSES:
        assert each.said.replace("|", "\\|") in by_name[each.column]
    assert "`gt_err_before_failure`" in by_name["gt_err"]
    assert by_name["Eval/gt_err"] == "| `Eval/gt_err` | `gt_err` |"
    assert len(first) == len(set(first))

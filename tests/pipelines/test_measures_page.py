from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.plausibility_table import PLAUSIBILITIES
from motionlib.walking.measure_table import WALKING_MEASURES
from pipelines.measures_page import PAGE, measures_page
from retarget.quality.measure_table import ROBOT_MEASURES


def test_the_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == measures_page(), (
        "docs/measures.md is old: python -m pipelines.measures_page"
    )


def test_every_measure_has_its_line_with_its_gate() -> None:
    lines = measures_page().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    plausible = [each.measure for each in PLAUSIBILITIES]
    human = [measure for measure in HUMAN_MEASURES if measure not in plausible]
    tables = (*WALKING_MEASURES, *human, *ROBOT_MEASURES, *plausible)
    assert [row.split("`")[1] for row in rows] == [measure.name for measure in tables]
    by_name = {row.split("`")[1]: row for row in rows}
    assert "| cm/s | flagged above 1, rejected above 3 |" in by_name["skate_mean_cm_s"]
    assert "| m | rejected above 0.1 | `sole_depth_max_frame` |" in by_name["sole_depth_max"]
    assert "| flagged above 0.3, either sign |" in by_name["height_shift"]
    assert "| flagged above 0.1 (fixed), either sign |" in by_name["ground_height"]
    shares = [row for row in rows if "`contact_share`" in row]
    assert "| share of frames | flagged below 0.05 (fixed) |" in shares[1]
    assert "| rad | flagged above 0.3, rejected above 2 |" in by_name["limit_excess_median"]
    assert any("| `seconds` | s | rejected below 0.1 |" in row for row in rows)

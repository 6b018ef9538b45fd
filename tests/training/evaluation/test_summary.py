from pathlib import Path

import pytest

from motionlib.robot import Robot
from tests.training.evaluation.definitions.rows import full_row, full_table
from tests.training.evaluation.test_report import METADATA, Page, result
from training.evaluation.definitions.successes import SUCCESSES
from training.evaluation.report import report_html
from training.evaluation.store import Evaluation, load_evaluation, save_evaluation
from training.evaluation.summary import Entry, motion_rows, summary_html
from training.evaluation.tables import with_metadata

CONTROLLERS = ("policy", "zero_action", "open_loop")


def evaluation(folder: Path, motions: dict[str, float | None]) -> Evaluation:
    save_evaluation(folder, [result(name, motions) for name in CONTROLLERS], METADATA)
    return load_evaluation(folder)


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """Two trainings, evaluated on train; the first on test as well."""
    found = {
        ("one", "train"): {"walk <b>": None, "turn": 0.4},
        ("one", "test"): {"jump": None},
        ("two", "train"): {"walk <b>": 0.2, "turn": 0.4},
    }
    return [
        Entry(
            training=name,
            split=split,
            trained_on=split == "train",
            evaluation=evaluation(tmp_path / name / split, motions),
            page=f"{name}/report_{split}.html",
        )
        for (name, split), motions in found.items()
    ]


def test_a_motion_has_one_row_with_a_verdict_of_each_training(entries: list[Entry]) -> None:
    rows = {(row["split"], row["motion_name"]): row for row in motion_rows(entries)}
    assert list(rows) == [("train", "walk <b>"), ("train", "turn"), ("test", "jump")]
    walk = rows["train", "walk <b>"]
    assert (walk["one success"], walk["two success"]) == (True, False)
    assert (walk["one failure_cause"], walk["two failure_cause"]) == (None, "fall")
    assert walk["one global_error_m"] == 0.1
    jump = rows["test", "jump"]
    assert (jump["one success"], jump["two success"]) == (True, None), "two was not asked"
    assert {frozenset(row) for row in rows.values()} == {frozenset(walk)}, "rows have equal columns"


def test_motions_have_names_for_people_beside_their_keys(tmp_path: Path) -> None:
    titles = {"0.06_0.0_0.0": "forward .06 m/s"}
    motions = {"0.06_0.0_0.0": None, "dance": 0.4}
    save_evaluation(
        tmp_path, [result(name, motions) for name in CONTROLLERS], {**METADATA, "titles": titles}
    )
    made = load_evaluation(tmp_path)
    entry = Entry(training="", split="train", trained_on=True, evaluation=made)
    assert [row["title"] for row in motion_rows([entry])] == ["forward .06 m/s", "dance"]
    assert 'class="soft">forward .06 m/s</span>' in summary_html([entry], title="walk")
    # of both: the bounds, the worst and the table of all
    assert report_html(made).count("forward .06 m/s") == 3


def test_one_training_needs_no_name(entries: list[Entry]) -> None:
    alone = [
        Entry(training="", split=e.split, trained_on=True, evaluation=e.evaluation)
        for e in entries[:2]
    ]
    assert motion_rows(alone)[0]["success"] is True
    assert "Distribution of errors: test" in summary_html(alone, title="alone")


def test_the_page_is_whole_names_are_escaped_and_splits_stand_apart(entries: list[Entry]) -> None:
    html = summary_html(entries, title="two <trainings>")
    page = Page(html)
    assert page.open == []
    assert page.loads == []
    assert "walk <b>" not in html
    assert "two &lt;trainings&gt;" in html
    assert html.count("<svg") == 2, "a distribution a split, none of all together"
    words = " ".join(page.words)
    assert "50.0 %" in words, "one stays up on half of train"
    assert "66.7 %" not in words, "no average over splits"
    assert html.count('href="one/report_test.html"') == 1


def test_success_under_every_definition_stands_beside_ours(microduck: Robot) -> None:
    rows = [full_row(microduck, "a"), full_row(microduck, "b", success_phc=False)]
    table = with_metadata(full_table(microduck, rows), METADATA)
    made = Evaluation(tables={"policy": table}, series={}, metadata=METADATA)
    page = summary_html(
        [Entry(training="", split="train", trained_on=True, evaluation=made)], title="walk"
    )
    assert Page(page).open == []
    section = page[page.index("Success under every definition") :].split("</table>")[0]
    assert section.count("<td>") == 1 + 1 + len(SUCCESSES)
    assert ">50.0 %<br>" in section
    assert "after a failure the body where it lies counts to the end" in page


def test_a_table_without_definitions_has_no_such_section(entries: list[Entry]) -> None:
    assert "under every definition" not in summary_html(entries, title="walk")

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from motionlib.errors import FormatError
from motionlib.robot import Robot
from tests.training.evaluation.definitions.rows import full_row, full_table
from training.evaluation.columns import MEASURES
from training.evaluation.definitions.successes import SUCCESSES
from training.evaluation.evaluator import EvaluationResult
from training.evaluation.report import render_report, report_html
from training.evaluation.store import Evaluation, load_evaluation, save_evaluation
from training.evaluation.streams import ErrorSeries
from training.evaluation.tables import table_from_rows, with_metadata

SERIES = ErrorSeries(
    time_s=[0.0, 0.5, 1.0],
    values={"body_pos_error": [0.0, 0.1, 0.2], "body_pos_error_relative": [0.0, 0.01, 0.02]},
)
METADATA = {
    "robot": "microduck",
    "thresholds": {"tracking_lost": 0.1},
    "lineage": [{"name": "policy <last>", "sha256": "ab12"}],
    "accept": [{"metric": "survival_rate", "minimum": "0.9", "maximum": "inf"}],
}


def result(controller: str, names: dict[str, float | None]) -> EvaluationResult:
    rows = [
        {
            "case": name,
            "motion_name": name,
            "variant": None,
            "source": f"file.pkl:{name}",
            "controller": controller,
            "weight": 1.0,
            "moving": True,
            "frames": 51,
            "seconds": 1.0,
            "evaluated_frames": 51,
            "evaluated_seconds": 1.0,
            "success": failure is None,
            "survived": failure is None,
            "survived_s": 1.0 if failure is None else failure,
            "failure_s": failure,
            "failure_cause": None if failure is None else "fall",
            **dict.fromkeys(MEASURES, 0.1),
        }
        for name, failure in names.items()
    ]
    return EvaluationResult(
        controller=controller,
        table=table_from_rows(rows),
        series=dict.fromkeys(names, SERIES),
        env_steps=100,
        motion_steps=100,
    )


MOTIONS: dict[str, float | None] = {"walk <b>&": None, "turn": 0.4}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    results = [result(name, MOTIONS) for name in ("policy", "zero_action", "open_loop")]
    save_evaluation(tmp_path, results, METADATA)
    return tmp_path


class Page(HTMLParser):
    """Collects what a page would load, its open tags, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag in {"script", "img", "link", "iframe"}:
            self.loads += [names[k] for k in ("src", "href") if names.get(k)]
        if tag in {"div", "table", "tr", "td", "ol", "li", "details"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in {"div", "table", "tr", "td", "ol", "li", "details"}:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_report_needs_no_network_and_is_well_formed(folder: Path):
    html = render_report(folder).read_text()
    page = Page(html)
    assert page.open == []
    assert page.loads == []
    assert not re.search(r"url\(\s*['\"]?https?:|@import", html)
    assert html.count("<svg") == 4  # bars, distribution, two motions over time


def test_names_are_escaped(folder: Path):
    html = render_report(folder).read_text()
    assert "walk <b>&" not in html
    assert "walk &lt;b&gt;&amp;" in html
    assert "policy &lt;last&gt;" in html


def test_failed_motions_come_first_among_the_worst(folder: Path):
    html = render_report(folder).read_text()
    worst = html[html.index("Worst motions") : html.index("Every motion")]
    assert worst.index("<h3>turn") < worst.index("<h3>walk")
    assert "failed at 0.40 s" in worst


def test_bounds_and_the_experiments_own_bounds_are_shown(folder: Path):
    html = render_report(folder).read_text()
    assert "survival: stays up on every motion" in html
    assert "experiment: survival rate" in html
    assert 'bad">broken' in html


def test_the_learning_curve_needs_a_progress_log(folder: Path, tmp_path: Path):
    assert "Learning curve" not in render_report(folder).read_text()
    log = tmp_path / "progress.jsonl"
    lines = [
        '{"event": "epoch", "step": 1000, "train/reward": 0.5}',
        '{"event": "epoch", "step": 2000, "train/reward": null}',
        '{"event": "score", "step": 2000, "score/global_error_m": 0.02}',
        '{"event": "epoch", "st',
    ]
    log.write_text("\n".join(lines))
    html = render_report(folder, progress_log=log).read_text()
    assert "Learning curve" in html
    assert html.count("<svg") == 5
    assert render_report(folder, progress_log=tmp_path / "absent.jsonl").exists()


def test_the_same_files_give_the_same_report(folder: Path):
    assert render_report(folder).read_bytes() == render_report(folder).read_bytes()


def test_a_policy_alone_and_motions_without_verdict_are_shown(tmp_path: Path):
    alone = result("policy", {"walk": None})
    row = alone.table.to_pylist()[0] | dict.fromkeys(MEASURES)
    row |= {"case": "one", "success": None, "survived": None, "survived_s": None}
    table = table_from_rows([*alone.table.to_pylist(), row])
    both = EvaluationResult(
        controller="policy", table=table, series={"walk": SERIES}, env_steps=1, motion_steps=1
    )
    save_evaluation(tmp_path, [both], {})
    html = render_report(tmp_path).read_text()
    assert "one frame" in html
    assert "Against the baselines" not in html


def test_an_unfinished_evaluation_is_refused(folder: Path):
    (folder / "aggregate.json").unlink()
    with pytest.raises(FormatError, match="no finished evaluation"):
        load_evaluation(folder)
    with pytest.raises(FormatError, match="no finished evaluation"):
        render_report(folder / "elsewhere")


def test_a_policy_of_other_code_and_both_velocity_rules_are_said(tmp_path: Path) -> None:
    line = "outdated: trained by other code (aa11, then bb22; now cc33)"
    facts = {"learning_codes": ["aa11", "bb22"], "learning_code_now": "cc33"}
    rules = {"trained_velocity_rule": "central", "velocity_rule": "forward_min3"}
    for number, (current, said) in enumerate(((False, True), (True, False), (None, False))):
        folder = tmp_path / str(number)
        metadata = {**METADATA, **facts, **rules, "code_is_current": current}
        save_evaluation(folder, [result("policy", MOTIONS)], metadata)
        text = render_report(folder).read_text()
        assert (line in text) == said
        assert "trained with central, evaluated with forward_min3" in text
    save_evaluation(tmp_path, [result("policy", MOTIONS)], {**METADATA, "velocity_rule": "central"})
    assert "trained with a rule that nobody noted, evaluated with" in (
        render_report(tmp_path).read_text()
    )


def test_headline_and_bounds_are_of_one_success(tmp_path: Path) -> None:
    for least, badge in (("0.5", "kept"), ("0.6", "broken")):
        folder = tmp_path / badge
        results = [result(name, MOTIONS) for name in ("policy", "zero_action", "open_loop")]
        save_evaluation(folder, results, {**METADATA, "bounds": {"success_rate": least}})
        html = render_report(folder).read_text()
        assert "<b>50.0 %</b><span>success: neither fell nor lost its reference</span>" in html
        row = html[html.index("<td>success: share of motions</td>") :].split("</tr>")[0]
        assert f">{badge}</span>" in row
        assert "50.0 %, 1 of 2; fall on turn" in row
        assert "Lost: at any instant the mean distance of its bodies" in html
        held = html.count('">kept</span>'), html.count('">broken</span>')
        assert f"<b>{held[0]} of {sum(held)}</b><span>bounds kept; " in html
        assert f'<a href="#bounds">{held[1]} broken</a>' in html


def test_a_success_that_nobody_asked_for_is_not_called_kept(folder: Path) -> None:
    html = render_report(folder).read_text()
    row = html[html.index("<td>success: share of motions</td>") :].split("</tr>")[0]
    assert ">not asked</span>" in row


def test_motions_in_which_the_policy_gave_a_nan_are_named_and_have_no_bar(microduck: Robot) -> None:
    good, bad = full_row(microduck, "walk"), full_row(microduck, "turn")
    bad |= {name: None for name, value in bad.items() if value == 0.1}
    bad |= {"success": False, "failure_cause": "controller_nan", "failure_s": 0.4, "seconds": 1.0}
    table = with_metadata(full_table(microduck, [good, bad]), METADATA)
    series = {name: {"policy": SERIES} for name in ("walk", "turn")}
    html = report_html(Evaluation(tables={"policy": table}, series=series, metadata=METADATA))
    assert Page(html).open == []
    assert "numbers that are not finite in 1 motion: turn." in html
    assert 'bad">controller nan</span>' in html
    assert "before failures 10.00 cm" in html  # of the one that has any


def test_success_under_every_definition_with_the_reading_of_its_project(microduck: Robot) -> None:
    rows = [
        full_row(microduck, "a", mpjpe_g=10.0, mpjpe_g_before_failure=10.0),
        full_row(microduck, "b", mpjpe_g=90.0, mpjpe_g_before_failure=20.0, success_phc=False),
    ]
    table = with_metadata(full_table(microduck, rows), METADATA)
    html = report_html(Evaluation(tables={"policy": table}, series={}, metadata=METADATA))
    section = html[html.index('id="definitions"') :].split("</table>")[0]
    phc = section[section.index(">PHC</td>") :].split("</tr>")[0]
    assert "<td>50.0 %</td>" in phc
    assert "<td>50.000 mm</td><td>15.000 mm</td>" in phc
    assert '<td class="best">10.000 mm</td>' in phc
    assert "mean distance of all bodies, world &gt; 0.5 m" in phc
    assert section.count("<tr>") == 2 + len(SUCCESSES)
    assert "<code>failure_s_by_definition</code>" in html

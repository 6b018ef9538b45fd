"""The report of tiny runs: balanced books, worst first, pictures, comparisons, plain refusals."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from motionlib.errors import FormatError, MotionError
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.stages.verdicts import fate_of
from retarget.quality.gates import RetargetGates, judge_retargeted
from retarget.report.page import (
    ClipPictures,
    books,
    common_clips,
    ratio_row,
    reason_word,
    write_report,
)
from retarget.report.plots import SHOWN

_FRAMES_OF = (
    "keypoint_error", "skate", "penetration", "limit_excess", "speed_ratio", "jump",
    "self_collision", "floating", "hover_s_max",
)  # fmt: skip


def row(clip: str, **values: float) -> dict[str, Any]:
    """A row of the table, judged."""
    measures: dict[str, Any] = {
        **{shown.column: 0.0 for shown in SHOWN},
        **{f"{name}_frame": 3 for name in _FRAMES_OF},
        "jerk_ratio": math.nan,
        "root_height": 1.0,
        "hover_s_max": 0.0,
        "frames": 20,
        "seconds": 2.0,
        **values,
    }
    against = judge_retargeted(measures, RetargetGates())
    reason = "; ".join(verdict.reason for verdict in against)
    facts = {"robot": "g1", "source": "smpl", "method": "native"}
    return {"clip_id": clip, **facts, "fate": fate_of(against), "reason": reason, **measures}


FAILED = {"clip_id": "d<b>", "fate": "rejected", "reason": "NaN in frame 3", "seconds": 1.0}


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [
        row("good", keypoint_error_mean_cm=1.0),
        row("skates", skate_mean_cm_s=1.5, seconds=3.0),
        row("sinks", penetration_max_mm=41.0, seconds=4.0),
        FAILED,
    ]


def motions(robot: Robot) -> ClipPictures:
    motion = Motion(
        name="stands",
        robot=robot,
        fps=10.0,
        root_pos=torch.tensor([0.0, 0.0, robot.default_root_height]).repeat(20, 1),
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(20, 1),
        dof_pos=torch.as_tensor(robot.default_dof_pos).float().repeat(20, 1),
        foot_contact=torch.ones(20, 2, dtype=torch.bool),
        provenance=Provenance(source="test"),
    )
    return ClipPictures(human=motion, robot=motion, other=motion)


def test_books_balance_by_fate_and_reason(rows: list[dict[str, Any]]) -> None:
    lines = books(rows)
    assert lines[0] == {"fate": "all", "reason": "", "clips": 4, "seconds": 10.0}
    assert sum(line["clips"] for line in lines[1:]) == 4
    assert sum(line["seconds"] for line in lines[1:]) == pytest.approx(10.0)
    assert [(line["fate"], line["reason"]) for line in lines[1:]] == [
        ("accepted", ""),
        ("flagged", "skate_mean_cm_s"),
        ("rejected", "penetration_max_mm"),
        ("rejected", "not retargeted"),
    ]


def test_the_table_may_say_the_reason_itself() -> None:
    assert reason_word({"fate": "flagged", "reason": "x y", "gate": "odd source"}) == "odd source"


def test_one_file_with_the_worst_first(
    rows: list[dict[str, Any]], microduck: Robot, tmp_path: Path
) -> None:
    asked: list[str] = []

    def load(clip: str) -> ClipPictures | None:
        asked.append(clip)
        if clip == "skates":
            raise MotionError("its motion is gone")
        return motions(microduck) if clip == "sinks" else None

    path = write_report(tmp_path, rows, load=load, title="Tiny", worst=3, renderer="sticks")
    text = path.read_text(encoding="utf-8")
    assert asked == ["sinks", "d<b>", "skates"]
    assert text.count("data:image/png;base64,") == 1
    assert "penetration_max_mm 41 &gt; 30 at frame 3" in text
    assert "no pictures: its motion is gone" in text
    assert "d&lt;b&gt;" in text
    assert "d<b>" not in text
    assert "d<b>" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)
    assert not re.findall(
        r'(?:src|href)="(?!data:|#)', re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_every_measure_has_a_column(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    text = write_report(tmp_path, rows).read_text(encoding="utf-8")
    head = text[text.index('id="clips"') :]
    for shown in SHOWN:
        assert f"<th>{shown.label.replace('>', '&gt;')}</th>" in head
    assert '<td class="over">41.0</td>' in head
    assert '<td class="near">1.50</td>' in head


def test_two_tables_clip_by_clip(
    rows: list[dict[str, Any]], microduck: Robot, tmp_path: Path
) -> None:
    other = [row("good", keypoint_error_mean_cm=4.0), row("skates", skate_mean_cm_s=3.0)]
    text = write_report(
        tmp_path, rows, load=lambda clip: motions(microduck) if clip == "skates" else None,
        other_rows=other, labels=("native", "mink"), renderer="sticks",
    ).read_text(encoding="utf-8")  # fmt: skip
    assert "native against mink" in text
    assert "The 2 clips that both have" in text
    pairs = common_clips(rows, other)
    keypoints = ratio_row(SHOWN[0], pairs)
    assert (keypoints["first"], keypoints["other"]) == (0.5, 2.0)
    assert (keypoints["ratio"], keypoints["median"]) == (0.25, 0.25)
    assert (keypoints["better"], keypoints["worse"], keypoints["clips"]) == (1, 0, 2)


def test_a_high_share_of_agreement_is_better() -> None:
    shown = next(s for s in SHOWN if s.column == "contact_agreement")
    pairs = [({"contact_agreement": 0.9}, {"contact_agreement": 0.8})]
    assert ratio_row(shown, pairs)["better"] == 1


def test_nothing_in_common_is_no_comparison(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    text = write_report(tmp_path, rows, other_rows=[row("elsewhere")]).read_text(encoding="utf-8")
    assert "clips that both have" not in text
    assert ratio_row(SHOWN[0], [])["clips"] == 0


def test_a_report_has_the_same_bytes_again(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    first = write_report(tmp_path / "a", rows, other_rows=rows).read_bytes()
    assert write_report(tmp_path / "b", rows, other_rows=rows).read_bytes() == first


@pytest.mark.parametrize(
    ("change", "message"),
    [({"fate": "lost"}, "fate is 'lost'"), ({"clip_id": None}, "no clip_id")],
)
def test_rows_of_something_else_are_refused(
    change: Mapping[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=message):
        write_report(tmp_path, [row("good") | change])
    with pytest.raises(FormatError, match="no clips"):
        write_report(tmp_path, [])


def test_doubts_of_the_pair_stand_at_the_top(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    doubted = [rows[0] | {"notes": "odd; pair not sure: a <thumb>?"}, *rows[1:2]]
    text = write_report(tmp_path, doubted).read_text()
    assert text.count("pair not sure: a &lt;thumb&gt;?") == text.count("not sure") == 1

from dataclasses import fields, replace

import pytest

from motionlib.motion import Provenance
from motionlib.plausibility_table import findings_of
from motionlib.stages.result import StageResult
from motionlib.stages.verdicts import Bound
from retarget.quality.gates import BOUNDED, UNSOLVED, RetargetGates
from retarget.stage.sources import SourceClip
from retarget.stage.table import robot_rows, row_of_source, with_rejected

HUMAN = [
    {"clip_id": name, "dataset": "CMU", "subset": "CMU", "split": "train", "weight": 2.0,
     "path": f"{name}.npz", "sha256": "s", "source_fps": 120.0, "seconds": 1.0, "key": f"h{name}",
     "fate": "accepted", "reason": "", "gate": "", "value": None, "threshold": None,
     "frame": None, "notes": ""}
    for name in ("a", "b")
]  # fmt: skip
OTHERS = {
    "frames": 30, "seconds": 0.97, "fps": 30.0, "contact_share": 0.5, "ground_m": 0.0,
    "ground_height": 0.0, "contact_travel": 0.0, "stance_travel_max": 0.0, "root_height": 1.0,
}  # fmt: skip


def solved(**measures: float) -> StageResult:
    found = {**dict.fromkeys(BOUNDED, 0.0), **OTHERS, **measures}
    return replace(FAILED, cache_path="k.safetensors", reason="", measures=found)


FAILED = StageResult(
    clip_id="f", key="f", cache_path="", measures={}, reason="no feet", recomputed=False
)


def test_rows_keep_the_clip_and_have_the_same_columns() -> None:
    rows = robot_rows("g1", HUMAN, {"a": solved(), "b": FAILED}, RetargetGates())
    assert [list(row) for row in rows] == [list(rows[0])] * 2
    good, bad = rows
    assert (good["clip_id"], good["robot"], good["weight"]) == ("a", "g1", 2.0)
    assert (good["fate"], good["reason"], good["human_key"]) == ("accepted", "", "ha")
    assert (good["seconds"], good["output_seconds"], good["output_frames"]) == (1.0, 0.97, 30)
    assert (bad["fate"], bad["reason"], bad["gate"]) == ("rejected", "no feet", UNSOLVED)
    assert bad["keypoint_error_mean_cm"] is None


@pytest.mark.parametrize(
    ("value", "fate"), [(1.0, "accepted"), (3.0, "flagged"), (9.0, "rejected")]
)
def test_other_gates_judge_the_same_measures(value: float, fate: str) -> None:
    gates = RetargetGates(skate_mean_cm_s=Bound(accept=2.0, reject=5.0))
    (row,) = robot_rows("g1", HUMAN[:1], {"a": solved(skate_mean_cm_s=value)}, gates)
    assert row["fate"] == fate
    assert row["gate"] == ("" if fate == "accepted" else "skate_mean_cm_s")
    assert row["value"] == (None if fate == "accepted" else value)
    assert row["skate_mean_cm_s"] == value


def test_every_gate_has_its_column() -> None:
    (row,) = robot_rows("g1", HUMAN[:1], {"a": solved()}, RetargetGates())
    assert {each.name for each in fields(RetargetGates)} & set(BOUNDED) <= set(row)


def test_a_failure_keeps_what_its_error_said() -> None:
    failed = replace(FAILED, gate="nan", frame=12)
    (row,) = robot_rows("g1", HUMAN[:1], {"a": failed}, RetargetGates())
    assert (row["fate"], row["gate"], row["frame"]) == ("rejected", "nan", 12)


def test_columns_say_what_became_of_a_clip_in_the_order_of_every_table() -> None:
    (row,) = robot_rows("g1", HUMAN[:1], {"a": solved()}, RetargetGates())
    columns = list(row)
    first = columns.index("fate")
    assert columns[first : first + 7] == [
        "fate", "reason", "gate", "value", "threshold", "frame", "notes",
    ]  # fmt: skip


def test_what_a_human_clip_was_flagged_for_is_handed_on() -> None:
    floor = {"fate": "flagged", "reason": "the floor lay at 1.00 m", "gate": "height_shift"}
    numbers = {"value": -1.0, "threshold": 0.3}
    human = [{**HUMAN[0], **floor, **numbers, "notes": "up axis y"}]
    for skate, fate, reason in (
        (0.0, "flagged", "the floor lay at 1.00 m"),
        (2.0, "flagged", "skate_mean_cm_s 2 > 1; the floor lay at 1.00 m"),
        (9.0, "rejected", "skate_mean_cm_s 9 > 3; the floor lay at 1.00 m"),
    ):
        result = replace(solved(skate_mean_cm_s=skate), notes=("feet are level",))
        (row,) = robot_rows("g1", human, {"a": result}, RetargetGates())
        assert (row["fate"], row["reason"]) == (fate, reason)
        assert row["notes"] == "up axis y; feet are level"
        if skate == 0.0:
            assert {name: row[name] for name in numbers} == numbers


def test_clips_that_never_came_to_the_robot_keep_their_human_fate() -> None:
    gone = {"fate": "rejected", "reason": "too short", "gate": "min_frames", "notes": "unit cm"}
    human = [{**HUMAN[0], **gone}, HUMAN[1]]
    rows = robot_rows("g1", human[1:], {"b": solved()}, RetargetGates())
    table = with_rejected("g1", rows, human)
    assert [row["clip_id"] for row in table] == ["a", "b"]
    assert table[1] == rows[0]
    assert set(table[0]) == set(rows[0])
    assert {name: table[0][name] for name in ("fate", "reason", "notes")} == {
        "fate": "rejected", "reason": "too short", "notes": "unit cm",
    }  # fmt: skip
    assert (table[0]["key"], table[0]["skate_mean_cm_s"], table[0]["human_key"]) == ("", None, "ha")


@pytest.mark.parametrize(
    ("measures", "accept", "fate", "gate"),
    [
        ({}, False, "accepted", ""),
        ({"root_tilt_median": 1.5}, False, "flagged", "root_tilt_median"),
        ({"root_tilt_median": 1.5, "root_speed_held": 90.0}, False, "rejected", "root_speed_held"),
        ({"root_speed_held": 90.0}, True, "flagged", "root_speed_held"),
    ],
)
def test_a_source_that_cannot_be_true_is_rejected_and_a_doubtful_one_flagged(
    measures, accept, fate, gate
) -> None:
    clip = SourceClip(
        clip_id="a", content_sha256="c", frames=30, fps=30.0, provenance=Provenance(source="x"),
        findings=tuple(findings_of(measures)),
    )  # fmt: skip
    row = row_of_source(clip, accept_implausible=accept)
    assert (row["fate"], row["gate"]) == (fate, gate)
    assert row["value"] == measures.get(gate)
    if fate != "rejected":
        (judged,) = robot_rows("g1", [row], {"a": solved()}, RetargetGates())
        assert (judged["fate"], judged["gate"]) == (fate, gate)

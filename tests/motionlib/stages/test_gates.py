import dataclasses
import math
import subprocess
import sys

import pytest

from motionlib.corpus.index import IndexSettings, build_index
from motionlib.corpus.row import ClipRow
from motionlib.errors import MotionError
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.stages.gates import HumanGates, gates_from_plain, judge
from motionlib.stages.verdicts import Bound, at_most, bounds_of
from motionlib.synthesis.amass_folder import write_amass_folder

TOO_MUCH = {
    "below_ground_max": 0.2,
    "sole_depth_max": 0.3,
    "airborne_s_max": 1.7,
    "floating_height": 0.9,
    "root_speed_max": 16.0,
    "body_speed_max": 45.0,
    "dof_speed_max": 90.0,
    "limit_excess_max": 0.2,
    "self_penetration_max": 0.3,
}


def test_a_clip_within_bounds_is_accepted(make_row, make_result):
    row = make_row("CMU/a", reason="list says 30 fps, file says 60")
    (judged,) = judge([row], [make_result("CMU/a", notes=("no fingers",))], HumanGates())
    assert (judged["fate"], judged["reason"], judged["gate"]) == ("accepted", "", "")
    assert judged["notes"] == "list says 30 fps, file says 60; no fingers"
    assert [judged[name] for name in ("value", "threshold", "frame")] == [None, None, None]
    assert (judged["frames"], judged["output_frames"]) == (120, 60), "source and result"
    assert judged["root_speed_max"] == 2.0
    assert judged["cache_path"] == make_result("CMU/a").cache_path
    assert list(judged)[: len(dataclasses.fields(ClipRow))] == [
        field.name for field in dataclasses.fields(ClipRow)
    ]


@pytest.mark.parametrize("name", TOO_MUCH)
def test_each_gate_rejects_with_measure_threshold_and_frame(make_row, make_result, name):
    measures = {name: TOO_MUCH[name], f"{name}_frame": 17}
    result = make_result("CMU/a", measures=measures)
    (judged,) = judge([make_row("CMU/a")], [result], HumanGates())
    threshold = getattr(HumanGates(), name).reject
    assert judged["fate"] == "rejected"
    assert judged["gate"] == name
    assert (judged["value"], judged["threshold"], judged["frame"]) == (
        TOO_MUCH[name], threshold, 17,
    )  # fmt: skip
    assert judged["reason"] == f"{name} {TOO_MUCH[name]:.4g} > {threshold:.4g} at frame 17"
    wide = dataclasses.replace(HumanGates(), **{name: at_most(math.inf)})
    assert judge([make_row("CMU/a")], [result], wide)[0]["fate"] == "accepted"
    at_bound = make_result("CMU/a", measures={name: getattr(HumanGates(), name).accept})
    assert judge([make_row("CMU/a")], [at_bound], HumanGates())[0]["fate"] == "accepted"


@pytest.mark.parametrize(("name", "value"), [("hover_s_max", 1.2), ("floating_height", 0.13)])
def test_what_floats_is_flagged_with_its_frame(make_row, make_result, name, value):
    result = make_result("CMU/a", measures={name: value, f"{name}_frame": 17})
    (judged,) = judge([make_row("CMU/a")], [result], HumanGates())
    assert (judged["fate"], judged["gate"], judged["frame"]) == ("flagged", name, 17)


SIDEWAYS = {"sideways_stand_s": 2.5, "root_tilt_median": 1.57, "dof_speed_max": 90.0}


def test_what_cannot_be_true_is_rejected_before_what_follows_from_it(make_row, make_result):
    result = make_result("CMU/a", measures=SIDEWAYS)
    (judged,) = judge([make_row("CMU/a")], [result], HumanGates())
    assert (judged["fate"], judged["gate"], judged["value"]) == (
        "rejected", "sideways_stand_s", 2.5,
    )  # fmt: skip
    assert "a world whose y axis is up" in judged["reason"]
    assert [judged[name] for name in SIDEWAYS] == [*SIDEWAYS.values()]


def test_what_is_doubtful_is_flagged_and_what_was_accepted_too(make_row, make_result):
    lying = make_result("CMU/a", measures={"root_tilt_median": 1.5})
    (judged,) = judge([make_row("CMU/a")], [lying], HumanGates())
    assert (judged["fate"], judged["gate"]) == ("flagged", "root_tilt_median")
    accepting = HumanGates(accept_implausible=True, dof_speed_max=at_most(math.inf))
    (judged,) = judge([make_row("CMU/a")], [make_result("CMU/a", measures=SIDEWAYS)], accepting)
    assert (judged["fate"], judged["gate"]) == ("flagged", "sideways_stand_s")


@pytest.mark.parametrize(
    ("measures", "gate", "words"),
    [
        ({"frames": 9}, "min_frames", "9 frames, at least 10"),
        ({"seconds": 0.09}, "min_seconds", "0.09 s, at least 0.1"),
    ],
)
def test_what_is_too_short_is_rejected(make_row, make_result, measures, gate, words):
    result = make_result("CMU/a", measures=measures)
    (judged,) = judge([make_row("CMU/a")], [result], HumanGates())
    assert judged["gate"] == gate
    assert words in judged["reason"]


def test_the_first_reason_has_the_columns_and_all_are_told(make_row, make_result):
    result = make_result("CMU/a", measures={"dof_speed_max": 90.0, "airborne_s_max": 2.0})
    (judged,) = judge([make_row("CMU/a")], [result], HumanGates())
    assert (judged["gate"], judged["value"]) == ("airborne_s_max", 2.0)
    assert judged["reason"] == ("airborne_s_max 2 > 1 at frame 3; dof_speed_max 90 > 40 at frame 3")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_measure_that_is_no_number_rejects_even_without_a_bound(make_row, make_result, value):
    gates = HumanGates(root_speed_max=at_most(math.inf))
    result = make_result("CMU/a", measures={"root_speed_max": value})
    (judged,) = judge([make_row("CMU/a")], [result], gates)
    assert judged["gate"] == "root_speed_max"


def test_what_was_not_measured_cannot_be_judged(make_row, make_result):
    result = make_result("CMU/a")
    rest = {k: v for k, v in result.measures.items() if not k.startswith("self_penetration")}
    unmeasured = dataclasses.replace(result, measures=rest)
    with pytest.raises(MotionError, match=r"CMU/a: gate self_penetration_max .* not measured"):
        judge([make_row("CMU/a")], [unmeasured], HumanGates())
    gates = HumanGates(self_penetration_max=at_most(math.inf))
    assert judge([make_row("CMU/a")], [unmeasured], gates)[0]["fate"] == "accepted"


@pytest.mark.parametrize(
    ("said", "gate", "frame"),
    [("nan", "nan", 12), ("nan", "nan", 0), ("", "conversion", None)],
)
def test_clips_that_were_not_converted_say_why(make_row, make_result, said, gate, frame):
    """By what the error said of itself: its words may be anything."""
    reason = "poses: nan in frame 3"
    failed = dataclasses.replace(
        make_result("CMU/a"), measures={}, cache_path="", reason=reason, gate=said, frame=frame
    )
    rows = [make_row("CMU/a"), make_row("CMU/b")]
    judged, other = judge(rows, [failed, make_result("CMU/b")], HumanGates())
    assert (judged["gate"], judged["frame"], judged["reason"]) == (gate, frame, reason)
    assert judged["root_speed_max"] is None
    assert list(judged) == list(other), "one table"


def test_clips_that_the_index_rejected_keep_its_reason(make_row, make_result):
    rows = [
        make_row(
            "a",
            fate="rejected",
            reason="no zip file",
            gate="unreadable",
            sha256="",
            frames=0,
            seconds=0.0,
        ),
        make_row("b", fate="rejected", reason="issue list: sitting", gate="issue_list"),
        make_row("c", fate="rejected", reason="nobody wants it"),
    ]
    results = [dataclasses.replace(make_result(row.clip_id), key="", measures={}) for row in rows]
    judged = judge(rows, results, HumanGates())
    assert [each["gate"] for each in judged] == ["unreadable", "issue_list", "index"]
    assert [each["reason"] for each in judged] == [row.reason for row in rows]


def test_reasons_of_the_real_index_have_pages_of_their_own(tmp_path, make_result):
    folder = tmp_path / "amass"
    write_amass_folder(folder, clips=2, seconds=(0.5, 1.0), smplx_share=0.0, progress=False)
    first, other = sorted(folder.rglob("*.npz"))
    first.with_suffix(".NPZ").write_bytes(first.read_bytes())
    listed = first.relative_to(folder).with_suffix(".motion")
    train = tmp_path / "train.yaml"
    entry = "- file: {}\n  fps: 30\n  sub_motions: [{{timings: {{start: 0.0, end: 0.2}}}}]\n"
    train.write_text("motions:\n" + entry.format(listed) + entry.format("CMU/gone_poses.motion"))
    rows = build_index(folder, IndexSettings(lists={"train": str(train)}), memory=None)
    results = [make_result(row.clip_id, measures={"content_sha256": row.clip_id}) for row in rows]
    judged = judge(rows, results, HumanGates())
    pages = {str(each["reason"]): each["gate"] for each in judged if each["reason"]}
    assert set(pages.values()) == {"unlisted", "same_id", "no_file"}, pages
    assert {each["gate"] for each in judged if other.stem in str(each["path"])} == {"unlisted"}


def test_of_equal_content_the_first_id_wins_whatever_the_order(make_row, make_result):
    same = {"content_sha256": "one"}
    ids = ["KIT/b", "CMU/a", "SFU/c", "CMU/z"]
    results = [make_result(each, measures=same if each != "CMU/z" else {}) for each in ids]
    rows = [make_row(each) for each in ids]
    judged = judge(rows, results, HumanGates())
    assert [each["fate"] for each in judged] == ["rejected", "accepted", "rejected", "accepted"]
    assert judged[0]["reason"] == "same content as CMU/a"
    assert judged[0]["gate"] == "duplicate"
    kept = judge(rows, results, HumanGates(duplicates=False))
    assert {each["fate"] for each in kept} == {"accepted"}


def test_a_rejected_clip_takes_nobody_out(make_row, make_result):
    """Equal content is equally bad, unless only one of the rows was ever read."""
    rows = [make_row("CMU/a", fate="rejected", reason="sitting"), make_row("CMU/b")]
    same = {"content_sha256": "one"}
    results = [make_result(row.clip_id, measures=same) for row in rows]
    assert [each["fate"] for each in judge(rows, results, HumanGates())] == ["rejected", "accepted"]


@pytest.mark.parametrize("shift", [-1.0, 1.0])
def test_a_floor_elsewhere_flags_and_the_clip_is_kept(make_row, make_result, shift):
    result = make_result("CMU/a", measures={"height_shift": shift})
    (judged,) = judge([make_row("CMU/a")], [result], HumanGates())
    assert (judged["fate"], judged["gate"]) == ("flagged", "height_shift")
    assert judged["reason"] == f"the floor lay at {-shift:.2f} m and was moved to 0"
    assert (judged["value"], judged["threshold"]) == (shift, 0.3)
    strict = HumanGates(height_shift=Bound(accept=0.3, reject=0.9))
    assert judge([make_row("CMU/a")], [result], strict)[0]["fate"] == "rejected"


def test_what_rejects_is_told_before_what_flags(make_row, make_result):
    gates = HumanGates(airborne_s_max=Bound(accept=1.0, reject=5.0))
    result = make_result("CMU/a", measures={"airborne_s_max": 2.0, "dof_speed_max": 90.0})
    (judged,) = judge([make_row("CMU/a")], [result], gates)
    assert (judged["fate"], judged["gate"], judged["value"]) == ("rejected", "dof_speed_max", 90.0)
    assert judged["reason"] == "dof_speed_max 90 > 40 at frame 3; airborne_s_max 2 > 1 at frame 3"


def test_a_copy_of_a_flagged_clip_is_a_copy(make_row, make_result):
    floor = {"height_shift": 1.0, "content_sha256": "one"}
    rows = [make_row("CMU/a"), make_row("CMU/b")]
    judged = judge(rows, [make_result(row.clip_id, measures=floor) for row in rows], HumanGates())
    assert [each["gate"] for each in judged] == ["height_shift", "duplicate"]
    assert [each["fate"] for each in judged] == ["flagged", "rejected"]


def test_gates_come_back_from_plain_values_and_from_older_numbers():
    gates = HumanGates(root_speed_max=Bound(accept=9.0, reject=12.0), min_frames=3)
    assert gates_from_plain(dataclasses.asdict(gates)) == gates
    assert gates_from_plain({"root_speed_max": 9.0}).root_speed_max == at_most(9.0)
    with pytest.raises(TypeError, match="root_speed"):
        gates_from_plain({"root_speed": 9.0})


def test_every_bound_is_on_a_measure():
    assert set(bounds_of(HumanGates())) <= {measure.name for measure in HUMAN_MEASURES}


def test_gates_are_light_enough_for_a_graph_to_load():
    program = (
        "import sys, motionlib.stages.gates;"
        "print({'torch', 'numba', 'mujoco', 'scipy', 'pandas', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)  # noqa: PLW1510
    assert done.stdout.strip() == "set()", done.stderr

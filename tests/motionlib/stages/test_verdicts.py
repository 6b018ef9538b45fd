import math

import pytest

from motionlib.errors import MotionError
from motionlib.measure import Measure
from motionlib.stages.verdicts import (
    Bound,
    Verdict,
    at_most,
    fate_columns,
    fate_of,
    is_kept,
    judge_measures,
    worst_first,
)

TABLE = (
    Measure(name="depth", unit="m", meaning="How deep", frame=True),
    Measure(name="shift", unit="m", meaning="How far", signed=True),
    Measure(
        name="odd", unit="", meaning="How odd", said=lambda value, bound, frame: f"odd {value}"
    ),
)


def judged(bound: Bound, **values: float) -> Verdict:
    (verdict,) = judge_measures(values, {next(iter(values)): bound}, TABLE)
    return verdict


def test_up_to_accept_a_clip_is_accepted_and_up_to_reject_flagged() -> None:
    bound = Bound(accept=1.0, reject=2.0)
    assert judged(bound, depth=1.0) == Verdict(
        gate="depth", fate="accepted", value=1.0, threshold=1.0
    )
    flagged = judged(bound, depth=2.0, depth_frame=7)
    assert (flagged.fate, flagged.reason) == ("flagged", "depth 2 > 1 at frame 7")
    rejected = judged(bound, depth=2.5)
    assert (rejected.fate, rejected.reason, rejected.threshold) == (
        "rejected",
        "depth 2.5 > 2",
        2.0,
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_rejects_whatever_the_bound(value: float) -> None:
    verdict = judged(at_most(math.inf), depth=value, depth_frame=3)
    assert (verdict.fate, verdict.reason) == ("rejected", f"depth is {value} at frame 3")


def test_of_a_signed_measure_the_size_counts() -> None:
    assert judged(at_most(1.0), shift=-1.5).fate == "rejected"
    assert judged(at_most(1.0), depth=-1.5).fate == "accepted"


def test_a_measure_can_say_its_reason_in_words() -> None:
    assert judged(at_most(1.0), odd=2.0).reason == "odd 2.0"


def test_what_was_not_measured_passes_only_without_a_bound() -> None:
    with pytest.raises(MotionError, match=r"a: gate depth is 1, but it was not measured"):
        list(judge_measures({}, {"depth": at_most(1.0)}, TABLE, whose="a"))
    (verdict,) = judge_measures({}, {"depth": at_most(math.inf)}, TABLE)
    assert (verdict.fate, verdict.value) == ("accepted", None)


def test_a_clip_has_the_fate_of_its_worst_verdict() -> None:
    values = {"depth": 1.5, "shift": 9.0, "odd": 0.0}
    bounds = {"depth": Bound(accept=1.0), "shift": at_most(1.0), "odd": at_most(1.0)}
    against = worst_first(judge_measures(values, bounds, TABLE))
    assert [each.gate for each in against] == ["shift", "depth"]
    assert fate_of(against) == "rejected"
    columns = fate_columns(against)
    assert (columns["fate"], columns["gate"], columns["value"]) == ("rejected", "shift", 9.0)
    assert columns["reason"] == "shift 9 > 1; depth 1.5 > 1"
    assert set(fate_columns([]).values()) == {"accepted", "", None}


def test_flagged_clips_are_kept() -> None:
    fates = ("accepted", "flagged", "rejected", "lost")
    assert [is_kept({"fate": fate}) for fate in fates] == [True, True, False, False]


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"accept is 3.*reject, which is 1"):
        Bound(accept=3.0, reject=1.0)

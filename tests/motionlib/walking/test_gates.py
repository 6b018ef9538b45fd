import math

import pytest

from motionlib.errors import MotionError
from motionlib.stages.verdicts import bounds_of
from motionlib.walking.gates import Gates, judge_reference
from motionlib.walking.measure_table import WALKING_MEASURES

GOOD = {
    "foot_slide_mean": 0.01,
    "penetration_max": 0.001,
    "limit_excess_max": 0.0,
    "jump_frames": 0,
    "speed_ratio_max": 0.4,
}


def reasons_against(measures: dict[str, float], gates: Gates) -> tuple[str, ...]:
    against = judge_reference(measures, gates)
    assert all(verdict.fate == "rejected" for verdict in against)
    return tuple(verdict.reason for verdict in against)


def test_what_is_within_its_bounds_is_accepted() -> None:
    assert reasons_against(GOOD, Gates()) == ()
    assert reasons_against({**GOOD, "foot_slide_mean": 0.02}, Gates()) == ()


def test_each_bound_gives_its_reason() -> None:
    measures = {**GOOD, "foot_slide_mean": 0.03, "jump_frames": 2}
    assert reasons_against(measures, Gates()) == (
        "foot_slide_mean 0.03 > 0.02",
        "jump_frames 2 > 0",
    )


def test_a_measure_that_is_not_finite_is_a_reason() -> None:
    assert reasons_against({**GOOD, "speed_ratio_max": math.nan}, Gates()) == (
        "speed_ratio_max is nan",
    )


def test_a_missing_measure_is_no_pass() -> None:
    with pytest.raises(MotionError, match="penetration_max"):
        reasons_against({"foot_slide_mean": 0.0}, Gates())


def test_every_gate_is_on_a_measure() -> None:
    assert set(bounds_of(Gates())) <= {measure.name for measure in WALKING_MEASURES}

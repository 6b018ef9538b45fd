"""Both sides of every bound, and what is said of them."""

import math

import pytest

from motionlib.plausibility_table import (
    HUMAN_PLAUSIBILITIES,
    PLAUSIBILITIES,
    findings_of,
    told_findings,
)


@pytest.mark.parametrize("each", PLAUSIBILITIES, ids=lambda each: each.measure.name)
def test_both_sides_of_every_bound(each) -> None:
    name = each.measure.name
    assert findings_of({name: each.doubtful}) == []
    (doubt,) = findings_of({name: math.nextafter(each.doubtful, math.inf)})
    assert (doubt.gate, doubt.impossible, doubt.bound) == (name, False, each.doubtful)
    assert doubt.reason.startswith(f"{name} is {each.doubtful:.3g}")
    if math.isfinite(each.impossible):
        assert not findings_of({name: each.impossible})[0].impossible
        (refused,) = findings_of({name: math.nextafter(each.impossible, math.inf)})
        assert (refused.impossible, refused.bound) == (True, each.impossible)


def test_signs_and_numbers_that_are_none() -> None:
    assert findings_of({"root_height_ratio": -60.0})[0].impossible
    assert findings_of({"root_speed_held": math.nan})[0].impossible
    assert findings_of({}) == []


def test_reasons_say_value_bound_cause_and_remedy() -> None:
    (found,) = findings_of({"root_speed_held": 120.0})
    assert found.reason == (
        "root_speed_held is 120 m/s, expected at most 15 (a root in centimetres or millimetres, or "
        "a rate too high: convert to m, correct the rate or pass the true --fps, or say the unit in "
        "the name of a .csv's column (root_x_cm))"
    )


def test_recordings_are_not_asked_for_floors_and_velocities() -> None:
    left_out = {each.measure.name for each in PLAUSIBILITIES if each not in HUMAN_PLAUSIBILITIES}
    assert left_out == {"sole_above_ground", "sole_below_ground", "rate_ratio"}


def test_many_motions_are_told_in_a_line_for_each_measure() -> None:
    found = {f"m{n}": findings_of({"root_speed_held": 20.0 + n}) for n in range(9)}
    found["tilted"] = findings_of({"root_tilt_median": 1.5})
    (line,) = told_findings(found, impossible=True, start="! ")
    assert line.startswith("! m8: root_speed_held is 28 m/s")
    assert line.endswith("; beyond it too: m0, m1, m2, m3, m4, ... (8 in all)")
    (other,) = told_findings(found, impossible=False)
    assert other.startswith("tilted: root_tilt_median is 1.5 rad")

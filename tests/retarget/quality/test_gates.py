"""Fates by thresholds, and reasons that name measure, value, threshold and frame."""

import math
import subprocess
import sys

import pytest

from motionlib.errors import MotionError
from motionlib.measure import columns_of
from motionlib.stages.verdicts import Bound, Fate, at_most, fate_of
from retarget.quality.gates import BOUNDED, RetargetGates, frame_of, judge_retargeted
from retarget.quality.measure_table import ROBOT_MEASURES

GOOD = {
    "frames": 300,
    "keypoint_error_mean_cm": 1.0,
    "keypoint_error_p95_cm": 3.0,
    "keypoint_error_frame": 4,
    "skate_mean_cm_s": 0.4,
    "skate_over_10_share": 0.0,
    "skate_frame": 17,
    "penetration_max_mm": 3.0,
    "penetration_frame": 9,
    "limit_excess_max_rad": 0.0,
    "limit_excess_frame": 0,
    "speed_ratio_max": 0.7,
    "speed_ratio_frame": 30,
    "jump_share": 0.0,
    "jump_frame": 0,
    "self_collision_share": 0.0,
    "self_collision_frame": 0,
    "floating_p95_mm": 2.0,
    "floating_frame": 0,
    "root_height": 1.0,
    "hover_s_max": 0.4,
    "hover_s_max_frame": 12,
}


def fate_by(measures: dict[str, float], gates: RetargetGates) -> Fate:
    return fate_of(judge_retargeted(measures, gates))


def test_a_good_clip_is_accepted_without_a_word() -> None:
    assert judge_retargeted(GOOD, RetargetGates()) == []
    assert fate_by(GOOD, RetargetGates()) == "accepted"


def test_between_the_bounds_a_clip_is_flagged_and_told() -> None:
    (verdict,) = judge_retargeted(GOOD | {"skate_mean_cm_s": 1.4}, RetargetGates())
    assert verdict.fate == "flagged"
    assert verdict.reason == "skate_mean_cm_s 1.4 > 1 at frame 17"
    assert (verdict.gate, verdict.value, verdict.threshold) == ("skate_mean_cm_s", 1.4, 1.0)
    assert verdict.frame == 17


def test_what_rejects_comes_first() -> None:
    measures = GOOD | {"keypoint_error_mean_cm": 2.5, "penetration_max_mm": 44.0}
    against = judge_retargeted(measures, RetargetGates())
    assert fate_of(against) == "rejected"
    assert [verdict.reason for verdict in against] == [
        "penetration_max_mm 44 > 30 at frame 9",
        "keypoint_error_mean_cm 2.5 > 2 at frame 4",
    ]


@pytest.mark.parametrize("name", BOUNDED)
def test_a_value_on_a_bound_has_kept_it(name: str) -> None:
    bound = getattr(RetargetGates(), name)
    assert fate_by(GOOD | {name: bound.accept}, RetargetGates()) == "accepted"
    above = math.nextafter(bound.accept, math.inf)
    expected = "flagged" if bound.accept < bound.reject else "rejected"
    assert fate_by(GOOD | {name: above}, RetargetGates()) == expected
    if math.isfinite(bound.reject):
        beyond = math.nextafter(bound.reject, math.inf)
        assert fate_by(GOOD | {name: beyond}, RetargetGates()) == "rejected"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_measure_that_is_no_number_rejects(value: float) -> None:
    (verdict,) = judge_retargeted(GOOD | {"jump_share": value}, RetargetGates())
    assert verdict.fate == "rejected"
    assert verdict.reason == f"jump_share is {value} at frame 0"


def test_a_limit_has_half_a_degree_of_margin() -> None:
    found = GOOD | {"limit_excess_max_rad": 0.002, "limit_excess_frame": 8}
    (verdict,) = judge_retargeted(found, RetargetGates())
    assert verdict.reason == "limit_excess_max_rad 0.002 > 0.001 at frame 8"
    assert verdict.fate == "flagged"
    assert fate_by(found | {"limit_excess_max_rad": 0.0009}, RetargetGates()) == "accepted"
    assert fate_by(found | {"limit_excess_max_rad": 0.011}, RetargetGates()) == "rejected"


@pytest.mark.parametrize(
    ("ratio", "fate"), [(1.001, "accepted"), (1.11, "flagged"), (1.51, "rejected")]
)
def test_a_motor_has_a_tenth_of_margin(ratio: float, fate: Fate) -> None:
    assert fate_by(GOOD | {"speed_ratio_max": ratio}, RetargetGates()) == fate


def test_a_root_that_is_too_high_is_flagged() -> None:
    (verdict,) = judge_retargeted(GOOD | {"root_height": 2.9}, RetargetGates())
    assert verdict.fate == "flagged"
    assert verdict.reason.startswith("root_height 2.9 > 1.3: unusual scale")


def test_thresholds_are_the_users() -> None:
    strict = RetargetGates(skate_mean_cm_s=Bound(accept=0.1, reject=0.3))
    lax = RetargetGates(skate_mean_cm_s=at_most(math.inf))
    assert fate_by(GOOD, strict) == "rejected"
    assert fate_by(GOOD | {"skate_mean_cm_s": 90.0}, lax) == "accepted"


def test_every_gate_is_on_a_measure_and_every_frame_is_a_column() -> None:
    assert set(BOUNDED) <= {measure.name for measure in ROBOT_MEASURES}
    assert set(GOOD) <= set(columns_of(ROBOT_MEASURES))


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"accept is 3.*reject, which is 1"):
        Bound(accept=3.0, reject=1.0)


def test_a_measure_that_is_missing_is_not_passed_over() -> None:
    without = {name: value for name, value in GOOD.items() if name != "skate_mean_cm_s"}
    with pytest.raises(MotionError, match="skate_mean_cm_s is 1, but it was not measured"):
        judge_retargeted(without, RetargetGates())


def test_every_bounded_measure_has_a_frame() -> None:
    framed = [name for name in BOUNDED if name != "root_height"]
    assert all(frame_of(name, GOOD) is not None for name in framed)
    assert frame_of("root_height", GOOD) is None
    assert frame_of("not_retargeted", GOOD) is None


def test_gates_are_light_to_import() -> None:
    code = "import sys, retarget.quality.gates; print({'torch', 'mujoco', 'numba', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_one_jump_alone_flags_a_short_clip_and_two_reject_it() -> None:
    short = GOOD | {"frames": 30, "jump_share": 1 / 30}
    assert fate_by(short, RetargetGates()) == "flagged"
    assert fate_by(short | {"jump_share": 2 / 30}, RetargetGates()) == "rejected"

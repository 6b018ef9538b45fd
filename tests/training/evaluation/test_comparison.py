from dataclasses import replace

import pytest

from training.evaluation.columns import MEASURES
from training.evaluation.comparison import (
    MotionComparison,
    Verification,
    compare_to_baselines,
    verify,
    verify_alone,
)
from training.evaluation.tables import concatenate_tables, table_from_rows
from training.evaluation.verifications import AcceptBounds


def rows(
    controller: str, errors: dict[str, tuple[float | None, float | None, bool]]
) -> list[dict[str, object]]:
    return [
        {
            "case": name,
            "motion_name": name,
            "variant": None,
            "source": name,
            "controller": controller,
            "weight": 1.0,
            "moving": name != "stand",
            "frames": 501,
            "seconds": 10.0,
            "evaluated_frames": 501,
            "evaluated_seconds": 10.0,
            "success": survived,
            "survived": survived,
            "survived_s": 10.0 if survived else 2.0,
            "failure_s": None if survived else 2.0,
            "failure_cause": None if survived else "fall",
            **dict.fromkeys(MEASURES, 0.1),
            "body_pos_error_mean": in_world,
            "body_pos_error_relative_mean": relative,
        }
        for name, (in_world, relative, survived) in errors.items()
    ]


GOOD = {"walk": (0.03, 0.006, True), "stand": (0.01, 0.005, True)}
ZERO = {"walk": (0.5, 0.02, True), "stand": (0.002, 0.001, True)}
BLIND = {"walk": (0.02, 0.002, False), "stand": (0.002, 0.001, True)}


def compare(policy=GOOD, zero=ZERO, blind=BLIND):
    parts = {"policy": policy, "zero_action": zero, "open_loop": blind}
    tables = [table_from_rows(rows(name, errors)) for name, errors in parts.items()]
    return compare_to_baselines(concatenate_tables(tables))


def failed(comparisons) -> list[str]:
    return [v.name for v in verify(comparisons) if not v.passed]


def tracked(lost: tuple[str, ...], *, unjudged: tuple[str, ...] = ()) -> list[MotionComparison]:
    """Ten motions on which nobody falls, some of which lose their reference."""
    walk = compare()[0]
    return [
        replace(
            walk,
            motion_name=name,
            success=None if name in unjudged else name not in lost,
            survived=None if name in unjudged else True,
            failure_cause="tracking_lost" if name in lost else None,
        )
        for name in "abcdefghij"
    ]


def found(comparisons, key: str, **bounds: float) -> Verification:
    every = verify(comparisons, AcceptBounds(**bounds))
    return next(each for each in every if each.key == key)


def test_a_lost_reference_is_no_success_though_the_robot_stays_up():
    motions = tracked(("b", "c", "d"))
    asked = found(motions, "success", success_rate=0.8)
    assert (asked.passed, asked.limit) == (False, "≥ 80 %")
    assert asked.found == "70.0 %, 7 of 10; tracking lost on b, c, d"
    assert found(motions, "survival").passed
    assert found(motions, "survival").found == "10 of 10"


def test_the_bound_of_success_is_the_rate_of_the_headline():
    motions = tracked(("b", "c", "d"))
    assert found(motions, "success", success_rate=0.7).passed
    assert not found(motions, "success", success_rate=0.7001).passed


def test_no_bound_of_success_is_said_as_such():
    free = found(tracked(tuple("abcdef")), "success")
    assert (free.passed, free.asked, free.limit) == (True, False, "none asked")
    assert free.found.endswith("tracking lost on a, b, c, d, e and 1 more")


def test_what_could_not_be_judged_counts_for_no_rate_and_fails_survival():
    motions = tracked(("b",), unjudged=("c", "d"))
    assert found(motions, "success", success_rate=0.87).found.startswith("87.5 %, 7 of 8;")
    survival = found(motions, "survival")
    assert (survival.passed, survival.found) == (False, "8 of 10; not judged: c, d")
    unknown = tracked((), unjudged=tuple("abcdefghij"))
    assert not found(unknown, "success", success_rate=0.1).passed


def test_without_baselines_success_and_survival_are_held_all_the_same():
    table = table_from_rows(rows("policy", {**GOOD, "walk": (0.03, 0.006, False)}))
    success, survival = verify_alone(table, AcceptBounds(success_rate=0.6))
    assert (success.passed, success.found) == (False, "50.0 %, 1 of 2; fall on walk")
    assert (survival.passed, survival.found) == (False, "1 of 2; fell on walk")


def test_an_honest_policy_passes_every_bound():
    walk = compare()[0]
    assert walk.global_ratio == pytest.approx(0.06)
    assert walk.relative_ratio == pytest.approx(0.3)
    # smaller errors of an open loop that fell do not count
    assert walk.open_loop_beaten is True
    assert failed(compare()) == []


def test_a_fall_fails_survival_and_does_not_beat_a_fallen_open_loop():
    fallen = compare(policy={**GOOD, "walk": (0.03, 0.006, False)})
    assert failed(fallen) == [
        "survival: stays up on every motion",
        "open loop beaten on moving motions",
    ]


def test_a_surviving_open_loop_must_be_beaten_on_both_errors():
    blind = {**BLIND, "walk": (0.5, 0.002, True)}
    assert failed(compare(blind=blind)) == ["open loop beaten on moving motions"]


def test_ratios_are_held_on_the_worst_motion():
    policy = {**GOOD, "walk": (0.25, 0.015, True)}
    assert failed(compare(policy=policy)) == ["root-relative ÷ zero action", "global ÷ zero action"]


def test_standing_has_its_own_bounds():
    policy = {**GOOD, "stand": (0.031, 0.011, True)}
    assert failed(compare(policy=policy)) == ["standing, global (m)", "standing, relative (m)"]


def test_an_unknown_error_fails_its_bound():
    policy = {**GOOD, "walk": (None, None, True)}
    assert "global ÷ zero action" in failed(compare(policy=policy, blind=BLIND))


def test_controllers_must_have_run_the_same_motions():
    with pytest.raises(ValueError, match="different motions"):
        compare(zero={"walk": (0.5, 0.02, True)})
    with pytest.raises(ValueError, match="open_loop"):
        compare_to_baselines(table_from_rows(rows("policy", GOOD) + rows("zero_action", ZERO)))

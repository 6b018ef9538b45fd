import dataclasses

import numpy as np
import pytest

from retarget.quality.flags import flags_of, measure_goal


@pytest.fixture(scope="module")
def goal(ask, walk):
    return ask(walk)


def told(goal) -> dict[str, str]:
    return {flag.gate: flag.reason for flag in flags_of(measure_goal(goal))}


def test_a_walk_on_the_floor_has_no_flag(goal):
    measures = measure_goal(goal)
    assert 0.5 < measures["contact_share"] <= 1.0
    assert told(goal) == {}


def test_a_floor_elsewhere_is_told(goal):
    high = dataclasses.replace(goal, ground=1.0)
    assert told(high) == {"ground_height": "the floor lay at 1.00 m and was moved to 0"}


def test_feet_that_never_touch_are_told(goal):
    air = dataclasses.replace(goal, contact=np.zeros_like(goal.contact))
    assert told(air) == {"contact_share": "no foot ever touches the ground"}


@pytest.mark.parametrize(("frames", "flagged"), [(3, True), (4, False)])
def test_feet_that_hardly_touch_are_told(goal, frames, flagged):
    contact = np.zeros_like(goal.contact)
    contact[:frames, 0, 0] = True
    reasons = told(dataclasses.replace(goal, contact=contact))
    assert len(contact) == 75
    said = "a foot touches the ground in only 4.0% of the frames"
    assert reasons.get("contact_share") == (said if flagged else None)


def test_contacts_that_never_release_are_told(goal):
    glued = dataclasses.replace(goal, contact=np.ones_like(goal.contact))
    measures = measure_goal(glued)
    way = np.ptp((glued.soles - goal.moved[:, None, None])[..., :2], axis=0)
    assert measures["stance_travel_max"] == pytest.approx(np.hypot(way[..., 0], way[..., 1]).max())
    assert "is labelled as standing, from frame 0" in told(glued)["stance_travel_max"]


def test_where_the_travel_begins_is_told(goal):
    contact = np.zeros_like(goal.contact)
    contact[20:, 1, 0] = True
    late = measure_goal(dataclasses.replace(goal, contact=contact))
    assert late["stance_travel_max_frame"] == 20


def test_measures_that_are_missing_flag_nothing():
    assert list(flags_of({})) == []


def test_targets_that_were_moved_far_are_told() -> None:
    assert not list(flags_of({"path_moved_max_cm": 12.0, "path_moved_frame": 4}))
    (flag,) = flags_of({"path_moved_max_cm": 71.0, "path_moved_frame": 4})
    assert (flag.gate, flag.fate, flag.frame) == ("path_moved_max_cm", "flagged", 4)
    assert "71 cm at frame 4" in flag.reason

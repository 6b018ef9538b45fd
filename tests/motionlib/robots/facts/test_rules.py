"""The table of rules as a whole: a clean robot passes through it unchanged."""

import mujoco
import numpy as np
import pytest

from motionlib.robots.facts.rules import RULES, settle
from motionlib.robots.files import find_robot


def parsed(path):
    return mujoco.MjSpec.from_file(str(path))


@pytest.mark.parametrize("name", ["g1", "microduck"])
def test_a_clean_model_compiles_to_the_same_bytes(name):
    path = find_robot(name).with_name("robot.xml")
    spec = parsed(path)
    settled = settle(path, spec)
    assert not settled.shifts
    models = []
    for each in (spec.compile(), parsed(path).compile()):
        saved = np.zeros(mujoco.mj_sizeModel(each), dtype=np.uint8)
        mujoco.mj_saveModel(each, None, saved)
        models.append(saved.tobytes())
    assert models[0] == models[1]


def test_what_was_settled_has_nothing_more_to_settle(write_mjcf):
    head = '<option gravity="0 0 0" density="3"/><size nconmax="5"/>'
    path = (
        write_mjcf(head=head, joint=' stiffness="3" ref="0.1"', body=' gravcomp="1"') / "robot.xml"
    )
    spec = parsed(path)
    first = settle(path, spec)
    assert {fact.verdict for fact in first.facts} >= {"overridden", "absorbed"}
    again = settle(path, spec)
    assert {fact.verdict for fact in again.facts} <= {"kept"}


def test_every_rule_is_there_once():
    assert len(set(RULES)) == len(RULES)

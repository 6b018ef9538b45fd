"""The text of a proposal is a yaml that says what was proposed and marks guesses."""

import dataclasses

import numpy as np
import yaml

from motionlib.robots.proposal.gains import ServoGuess
from motionlib.robots.proposal.text import Proposal, proposal_text

SERVO = ServoGuess(
    stiffness=20.0,
    damping=1.0,
    armature=0.1,
    frictionloss=0.0,
    effort_limit=9.0,
    velocity_limit=8.0,
    guessed=("damping",),
)
PROPOSAL = Proposal(
    name="on",
    model="a b/robot.xml",
    anchor="base: link",
    head="yes",
    tracked=["root", "*star"],
    feet=["l", "r"],
    hands=[],
    soles={"l": "sole", "r": np.array([[0.1, 0, 0], [0, 0.1, 0], [0, 0, -0.0], [1, 1, 1]])},
    default_pose={"knee [1]": 0.5},
    exponential_map=True,
    servos={"knee [1]": SERVO, "hip": dataclasses.replace(SERVO, velocity_limit=None)},
    note="it stands",
)


def test_names_survive_whatever_they_are():
    said = yaml.safe_load(proposal_text(PROPOSAL))
    assert (said["name"], said["model"], said["head_body"]) == ("on", "a b/robot.xml", "yes")
    assert said["anchor_body"] == "base: link"
    assert said["tracked_bodies"] == ["root", "*star"]
    assert said["hand_bodies"] == []
    assert said["default_pose"] == {"knee [1]": 0.5}
    assert said["soles"]["r"][0] == [0.1, 0, 0]
    assert said["dof_coordinates"] == "exponential_map"
    groups = said["actuators"]["first"]
    assert [group["joints"] for group in groups] == [["knee [[]1]"], ["hip"]], "no pattern"
    assert (groups[0]["velocity_limit"], "velocity_limit" in groups[1]) == (8, False)


def test_guesses_are_marked_and_the_models_own_word_is_not():
    lines = {line.split(":")[0].strip(): line for line in proposal_text(PROPOSAL).splitlines()}
    assert "# guess" in lines["damping"]
    assert "# guess" not in lines["stiffness"]
    assert "# guess" in lines["foot_friction"]
    assert "# guess: it stands" in proposal_text(PROPOSAL)

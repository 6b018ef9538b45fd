"""Telling velocity rules apart."""

import pytest
import torch

from motionlib.formats.fingerprint import fingerprint_velocities, telling_motion
from motionlib.formats.protomotions.motion_file import load_motion_file
from motionlib.motion import states_from_motion
from motionlib.velocities import VELOCITY_RULES, angular_velocity, late_by_one_frame


@pytest.fixture
def states(g1, make_motion):
    return {
        rule: states_from_motion(make_motion(g1), velocity_rule=rule)
        for rule in ("central", "forward_min3")
    }


def told(states, lin_vel, ang_vel):
    return fingerprint_velocities(
        body_pos=states.body_pos,
        body_quat_wxyz=states.body_quat_wxyz,
        lin_vel=lin_vel,
        ang_vel=ang_vel,
        fps=50.0,
    )


def test_generations_are_told_apart(states):
    central, smallest = states["central"], states["forward_min3"]
    pairs = zip(central.body_quat_wxyz[:-1], central.body_quat_wxyz[1:], strict=True)
    steps = [angular_velocity(torch.stack(pair).double(), 50.0, "central")[0] for pair in pairs]
    single_late = torch.stack([torch.zeros_like(steps[0]), *steps]).float()
    late = late_by_one_frame(smallest.body_ang_vel)
    assert told(central, central.body_lin_vel, single_late).generation == "A"
    assert told(central, smallest.body_lin_vel, late).generation == "B"
    found = told(central, smallest.body_lin_vel, smallest.body_ang_vel)
    assert (found.generation, found.velocity_rule) == ("C", "forward_min3")
    found = told(central, central.body_lin_vel, central.body_ang_vel)
    assert found.velocity_rule == "central"


@pytest.mark.parametrize(
    ("rule", "generation"),
    [
        ("central", "ours (central)"),
        ("forward_min3", "C"),
        ("protomotions_2025", "A"),
        ("protomotions_2026h1", "B"),
    ],
)
def test_each_rule_is_recognised_by_its_name(g1, make_motion, rule, generation):
    assert rule in VELOCITY_RULES
    states = states_from_motion(make_motion(g1), velocity_rule=rule)
    found = told(states, states.body_lin_vel, states.body_ang_vel)
    assert (found.velocity_rule, found.generation) == (rule, generation)


@pytest.mark.parametrize("clip", ["walk", "jumpjack"])
def test_files_that_protomotions_ships_follow_the_rule_of_their_time(test_data, clip):
    file = load_motion_file(test_data / "g1_motion" / f"{clip}.motion")
    turning = angular_velocity(file.body_quat_wxyz.double(), file.fps, "protomotions_2026h1")
    assert (turning - file.body_ang_vel).abs().max() < 1e-4


def test_a_lift_after_differentiating_is_allowed_for(states):
    smallest = states["forward_min3"]
    lifted = smallest.body_lin_vel.clone()
    lifted[::7, :, 2] += 0.5
    found = told(smallest, lifted, late_by_one_frame(smallest.body_ang_vel))
    assert found.generation == "B"
    assert "up to 0.50 m/s" in found.note
    assert found.velocity_rule is None


def test_unknown_and_short_are_said(states):
    central = states["central"]
    found = told(central, central.body_lin_vel * 1.2, central.body_ang_vel)
    assert (found.linear, found.generation) == ("unknown", "unknown")
    short = central.frames(slice(0, 3))
    assert "fewer than 5 frames" in told(short, short.body_lin_vel, short.body_ang_vel).note


def test_still_clip_has_no_rule(states):
    still = states["central"].frames(torch.zeros(10, dtype=torch.long))
    zero = torch.zeros_like(still.body_lin_vel)
    assert told(still, zero, zero).linear == "still"


def test_the_longest_motion_that_moves_tells():
    lin_vel = torch.zeros(30, 2, 3)
    lin_vel[3, 1, 0] = lin_vel[22, 0, 2] = 1.0
    starts, counts = [0, 5, 20], [5, 15, 10]
    assert telling_motion(lin_vel, starts, counts) == 2
    assert telling_motion(torch.zeros(30, 2, 3), starts, counts) == 1

"""Derived configurations."""

import math
from dataclasses import replace

import pytest

from motionlib.robot import Robot
from training.envs.config import (
    ObservationsConfig,
    Spread,
    TrackingConfig,
    evaluation_config,
    scaled_by_height,
)


def test_evaluation_has_no_chance_in_it_and_the_same_task() -> None:
    config = TrackingConfig(observations=ObservationsConfig(state_estimation=False))
    quiet = evaluation_config(config)
    assert quiet.reset.pose == quiet.reset.velocity == Spread()
    assert quiet.reset.joint_pos == quiet.randomization.joint_bias == 0.0
    assert not quiet.push.enabled
    assert quiet.randomization.foot_friction is None
    assert quiet.observations.anchor_pos == quiet.observations.joint_vel == 0.0
    assert not quiet.observations.state_estimation, "the policy's inputs stay the same"
    assert quiet.sampling.mode == "start"
    assert quiet.episode_s == math.inf
    assert (quiet.rewards, quiet.terminations, quiet.action) == (
        config.rewards,
        config.terminations,
        config.action,
    )


def test_scaling_leaves_a_humanoid_alone_and_shrinks_a_duck(microduck: Robot, g1: Robot) -> None:
    plain = TrackingConfig()
    same = scaled_by_height(g1)
    assert same.rewards.body_pos.sigma == pytest.approx(0.3, rel=0.02)
    small = scaled_by_height(microduck)
    ratio = microduck.standing_height / g1.standing_height
    assert small.rewards.body_pos.sigma == pytest.approx(0.3 * ratio, rel=0.02)
    assert small.terminations.anchor_height == pytest.approx(0.25 * ratio, rel=0.02)
    assert small.terminations.anchor_height < microduck.default_root_height
    assert small.rewards.body_ori == plain.rewards.body_ori, "angles do not scale"
    assert small.terminations.anchor_tilt == plain.terminations.anchor_tilt
    assert small.terminations.anchor_distance == math.inf


def test_scaling_starts_from_what_is_given(microduck: Robot) -> None:
    config = replace(TrackingConfig(), episode_s=3.0)
    assert scaled_by_height(microduck, config).episode_s == 3.0

"""Derived configurations, and impossible ones."""

import math
from dataclasses import replace

import pytest

from motionlib.robot import Robot
from training.envs.commands.motion import MotionCommandConfig
from training.envs.commands.sampling import SamplingConfig
from training.envs.config import (
    ActionConfig,
    EnvConfig,
    PushConfig,
    RandomizationConfig,
    Spread,
    evaluation_config,
    scaled_by_height,
)
from training.envs.mimic import mimic_observations, mimic_rewards
from training.envs.terms.rewards import Reward
from training.values import ConfigError


def test_evaluation_has_no_chance_in_it_and_the_same_task() -> None:
    noisy = mimic_observations()
    few = {"dof_pos": noisy["actor"].views["dof_pos"]}
    config = EnvConfig(observations={**noisy, "actor": replace(noisy["actor"], views=few)})
    quiet = evaluation_config(config)
    assert quiet.reset.pose == quiet.reset.velocity == Spread()
    assert quiet.reset.joint_pos == quiet.randomization.joint_bias == 0.0
    assert not quiet.push.enabled
    assert quiet.randomization.foot_friction is None
    views = [view for group in quiet.observations.values() for view in group.views.values()]
    assert {view.noise for view in views} == {0.0}
    seen = {name: list(group.views) for name, group in quiet.observations.items()}
    assert seen == {name: list(group.views) for name, group in config.observations.items()}
    assert quiet.observations["actor"].views["dof_pos"].view == "read_dof_pos"
    assert isinstance(quiet.command, MotionCommandConfig)
    assert quiet.command.sampling.mode == "start"
    assert quiet.episode_s == math.inf
    assert (quiet.rewards, quiet.failures, quiet.action) == (
        config.rewards,
        config.failures,
        config.action,
    )


def test_scaling_leaves_a_humanoid_alone_and_shrinks_a_duck(microduck: Robot, g1: Robot) -> None:
    plain = EnvConfig()
    same = scaled_by_height(g1)
    assert same.rewards["body_pos"].sigma == pytest.approx(0.3, rel=0.02)
    small = scaled_by_height(microduck)
    ratio = microduck.standing_height / g1.standing_height
    assert small.rewards["body_pos"].sigma == pytest.approx(0.3 * ratio, rel=0.02)
    assert small.rewards["body_lin_vel"].sigma == pytest.approx(1.0 * ratio, rel=0.02)
    assert small.failures["anchor_height"].above == pytest.approx(0.25 * ratio, rel=0.02)
    assert small.failures["anchor_height"].above < microduck.default_root_height
    assert small.rewards["body_ori"] == plain.rewards["body_ori"], "angles do not scale"
    assert small.rewards["joint_limit"] == plain.rewards["joint_limit"]
    assert small.failures["anchor_tilt"] == plain.failures["anchor_tilt"]
    assert small.failures["anchor_distance"].above == math.inf


def test_a_penalty_on_a_length_weighs_the_same_on_any_robot(microduck: Robot) -> None:
    config = EnvConfig(rewards={"low": Reward(measure="anchor_height", weight=-1.0)})
    small = scaled_by_height(microduck, config)
    assert small.rewards["low"].weight == pytest.approx(-1.29 / microduck.standing_height)


def test_scaling_starts_from_what_is_given(microduck: Robot) -> None:
    config = replace(EnvConfig(), episode_s=3.0)
    assert scaled_by_height(microduck, config).episode_s == 3.0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: EnvConfig(episode_s=0.0), "episode_s is 0.0, expected more than 0"),
        (lambda: EnvConfig(episode_s=math.nan), "episode_s is nan"),
        (lambda: EnvConfig(log=("error_body_poss",)), "log.*error_body_pos"),
        (lambda: EnvConfig(bootstrap=("critics",)), "bootstrap.*nearest: critic"),
        (lambda: EnvConfig(observations={}), "observations"),
        (lambda: EnvConfig(rewards={**mimic_rewards(), "x": 1.0}), r"rewards\.x"),  # type: ignore[dict-item]
        (lambda: PushConfig(interval_s=(3.0, 1.0)), "interval_s.*the smaller number first"),
        (lambda: RandomizationConfig(joint_bias=-0.1), "joint_bias is -0.1"),
        (lambda: RandomizationConfig(foot_friction=(1.0, 0.5)), "foot_friction"),
        (lambda: RandomizationConfig(command_delay=-1), "command_delay is -1"),
        (lambda: SamplingConfig(kernel_size=0), "kernel_size is 0, expected 1 or more"),
        (lambda: SamplingConfig(alpha=1.5), "alpha is 1.5, expected 0 to 1"),
        (lambda: Spread(x=-1.0), "x is -1.0"),
        (lambda: ActionConfig(scale=0.0), "scale is 0.0"),
    ],
)
def test_impossible_values_are_refused_where_they_are_built(build, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build()

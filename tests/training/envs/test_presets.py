"""Presets are about the robots that they name."""

from motionlib.robot import Robot
from training.envs.config import TrackingConfig
from training.envs.presets import small_biped_config


def test_small_biped_thresholds_lie_inside_the_robot(microduck: Robot) -> None:
    config, plain = small_biped_config(), TrackingConfig()
    ends = config.terminations
    assert ends.anchor_height < microduck.default_root_height
    assert ends.end_height < microduck.standing_height
    assert config.rewards.body_pos.sigma < plain.rewards.body_pos.sigma
    assert plain.terminations.anchor_height > microduck.default_root_height

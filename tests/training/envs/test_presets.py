"""Presets are about the robots that they name."""

from motionlib.robot import Robot
from training.envs.config import EnvConfig
from training.envs.presets import small_biped_config


def test_small_biped_thresholds_lie_inside_the_robot(microduck: Robot) -> None:
    config, plain = small_biped_config(), EnvConfig()
    ends = config.failures
    assert ends["anchor_height"].above < microduck.default_root_height
    assert ends["end_height"].above < microduck.standing_height
    assert config.rewards["body_pos"].sigma < plain.rewards["body_pos"].sigma
    assert plain.failures["anchor_height"].above > microduck.default_root_height
    assert list(config.rewards) == list(plain.rewards)
    seen = {name: list(group.views) for name, group in config.observations.items()}
    assert seen == {name: list(group.views) for name, group in plain.observations.items()}

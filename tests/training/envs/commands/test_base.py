"""Commands are found by the type of their configuration."""

from dataclasses import dataclass
from typing import Any, Literal, cast

import pytest

from training.envs.commands.base import CommandConfig, Setting, build_command
from training.envs.commands.motion import MotionCommandConfig
from training.envs.config import EnvConfig
from training.values import ConfigError, plain_from_value, value_from_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(CommandConfig):
    kind: Literal["unknown"] = "unknown"


def test_a_type_without_a_command_names_those_with_one() -> None:
    with pytest.raises(ConfigError, match=r"a Unknown, for which.*MotionCommandConfig"):
        build_command(Unknown(), cast(Setting, None))


def test_the_kind_chooses_the_configuration() -> None:
    plain: dict[str, Any] = plain_from_value(EnvConfig())
    assert plain["command"]["kind"] == "motion"
    plain["command"]["cross_clips"] = True
    read = value_from_plain(EnvConfig, plain)
    assert read.command == MotionCommandConfig(cross_clips=True)
    plain["command"]["kind"] = "motions"
    with pytest.raises(ConfigError, match=r"command\.kind is 'motions'.*motion"):
        value_from_plain(EnvConfig, plain)

"""What an environment asks of a command: the part of a task that says what robots shall do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from motionlib.library import MotionLib
from motionlib.robot import Robot
from training.envs.moment import Facts, Goal
from training.envs.snapshot import BodySelection, Snapshot
from training.kinds import open_choice
from training.simulators.base import ResetState
from training.values import ConfigError

Made = TypeVar("Made", bound=type)


@open_choice
@dataclass(frozen=True, slots=True, kw_only=True)
class CommandConfig:
    """Base of the configurations of commands: each kind has a class of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a command gives its orders."""

    robot: Robot
    facts: Facts
    selection: BodySelection
    lib: MotionLib | None
    """Motions at the control rate, where the environment computes; None where there are none."""
    num_envs: int
    generator: torch.Generator
    """Generator of all draws of the environment."""


class Command(Protocol):
    """What E robots are asked, step by step."""

    end_name: str
    """What `ended` is called in the log: `termination/<end_name>`."""

    def start(self, env_ids: Tensor) -> ResetState:
        """Choose what (K,) environments are asked next, and where their robots begin."""
        ...

    def advance(self) -> None:
        """Let a control step pass."""
        ...

    def goal(self, ahead: int = 1) -> Goal:
        """What every robot is asked: by the next step, or `ahead` steps from now; 0 is now.

        Asked again it says the same: it draws nothing at random.
        """
        ...

    def ended(self) -> Tensor:
        """(E,) bool: clip or path are over; the episode is cut, its value goes on."""
        ...

    def failed(self, env_ids: Tensor) -> None:
        """Hear which (K,) episodes failed in this step, maybe none; called once a step."""
        ...

    def demonstrations(self, count: int, num_frames: int) -> Sequence[tuple[Snapshot, Goal]]:
        """The reference as if it were a robot.

        Args:
            count: K.
            num_frames: Instants in a row, at least one.

        Returns:
            For each instant, oldest first, K robots and what they are asked to be then.

        Raises:
            ValueError: The command has no reference.
        """
        ...

    def metrics(self) -> Mapping[str, Tensor]:
        """What is worth logging, 0-dim by name."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """All that its next orders follow from, to the bit, as copies of tensors."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken."""
        ...


_COMMANDS: dict[type[CommandConfig], Callable[[Any, Setting], Command]] = {}


def command(config: type[CommandConfig]) -> Callable[[Made], Made]:
    """Declare a class as the command of a configuration's type; it is made of config and setting.

    The configuration's type is declared with `member_of(CommandConfig)`.
    """

    def declare(made: Made) -> Made:
        _COMMANDS[config] = made
        return made

    return declare


def command_of(config: CommandConfig) -> Callable[[Any, Setting], Command]:
    """What was declared as the command of a configuration's type.

    Raises:
        ConfigError: Nothing was.
    """
    made = _COMMANDS.get(type(config))
    if made is None:
        known = ", ".join(sorted(kind.__name__ for kind in _COMMANDS))
        raise ConfigError(
            f"env.command is a {type(config).__name__}, for which no command is declared; "
            f"known: {known}"
        )
    return made


def build_command(config: CommandConfig, setting: Setting) -> Command:
    """The command of a configuration.

    Raises:
        ConfigError: No command was declared for its type.
    """
    return command_of(config)(config, setting)

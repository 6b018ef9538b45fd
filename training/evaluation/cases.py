"""Cases: what one row of an evaluation is about. A motion, a command, a motion under a mask."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

from torch import Tensor

from motionlib.library import MotionLib
from motionlib.motion import MotionStates
from training.envs.commands.motion import MotionCommand
from training.evaluation.config import Thresholds
from training.simulators.base import ResetState

_STANDING_COMMAND = 0.01
"""m/s or rad/s under which a walking command means standing (the MicroDuck guide's bound)."""


class Cases(Protocol):
    """Everything that a command can be evaluated on, and how robots are put there."""

    @property
    def names(self) -> tuple[str, ...]:
        """Keys of rows; unique."""
        ...

    @property
    def num_frames(self) -> Tensor:
        """(C,) int64 instants of each, the first included."""
        ...

    @property
    def fps(self) -> float:
        """Instants a second: one a control step."""
        ...

    def frames(self) -> Tensor:
        """(E,) int64 where every environment stands in its case."""
        ...

    def place(self, env_ids: Tensor, case_ids: Tensor, frames: Tensor) -> ResetState:
        """Put (K,) environments on frames of cases; where their robots belong then."""
        ...

    def facts(self, case_id: int, thresholds: Thresholds) -> Mapping[str, Any]:
        """Columns that say what a case is: `motion_name`, `variant`, `source`, `weight`, `moving`."""
        ...


@runtime_checkable
class Following(Protocol):
    """Cases in which robots follow a motion, whose every body is known."""

    def reference(self) -> MotionStates:
        """(E, ...) the reference at the frame where every environment stands, all bodies."""
        ...


class MotionCases:
    """Every motion of a library, whole, is a case."""

    def __init__(self, command: MotionCommand) -> None:
        self._command = command
        self._lib = command.lib

    @property
    def names(self) -> tuple[str, ...]:
        """See `Cases.names`: of the motions."""
        return self._lib.names

    @property
    def num_frames(self) -> Tensor:
        """See `Cases.num_frames`."""
        return self._lib.num_frames

    @property
    def fps(self) -> float:
        """See `Cases.fps`."""
        return float(self._lib.fps[0])

    def frames(self) -> Tensor:
        """See `Cases.frames`."""
        return self._command.frames

    def place(self, env_ids: Tensor, case_ids: Tensor, frames: Tensor) -> ResetState:
        """See `Cases.place`."""
        return self._command.place(env_ids, case_ids, frames)

    def reference(self) -> MotionStates:
        """See `Following.reference`."""
        return self._command.reference()

    def facts(self, case_id: int, thresholds: Thresholds) -> Mapping[str, Any]:
        """See `Cases.facts`."""
        lib = self._lib
        return {
            "motion_name": lib.names[case_id],
            "variant": None,
            "source": lib.provenances[case_id].source,
            "weight": float(lib.weights[case_id]),
            "moving": is_moving(lib, case_id, moving_speed=thresholds.moving_speed),
        }


def is_moving(lib: MotionLib, motion: int, *, moving_speed: float) -> bool:
    """Whether a reference asks for movement: by its command if it states one, else by its speed.

    Args:
        lib: The library.
        motion: Index in it.
        moving_speed: m/s, mean speed of tracked bodies.
    """
    command = lib.provenances[motion].command
    if command is not None:
        return any(abs(part) >= _STANDING_COMMAND for part in command)
    start = int(lib.starts[motion])
    bodies = [lib.robot.body_names.index(name) for name in lib.robot.tracked_bodies]
    states = lib.frames(slice(start, start + int(lib.num_frames[motion])))
    return float(states.body_lin_vel[:, bodies].norm(dim=-1).mean()) >= moving_speed


_CASES: dict[type, Callable[[Any], Cases]] = {MotionCommand: MotionCases}
Made = TypeVar("Made", bound=Callable[[Any], Cases])


def cases_of(command: type) -> Callable[[Made], Made]:
    """Declare a class as the cases of a command's type; it is made of the command."""

    def declare(made: Made) -> Made:
        _CASES[command] = made
        return made

    return declare


def find_cases(command: object) -> Cases:
    """The cases of a command.

    Raises:
        ValueError: None were declared for its type.
    """
    for kind in type(command).__mro__:
        if kind in _CASES:
            return _CASES[kind](command)
    raise ValueError(
        f"{type(command).__name__} has no cases to be evaluated on; declare them with "
        "evaluation.cases.cases_of"
    )

"""What the code means that a training run learns by: when it moves, results may.

It imports no torch, so that a graph can ask for it when it is read.
"""

import ast
import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlib.files import sha256_of_bytes
from motionlib.imports import imported_files, source_files
from motionlib.meaning import meaning_of, meaning_of_files

if TYPE_CHECKING:
    from training.config import Experiment

_ROOT = Path(__file__).resolve().parent.parent
_ROOMS = ("motionlib", "training")
_LEARNS = ("training.session", "training.trainer", "training.building")
"""They reach environments, commands, measures, views and the agents of the house by imports."""
_ENGINE = "mujoco"
"""The engine that experiments ask for unless they say otherwise."""
_TELLS = (
    "motionlib.figures",
    "motionlib.formats.broken_states",
    "motionlib.home",
    "motionlib.registry",
    "motionlib.showing",
    "training.arguments",
    "training.asking",
    "training.checkpoint",
    "training.code_version",
    "training.divergence",
    "training.envs.watching",
    "training.evaluation_scorer",
    "training.launching",
    "training.learning_code",
    "training.learning_curve",
    "training.overrides",
    "training.progress",
    "training.runs",
    "training.sealing",
    "training.stopping",
    "training.wandb_sink",
)
"""What says and keeps what was learned, or how it was asked for, and decides none of it."""


def learning_code(experiment_path: Path | None, experiment: "Experiment | None" = None) -> str:
    """16 hex digits of what the code means that learns in an experiment.

    It is that of the modules which a training imports, directly or not, wherever the import
    stands: session, trainer, environment, agents, the engine's adapter, and what is declared (a
    class or function with a decorator, such as a measure or an agent) in the experiment's file or
    in what that imports. Documents, comments, progress, files of a run and registries are no part
    of it; nor is what only gives an experiment its values, which the experiment has.

    Args:
        experiment_path: Python file; None or a `resolved_configs.yaml` declare nothing.
        experiment: What it returned, with overrides; adds its engine, and the files outside the
            house in which its agent, command, measures and so on are written. None: MuJoCo.

    Raises:
        OSError: The file cannot be read.
    """
    engine = experiment.simulator.name if experiment else _ENGINE
    modules = (*_LEARNS, f"training.simulators.{engine}")
    house = set(source_files(modules, rooms=_ROOMS, without=_TELLS))
    places = _places_of(experiment) if experiment else set()
    path = None if experiment_path is None else Path(experiment_path).resolve()
    if path is not None and path.suffix == ".py":
        places |= {file for file in _with_imports(path) - house if _declares(file)}
    files = house.union(*map(_with_imports, places))
    foreign = {file for file in files if file == path or not _is_ours(file)}
    # told without their places: a run's copy of its experiment lies elsewhere
    meanings = sorted({meaning_of(file.read_bytes()) for file in foreign})
    ours = meaning_of_files(files - foreign, _ROOT)
    return sha256_of_bytes("\0".join([ours, *meanings]).encode())[:16]


def _with_imports(file: Path) -> set[Path]:
    return set(imported_files(file, rooms=_ROOMS, without=_TELLS))


def _places_of(experiment: "Experiment") -> set[Path]:
    """Files in which the things are written that an experiment uses by name or kind."""
    from training.agents.opening import agent_of  # noqa: PLC0415 - torch
    from training.envs.commands.base import command_of  # noqa: PLC0415 - torch
    from training.envs.measures import MEASURES  # noqa: PLC0415 - torch
    from training.envs.views import VIEWS  # noqa: PLC0415 - torch

    used: list[Any] = [agent_of(experiment.agent), command_of(experiment.env.command)]
    for value in _values(experiment):
        if isinstance(value, str):
            used += [names[value].function for names in (MEASURES, VIEWS) if value in names]
        else:
            used.append(type(value))
    return {Path(inspect.getfile(each)).resolve() for each in used}


def _values(value: object) -> Iterator[object]:
    """Every dataclass and text in a configuration."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _values(each)
    elif dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from _values(getattr(value, field.name))


def _declares(path: Path) -> bool:
    """Whether a file holds a class or function with a decorator, outside of any other."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return True
    return any(getattr(statement, "decorator_list", ()) for statement in tree.body)


def _is_ours(path: Path) -> bool:
    return any(path.is_relative_to(_ROOT / room) for room in _ROOMS)

"""From the training program's arguments to its experiment and its record of them."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from motionlib.errors import nearest_names
from training.arguments import TrainArguments
from training.config import (
    Experiment,
    absolute_path,
    load_experiment,
    with_absolute_paths,
)
from training.overrides import override, parse_overrides
from training.simulators.opening import simulator_names
from training.values import ConfigError, plain_from_value


def experiment_from_arguments(arguments: TrainArguments) -> Experiment:
    """The experiment file's experiment, with overrides and then flags on top, paths absolute.

    Raises:
        ConfigError: An unknown field, a bad value or an unknown simulator.
        RobotError: There is no such robot.
    """
    experiment = load_experiment(arguments.experiment_path)
    experiment = override(experiment, parse_overrides(arguments.overrides))
    flags = {
        "name": arguments.experiment_name,
        "robot": arguments.robot_name,
        "simulator.name": arguments.simulator,
        "motion_lib.registry": arguments.registry,
        "motion_lib.registry_file": arguments.registry_file,
        "num_envs": arguments.num_envs,
        "agent.batch_size": arguments.batch_size,
        "training_max_steps": arguments.training_max_steps,
        "seed": arguments.seed,
        "evaluating.eval_metrics_every": arguments.eval_metrics_every,
    }
    given = {field: str(value) for field, value in flags.items() if value not in {None, ""}}
    experiment = override(experiment, given)
    if arguments.motion_file or arguments.registry_name:
        motions = replace(
            experiment.motion_lib,
            motion_file=arguments.motion_file,
            registry_name=arguments.registry_name,
        )
        experiment = replace(experiment, motion_lib=motions)
    name = experiment.simulator.name
    if name not in simulator_names():
        raise ConfigError(f"simulator {name!r}: {nearest_names(name, simulator_names())}")
    return with_absolute_paths(experiment)


def record_of(arguments: TrainArguments, experiment: Experiment) -> dict[str, Any]:
    """The program's arguments as plain values, paths absolute."""
    places = {"robot_name": experiment.robot, "motion_file": experiment.motion_lib.motion_file}
    plain = {
        name: absolute_path(value) if isinstance(value, Path) else value
        for name, value in asdict(arguments).items()
    }
    return plain_from_value(plain | {k: v for k, v in places.items() if plain[k]})

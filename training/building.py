"""From an experiment's words to its objects: robot, motions, environment."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from motionlib.errors import MotionError
from motionlib.files import sha256_of_bytes, sha256_of_file, sha256_once
from motionlib.formats.loading import load_library, motion_files
from motionlib.formats.protomotions.shards import shard_path
from motionlib.library import MotionLib
from motionlib.registry.opening import open_registry
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from training.asking import ask_motions
from training.config import Experiment, MotionLibConfig
from training.envs.config import evaluation_config
from training.envs.environment import Environment
from training.simulators.opening import open_simulator
from training.values import ConfigError

_LOG = logging.getLogger(__name__)
_PREFERRED = (".npz", ".pt")


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSource:
    """Motions found, and how they are told apart from others."""

    path: Path
    sha256: str
    """Hash of the file's bytes, or of the names and bytes of a folder's motion files."""
    reference: str = ""
    """`entity/project/name:vN` of an artifact; empty for a plain file."""
    artifact_sha256: str = ""
    """Hash of the artifact's content; empty for a plain file."""


def device_of(name: str) -> torch.device:
    """The device that `--device` names.

    Raises:
        ConfigError: torch knows no such device, or sees no CUDA.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"--device {name!r} is no device that torch knows") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"--device {name}: this torch sees no CUDA device; use --device cpu")
    return device


def find_motions(config: MotionLibConfig) -> MotionSource:
    """The motion file that a configuration names; an artifact is pulled and verified.

    Of a library in shards (`slurmrank` in the name) it is the file of this process' `RANK`.

    Raises:
        MotionError: Shards are missing.
        ConfigError: Neither a file nor an artifact is named, or the file does not exist.
        RegistryError: The artifact is missing or its bytes changed.
    """
    if config.registry_name:
        version = open_registry(config.registry).pull(config.registry_name)
        path = _motion_file_of(list(version.files.values()), version.reference)
        return MotionSource(
            path=path,
            sha256=sha256_once(path),
            reference=version.reference,
            artifact_sha256=version.sha256,
        )
    if not config.motion_file:
        raise ConfigError("no motions: give --motion-file PATH or --registry-name NAME:ALIAS")
    path = shard_path(Path(config.motion_file).expanduser().resolve())
    if not path.exists():
        raise ConfigError(
            f"motions {path}: no such file or folder; say where they are with --motion-file"
        )
    return MotionSource(path=path, sha256=_sha256_of(path))


def build_robot(experiment: Experiment) -> Robot:
    """The experiment's robot with its actuator profile as the default one."""
    return load_robot(experiment.robot, profile=experiment.simulator.actuator_profile)


def build_library(
    source: MotionSource, robot: Robot, experiment: Experiment, *, ask: bool = False
) -> MotionLib:
    """The motions, resampled so that one frame is one control step.

    Args:
        source: Where they lie.
        robot: The experiment's robot.
        experiment: Says the rate, and whether motions that cannot be true are taken.
        ask: Whether they are asked if they can be, see `ask_motions`.

    Raises:
        MotionError: No clip has two frames, or one that is asked is impossible.
    """
    library = load_library(source.path, robot)
    if ask:
        accept = experiment.motion_lib.accept_implausible
        ask_motions(library, str(source.path), accept=accept)
    library = library.at_fps(1.0 / experiment.simulator.control_dt)
    if int(library.num_frames.max()) < 2:
        raise MotionError(
            f"{source.path}: every clip has a single frame; a policy needs motion to follow"
        )
    return library


def build_env(
    experiment: Experiment,
    lib: MotionLib | None,
    robot: Robot,
    *,
    num_envs: int = 0,
    device: torch.device | str = "cpu",
) -> Environment:
    """The experiment's training environment.

    Args:
        experiment: Simulator, terrain, task and seed.
        lib: Motions at the control rate; None for a task without any.
        robot: The experiment's robot.
        num_envs: E; 0 takes the experiment's.
        device: Where tensors live.
    """
    count = num_envs or experiment.num_envs
    simulator = open_simulator(
        experiment.simulator,
        robot,
        num_envs=count,
        device=device,
        terrain=experiment.terrain.build(),
    )
    return Environment(experiment.env, robot, simulator, lib=lib, seed=experiment.seed)


def build_evaluation_env(
    experiment: Experiment,
    lib: MotionLib | None,
    robot: Robot,
    *,
    num_envs: int,
    device: torch.device | str = "cpu",
) -> Environment:
    """The task without noise, pushes, randomisation, time-outs and automatic resets."""
    quiet = replace(experiment, env=evaluation_config(experiment.env))
    env = build_env(quiet, lib, robot, num_envs=num_envs, device=device)
    env.auto_reset = False
    return env


def _motion_file_of(files: list[Path], reference: str) -> Path:
    for suffix in _PREFERRED:
        found = [path for path in files if path.suffix == suffix]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(path.name for path in found))
            raise ConfigError(
                f"artifact {reference} has several {suffix} files ({names}), expected one; pull "
                "it and name the file with --motion-file"
            )
    names = ", ".join(sorted(path.name for path in files))
    raise ConfigError(f"artifact {reference} has no .npz or .pt file, only: {names}")


def _sha256_of(path: Path) -> str:
    if path.is_file():
        return sha256_of_file(path)
    lines = [f"{file.name} {sha256_of_file(file)}" for file in motion_files(path)]
    return sha256_of_bytes("\n".join(lines).encode())

"""From an experiment's words to its objects: robot, motions, environment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from motionlib.errors import MotionError, nearest_names
from motionlib.files import sha256_of_bytes, sha256_of_file, sha256_once
from motionlib.formats.loading import load_library, motion_files
from motionlib.formats.protomotions.shards import shard_path
from motionlib.library import MotionLib
from motionlib.registry.manifest import ArtifactFacts
from motionlib.registry.opening import open_registry
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from training.config import Experiment, MotionLibConfig
from training.envs.config import evaluation_config
from training.envs.environment import Environment
from training.simulators.opening import open_simulator
from training.values import ConfigError

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
    facts: ArtifactFacts | None = None
    """What the artifact's manifest says of its content; None for a plain file."""
    fps: tuple[float, ...] = ()
    """Frames a second as stored, each rate once, rising; empty until they were opened."""

    @property
    def name(self) -> str:
        """The reference, or the path, and the file in an artifact."""
        return f"{self.reference} {self.path.name}" if self.reference else str(self.path)


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
        ConfigError: Neither a file nor an artifact is named, or the file does not exist there.
        RegistryError: The artifact is missing or its bytes changed.
    """
    if config.registry_name:
        version = open_registry(config.registry).pull(config.registry_name)
        path = _motion_file_of(version.files, version.reference, wanted=config.registry_file)
        return MotionSource(
            path=path,
            sha256=sha256_once(path),
            reference=version.reference,
            artifact_sha256=version.sha256,
            facts=version.manifest.facts,
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
    """The experiment's robot with its actuator profile as the default one.

    Raises:
        ConfigError: The experiment takes any robot and was given none.
        RobotError: There is no such robot, or its files cannot be used.
    """
    if not experiment.robot:
        raise ConfigError(f"experiment {experiment.name}: robot is ''; give --robot-name")
    return load_robot(experiment.robot, profile=experiment.simulator.actuator_profile)


def build_library(source: MotionSource, robot: Robot, experiment: Experiment) -> MotionLib:
    """The motions, resampled so that one frame is one control step.

    Raises:
        MotionError: No clip has two frames.
    """
    return at_control_rate(load_library(source.path, robot), experiment, where=str(source.path))


def at_control_rate(library: MotionLib, experiment: Experiment, *, where: str) -> MotionLib:
    """A library resampled so that one frame is one control step; itself where that is so already.

    Args:
        library: As it is stored.
        experiment: Whose simulator says how long a control step is.
        where: File, for messages.

    Raises:
        MotionError: No clip has two frames.
    """
    library = library.at_fps(1.0 / experiment.simulator.control_dt)
    if int(library.num_frames.max()) < 2:
        raise MotionError(
            f"{where}: every clip has a single frame; a policy needs motion to follow"
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


def _motion_file_of(files: Mapping[str, Path], reference: str, *, wanted: str) -> Path:
    every = ", ".join(sorted(files))
    if wanted:
        if wanted not in files:
            raise ConfigError(
                f"artifact {reference} has no file {wanted!r} (--registry-file); "
                f"{nearest_names(wanted, files)}; it holds: {every}"
            )
        return files[wanted]
    for suffix in _PREFERRED:
        found = sorted(name for name in files if Path(name).suffix == suffix)
        if len(found) == 1:
            return files[found[0]]
        if found:
            raise ConfigError(
                f"artifact {reference} has several {suffix} files ({', '.join(found)}), expected "
                "one; name one of them with --registry-file"
            )
    raise ConfigError(f"artifact {reference} has no .npz or .pt file, only: {every}")


def _sha256_of(path: Path) -> str:
    if path.is_file():
        return sha256_of_file(path)
    lines = [f"{file.name} {sha256_of_file(file)}" for file in motion_files(path)]
    return sha256_of_bytes("\n".join(lines).encode())

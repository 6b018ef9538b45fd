"""An experiment: everything that decides what a training run learns, as one value."""

import importlib.util
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from motionlib.containers.yaml_text import load_yaml
from motionlib.errors import FormatError
from motionlib.robots.files import find_robot, robot_names
from training.agents.config import AgentConfig, PPOConfig
from training.envs.config import EnvConfig
from training.evaluation.config import EvaluationConfig
from training.kinds import member_of, open_choice
from training.ranges import Count, Name, Natural, NonNegative, Positive
from training.simulators.base import SimulatorConfig
from training.simulators.terrain import FLAT, Terrain
from training.values import (
    ConfigError,
    FieldError,
    check_fields,
    plain_from_value,
    value_from_plain,
)

SCHEMA_VERSION = 2
"""Version of `resolved_configs.yaml` and of the experiment inside a checkpoint."""


@open_choice
class TerrainConfig(ABC):
    """The ground: a dataclass with a `kind`, registered by `member_of(TerrainConfig)`."""

    __slots__ = ()

    @abstractmethod
    def build(self) -> Terrain:
        """What simulators are given."""


@member_of(TerrainConfig)
@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTerrain(TerrainConfig):
    """A plane at height zero."""

    kind: Literal["flat"] = "flat"

    def __post_init__(self) -> None:
        check_fields(self)

    def build(self) -> Terrain:
        """See `TerrainConfig.build`."""
        return FLAT


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionLibConfig:
    """Where the reference motions come from: a file or an artifact, not both."""

    motion_file: str = ""
    """Path of a `.npz`, `.pt` or other motion file, or of a folder of clips."""
    registry_name: str = ""
    """`[entity/][project/]name[:alias|:vN]`."""
    registry: Literal["local", "wandb"] = "local"
    registry_file: str = ""
    """Name of the file in the artifact; empty takes its only `.npz`, else its only `.pt`."""
    fps: NonNegative = 0.0
    """Frames a second that the motions must have as they are stored; 0 takes any. Either way they
    are resampled to the control rate where they have another one."""
    accept_implausible: bool = False
    """Whether training also takes motions that cannot be true, such as joints in degrees."""

    def __post_init__(self) -> None:
        check_fields(self)
        if self.motion_file and self.registry_name:
            raise ConfigError(
                f"both motion_file {self.motion_file!r} and registry_name {self.registry_name!r} "
                "are given; choose one"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingConfig:
    """How often a run is saved and scored; changes nothing of what is learned."""

    save_every_s: NonNegative = 30.0
    """s of wall clock between two writes of `last.ckpt`."""
    score_every_epochs: Count = 50
    """Updates between two scores; the best one so far is kept as `score_based.ckpt`."""
    score_motions: Count = 64
    """Motions of a score at most, evenly spread over the library."""
    score_s: Positive = 10.0
    """s of each of them, from its first frame."""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatingConfig:
    """Full evaluations while it trains; they change nothing of what is learned."""

    eval_metrics_every: Natural = 0
    """Updates between two evaluations, each a row of `evaluations.parquet`; 0 for none. Where there
    are any, they choose `score_based.ckpt`, and `saving.score_every_epochs` is not used."""
    motion_lib: MotionLibConfig = MotionLibConfig()
    """Motions that are evaluated; those that are trained on where it names none."""
    motions: tuple[str, ...] = ()
    """Names, or patterns such as `walk_*`, of those of them that are; empty takes all."""
    num_envs: Count = 64
    """Environments at most; never more than motions."""
    score: Name = "success_rate"
    """Column of `evaluations.parquet` by which `score_based.ckpt` is chosen."""
    direction: Literal["highest", "lowest"] = "highest"
    """Which value of it is the best; of equal ones the latest."""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a full evaluation of the trained policy must show."""

    metric: Name
    """Name in the evaluation's aggregate."""
    minimum: float = float("-inf")
    maximum: float = float("inf")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.minimum > self.maximum:
            raise FieldError(self, "minimum", expected=f"at most maximum, {self.maximum}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One training run."""

    name: Name
    robot: str = ""
    """Name in `data/robots`, or the path of a robot.yaml or its folder; empty takes any robot, the
    one of the command line or else of the motions."""
    simulator: SimulatorConfig = field(default_factory=SimulatorConfig)
    terrain: TerrainConfig = FlatTerrain()
    env: EnvConfig = field(default_factory=EnvConfig)
    motion_lib: MotionLibConfig = MotionLibConfig()
    agent: AgentConfig = field(default_factory=PPOConfig)
    saving: SavingConfig = SavingConfig()
    evaluating: EvaluatingConfig = EvaluatingConfig()
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    """What the full evaluation measures; changes nothing of what is learned."""
    num_envs: Count = 4096
    training_max_steps: Count = 1_000_000_000
    """Environment steps, all environments together."""
    seed: int = 0
    accept: tuple[Bound, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        self.agent.check_samples(self.num_envs)


def load_experiment(path: Path) -> Experiment:
    """Run an experiment file and take what its `experiment()` returns.

    Args:
        path: A Python file, or a `resolved_configs.yaml` of an earlier run.

    Raises:
        ConfigError: No such file, no `experiment()`, or it returns something else.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f"experiment {path}: no such file")
    if path.suffix == ".yaml":
        return experiment_from_yaml(path.read_text(encoding="utf-8"), where=str(path))
    spec = importlib.util.spec_from_file_location(f"experiment_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"experiment {path}: expected a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except ConfigError as error:
        raise ConfigError(f"experiment {path}: {error}") from error
    function = getattr(module, "experiment", None)
    if not callable(function):
        raise ConfigError(f"experiment {path}: expected a function experiment() -> Experiment")
    try:
        value = function()
    except ConfigError as error:
        raise ConfigError(f"experiment {path}: {error}") from error
    if not isinstance(value, Experiment):
        raise ConfigError(
            f"experiment {path}: experiment() returned {type(value).__name__}, expected Experiment"
        )
    return value


def with_absolute_paths(experiment: Experiment) -> Experiment:
    """The experiment for use from any folder: its robot's and motions' paths made absolute.

    Raises:
        RobotError: There is no such robot.
    """
    robot, motions = experiment.robot, experiment.motion_lib
    if robot and robot not in robot_names():
        robot = str(find_robot(robot))
    if motions.motion_file:
        motions = replace(motions, motion_file=absolute_path(motions.motion_file))
    evaluating, judged = experiment.evaluating, experiment.evaluating.motion_lib
    if judged.motion_file:
        judged = replace(judged, motion_file=absolute_path(judged.motion_file))
        evaluating = replace(evaluating, motion_lib=judged)
    return replace(experiment, robot=robot, motion_lib=motions, evaluating=evaluating)


def absolute_path(path: str | Path) -> str:
    """A path as it is from any folder; links stay."""
    return str(Path(path).expanduser().absolute())


def yaml_from_experiment(experiment: Experiment) -> str:
    """The experiment with every default written out."""
    plain = {"schema_version": SCHEMA_VERSION, "experiment": plain_from_value(experiment)}
    return yaml.safe_dump(plain, sort_keys=False)


def experiment_from_yaml(text: str, *, where: str) -> Experiment:
    """Read `yaml_from_experiment` back; unknown keys are refused.

    Args:
        text: YAML.
        where: File name for messages.

    Raises:
        ConfigError: Not YAML, another schema version, or a field that is unknown or wrong.
    """
    try:
        plain: Any = load_yaml(text)
    except FormatError as error:
        raise ConfigError(f"{where}: not YAML: {error}") from error
    if not isinstance(plain, dict) or set(plain) != {"schema_version", "experiment"}:
        raise ConfigError(f"{where}: expected exactly the keys schema_version and experiment")
    if plain["schema_version"] != SCHEMA_VERSION:
        raise ConfigError(
            f"{where}: schema_version is {plain['schema_version']!r}, this program reads "
            f"{SCHEMA_VERSION}; say it anew as a Python file like those in training/experiments, "
            "or use the code version that wrote it"
        )
    try:
        return value_from_plain(Experiment, plain["experiment"])
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def learning_facts(experiment: Experiment) -> dict[str, Any]:
    """The part of an experiment that a run may not change when it goes on.

    Budget, saving, evaluation, acceptance, thread count and the place of the motions are free; the motions
    themselves are compared by content.
    """
    fixed = replace(
        experiment,
        simulator=replace(experiment.simulator, num_threads=0),
        motion_lib=MotionLibConfig(),
        saving=SavingConfig(),
        evaluating=EvaluatingConfig(),
        evaluation=EvaluationConfig(),
        training_max_steps=1,
        accept=(),
    )
    return plain_from_value(fixed)

"""Sections that any recipe may have: under which name it publishes, what it trains, how it evaluates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from assets.recipes.paths import RecipeError, resolve_path
from motionlib.corpus.row import Split
from motionlib.errors import nearest_names
from training.evaluation.verifications import AcceptBounds
from training.values import ConfigError, value_from_plain

_ROBOT = "{robot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactName:
    """The name under which the motions are published."""

    name: str
    """Without a version, which the registry counts: v0, v1, ...."""
    entity: str = ""
    """Owner of the artifact; empty takes the registry's own default."""
    project: str = "motions"
    """Folder of the registry that the artifact is kept in."""
    aliases: tuple[str, ...] = ("latest",)
    """Names that the newest version takes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Experiment and budget of one policy."""

    experiment: str
    """Experiment file, relative to the recipe's folder; `{robot}` in it stands for the robot."""
    max_steps: int
    """Environment steps, all environments together."""
    name: str = ""
    """What tells it from the recipe's other trainings; needed where there are several."""
    split: Split = "train"
    """The library that it is trained on; of walking references there is only one."""
    humanoid: bool = False
    """Train the humanoid that recordings are put on, in a recipe that takes them to robots too."""
    num_envs: int = 512
    """Robots that are simulated at once."""
    batch_size: int = 0
    """Samples of a mini-batch; 0 leaves the experiment's own."""
    seed: int = 0
    """What everything random in the training begins with."""
    eval_metrics_every: int = 0
    """Updates between two evaluations while it trains, which choose the best checkpoint; 0
    leaves what the experiment says, none unless it asks for them."""
    eval_split: str = ""
    """The library that is evaluated then, best one that no report is about; empty takes `split`."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Field path to value, the grammar of `--overrides`."""

    def experiment_path(self, file: Path, robot_key: str) -> Path:
        """The experiment's file.

        Args:
            file: The recipe.
            robot_key: What the recipe calls the robot that is trained.
        """
        path = resolve_path(file, "training.experiment", self.experiment)
        return Path(str(path).replace(_ROBOT, robot_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The full evaluation of every policy, and what it must show."""

    splits: tuple[Split, ...] = ()
    """Libraries that policies are evaluated on, each by itself; empty takes every one that the
    recipe packs and that holds a clip."""
    num_envs: int = 64
    """Robots that are simulated at once, at most; never more than motions."""
    survive_s: float = 0.0
    """s that every motion must at least be long, so that surviving it says something."""
    success_rate: float = 0.0
    """Least share of the motions of each split that neither fall nor lose their reference: the
    headline of reports; 0 asks for none. That every motion stays up is asked besides."""
    relative_ratio: float = 0.7
    """Root-relative body error, policy ÷ zero action, at most, on each motion that moves."""
    global_ratio: float = 0.4
    """Global body error, policy ÷ zero action, at most, on each motion that moves."""
    standing_global: float = 0.03
    """m, global body error at most where the reference stands."""
    standing_relative: float = 0.01
    """m, root-relative body error at most where the reference stands."""
    required: bool = False
    """Whether a policy that misses a bound is an error; it is warned of otherwise."""

    def bounds(self) -> AcceptBounds:
        """What a policy is held to.

        Raises:
            ConfigError: A number that no bound can be; names the field.
        """
        values = {each.name: getattr(self, each.name) for each in fields(AcceptBounds)}
        return value_from_plain(AcceptBounds, values, where="evaluation")


def check_trainings(
    file: Path,
    trainings: Sequence[Training],
    evaluation: Evaluation,
    *,
    packed: Sequence[str],
    shards: int = 1,
) -> None:
    """Refuse trainings and an evaluation that cannot be.

    Args:
        file: The recipe.
        trainings: Its trainings.
        evaluation: Its evaluation.
        packed: Splits that the recipe packs libraries of.
        shards: Files that each library is divided into.

    Raises:
        RecipeError: Names file and field.
    """
    names = Counter(training.name for training in trainings)
    twice = [name for name, count in names.items() if name and count > 1]
    if twice:
        raise RecipeError(f"{file}: training.name is {twice[0]!r} twice, expected each name once")
    if len(trainings) > 1 and "" in names:
        raise RecipeError(f"{file}: training.name is missing, expected one for each of several")
    for training in trainings:
        rules: tuple[tuple[bool, str, str], ...] = (
            (training.name.isidentifier() or not training.name, "name", "letters, digits and _"),
            (training.max_steps > 0, "max_steps", "above 0"),
            (training.num_envs > 0, "num_envs", "above 0"),
            (training.batch_size >= 0, "batch_size", "0 (the experiment's own) or more"),
            (
                training.eval_metrics_every >= 0,
                "eval_metrics_every",
                "0 (the experiment's own) or more",
            ),
            (
                not training.eval_split or training.eval_split in packed,
                "eval_split",
                f"a library of the recipe: {', '.join(packed)}",
            ),
            (training.split in packed, "split", f"a library of the recipe: {', '.join(packed)}"),
        )
        for holds, name, expected in rules:
            if not holds:
                found = getattr(training, name)
                raise RecipeError(f"{file}: training.{name} is {found!r}, expected {expected}")
    if trainings and shards > 1:
        raise RecipeError(
            f"{file}: libraries.shards is {shards}, expected 1: a training reads one file"
        )
    if odd := [split for split in evaluation.splits if split not in packed]:
        raise RecipeError(
            f"{file}: evaluation.splits names {odd[0]!r}, which no library is packed of; "
            f"{nearest_names(odd[0], packed)}"
        )
    try:
        evaluation.bounds()
    except ConfigError as error:
        raise RecipeError(f"{file}: {error}") from error
    if evaluation.num_envs <= 0:
        raise RecipeError(f"{file}: evaluation.num_envs is {evaluation.num_envs}, expected above 0")

"""Policies: training runs as a child process that resumes where it stood."""

import functools
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import layer_asset, result
from assets.launch import PolicyLaunch, launch_config
from assets.layers import Home, Layer, sha256_of_values
from assets.presentation import VERDICT
from assets.previews import curves_plot, table_preview
from assets.recipes.common import Training
from assets.registry import ArtifactRegistry
from assets.tail.tails import Tail
from motionlib.errors import MotionError, RobotError
from motionlib.files import sha256_of_file
from training.learning_code import learning_code

if TYPE_CHECKING:
    from training.config import Experiment
    from training.runs import RunFolder

_ROOT = Path(__file__).resolve().parents[2]
_CURVES = ("train/reward", "metric/error_body_pos", "train/failure_share", "sampling_entropy")


def policy_asset(tail: Tail) -> dg.AssetsDefinition:
    """`policy` of a training."""
    training = tail.training
    form = launch_config(training)

    @layer_asset(
        tail.recipe,
        tail.layer("policy"),
        description=(
            f"A policy trained by `{Path(training.experiment).name}` on `{training.split}` for "
            f"{training.max_steps:,} environment steps. Stopping the run stops the training; the "
            "next run resumes it."
        ),
        kinds={"pytorch", "tensorboard"},
        version=_version(training),
        ins=tail.libraries_in,
        partitions_def=tail.partitions,
    )
    def policy(
        context: dg.AssetExecutionContext,
        config: form,  # pyright: ignore[reportInvalidTypeForm] - made for this training
        home: Home,
        registry: ArtifactRegistry,
        child_process: dg.PipesSubprocessClient,
        artifact: Layer,
    ) -> dg.MaterializeResult[Layer]:
        launch = Launch(tail, tail.key(context), config, artifact)
        folder = launch.folder(home.results)
        arguments = [*launch.arguments(folder.path.name), "--registry", registry.kind]
        run_program(context, child_process, home, "training/train_agent.py", arguments)
        layer = Layer(path=folder.last, sha256=sha256_of_file(folder.last))
        said = outdated(tail, tail.key(context), folder)
        if said:
            context.log.warning(said)
        said = said or "current: the code of today learns this"
        shown = {VERDICT: said, "experiment_name": folder.path.name, **_progress_metadata(folder)}
        return result(layer, shown)

    return policy


@functools.cache
def _learning_code() -> str:
    return learning_code(None)


def _version(training: Training) -> str:
    """Code version: the section of the recipe, and what the code means that learns."""
    return sha256_of_values({"settings": repr(training), "code": _learning_code()})[:12]


def policy_check(tail: Tail) -> dg.AssetChecksDefinition:
    """`is_current` of a policy: a warning where the code that learns has another meaning now."""

    @dg.asset_check(
        asset=tail.asset_key("policy"),
        name="is_current",
        description=(
            "The policy is what the code of today would learn; it stays usable where it is not, "
            "and is trained anew, under a new version, when a launch says `retrain`."
        ),
        partitions_def=tail.partitions,
    )
    def check(context: dg.AssetCheckExecutionContext, policy: Layer) -> dg.AssetCheckResult:
        from training.runs import RunFolder

        said = outdated(tail, tail.key(context), RunFolder(path=policy.path.parent))
        return dg.AssetCheckResult(
            passed=not said,
            severity=dg.AssetCheckSeverity.WARN,
            description=said or "trained by the code of today",
        )

    return check


def run_program(
    context: dg.AssetExecutionContext,
    client: dg.PipesSubprocessClient,
    home: Home,
    program: str,
    arguments: list[str],
) -> None:
    """Run one of `training/`'s programs; what it prints appears in the run's log.

    Raises:
        DagsterPipesExecutionError: It failed; its last lines are in the log.
    """
    command = [sys.executable, "-m", "assets.child", sys.executable, str(_ROOT / program)]
    client.run(
        context=context,
        command=[*command, *arguments],
        cwd=str(_ROOT),
        env={"MOTION_HOME": str(home.folder), "PYTHONPATH": str(_ROOT)},
    )


def library_of(tail: Tail, artifact: Layer, split: str) -> Path | None:
    """The packed library of a split in a published artifact; None where no clip of it was kept."""
    path = artifact.path / tail.libraries[split]
    return path if path.is_file() else None


def outdated(tail: Tail, key: str, folder: "RunFolder") -> str:
    """Why a policy is not what the code of today would learn, in one line; empty if it is.

    Args:
        tail: Of the training.
        key: Of the robot.
        folder: Of the run, with its newest state.

    Raises:
        FormatError: That state cannot be read.
    """
    from training.checkpoint import load_checkpoint

    facts = load_checkpoint(folder.last).facts
    path = tail.experiment_path(key)
    now = learning_code(path, facts.experiment())
    others = [code for code in facts.learning_codes if code != now]
    if not others:
        return ""
    return (
        f"outdated: {folder.path.name} was trained by code of another meaning ({', '.join(others)}, "
        f"now {now}); it is used as it is, launch with retrain: true for a new version"
    )


def experiment_of(tail: Tail, key: str, changes: PolicyLaunch | None = None) -> "Experiment":
    """The experiment as it is run: the file's, with what recipe and launch change of it.

    Args:
        tail: Of the training.
        key: Of the robot.
        changes: Of one launch; None takes the recipe as it is.

    Raises:
        ConfigError: No such file, an unknown field or a wrong value.
        RobotError: There is no such robot.
        MotionError: The experiment names another robot.
    """
    from motionlib.robots.files import load_robot
    from training.config import load_experiment
    from training.fitting import check_own_robot
    from training.overrides import override

    path = tail.experiment_path(key)
    experiment = load_experiment(path)
    try:
        check_own_robot(experiment, load_robot(tail.robot(key)))
    except RobotError as error:
        raise MotionError(f"{tail.recipe.file}: training.experiment {path}: {error}") from error
    flags = {"robot": tail.robot(key), **_flags(tail, changes)}
    return override(experiment, {**_overrides(tail, changes), **flags})


def _flags(tail: Tail, changes: PolicyLaunch | None) -> dict[str, str]:
    """Fields that the training program has flags for."""
    training = tail.training
    launched = changes or training
    return {
        "num_envs": str(launched.num_envs),
        "agent.batch_size": str(training.batch_size),
        "seed": str(launched.seed),
    }


def _overrides(tail: Tail, changes: PolicyLaunch | None) -> dict[str, str]:
    profile = {"simulator.actuator_profile": tail.profile} if tail.profile else {}
    return {**profile, **tail.training.overrides, **(changes.overrides if changes else {})}


class Launch:
    """One launch of a training: which run it is, and how the program is called."""

    def __init__(self, tail: Tail, key: str, changes: PolicyLaunch, artifact: Layer) -> None:
        self._tail, self._key, self._changes, self._artifact = tail, key, changes, artifact

    def folder(self, results: Path) -> "RunFolder":
        """Folder of the run: one that is there, or a new one.

        The name moves with everything that makes another policy: experiment, motions, robot and
        seed. The code is not part of it: a policy of older code is used until someone asks for a
        new one, which gets a version of its own.

        Args:
            results: Parent of the training results.

        Raises:
            MotionError: There is no clip to train on, or the experiment is for another robot.
            ConfigError: The experiment cannot be.
        """
        from motionlib.robots.files import load_robot
        from training.config import learning_facts
        from training.runs import RunFolder

        tail, key = self._tail, self._key
        split = tail.training.split
        library = library_of(tail, self._artifact, split)
        if library is None:
            raise MotionError(
                f"{self._artifact.reference} has no {tail.libraries[split]}: no clip of split "
                f"{split} was kept; train on another split, or see the table of rejected clips"
            )
        facts = {
            "experiment": learning_facts(experiment_of(tail, key, self._changes)),
            "motions": sha256_of_file(library),
            "robot": load_robot(tail.robot(key)).sha256,
        }
        digest = sha256_of_values(facts)[:8]
        base = f"{tail.run_name(key)}-{digest}-seed{self._changes.seed}"
        versions = [RunFolder(path=results / base)]
        while (newer := results / f"{base}-v{len(versions) + 1}").exists():
            versions.append(RunFolder(path=newer))
        newest = versions[-1]
        asked = self._changes.retrain and newest.last.exists()
        if asked and outdated(tail, key, newest):
            return RunFolder(path=results / f"{base}-v{len(versions) + 1}")
        return newest

    def arguments(self, name: str) -> list[str]:
        """Arguments of the training program.

        Args:
            name: Of the run's folder.
        """
        tail, training = self._tail, self._tail.training
        flags = _flags(tail, self._changes)
        options = {
            "experiment-path": tail.experiment_path(self._key),
            "experiment-name": name,
            "robot-name": tail.robot(self._key),
            "registry-name": self._artifact.reference,
            "registry-file": tail.libraries[training.split],
            "num-envs": flags["num_envs"],
            "batch-size": flags["agent.batch_size"],
            "training-max-steps": self._changes.max_steps,
            "seed": flags["seed"],
        }
        if training.eval_metrics_every:
            options["eval-metrics-every"] = training.eval_metrics_every
        arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
        overrides = _overrides(tail, self._changes)
        if training.eval_split:
            judged = {
                "registry_name": self._artifact.reference,
                "registry_file": tail.libraries[training.eval_split],
            }
            overrides |= {f"evaluating.motion_lib.{name}": each for name, each in judged.items()}
        if overrides:
            arguments += ["--overrides", *(f"{key}={value}" for key, value in overrides.items())]
        return arguments


def _progress_metadata(folder: "RunFolder") -> dict[str, Any]:
    from training.progress import read_progress

    epochs = [r for r in read_progress(folder.progress) if r["event"] == "epoch"]
    if not epochs:
        return {}
    last = epochs[-1]
    steps = [record["step"] for record in epochs]
    curves = {
        key: (steps, [record.get(key, math.nan) for record in epochs])
        for key in _CURVES
        if key in last
    }
    rows = [{"measure": key, "value": value} for key, value in last.items()]
    return {
        "env_steps": last["step"],
        "epochs": last["epoch"],
        "seconds": last["seconds"],
        "plot": curves_plot(curves, "environment steps"),
        "preview": table_preview(rows, limit=len(rows)),
    }

"""Policies: training runs as a child process that resumes where it stood."""

import math
import sys
from pathlib import Path

import dagster as dg

from assets.common import (
    POLICIES,
    code_version,
    layer_asset,
    result,
    stage_version,
)
from assets.layers import Home, Layer, sha256_of_values
from assets.previews import curves_plot, table_preview
from assets.recipes.walking import Recipe
from assets.registry import ArtifactRegistry
from motionlib.files import sha256_of_file

_ROOT = Path(__file__).resolve().parents[2]
_LEARNING_ROOMS = ("training/agents", "training/envs", "training/simulators")
"""Folders whose sources decide what is learned; a change in them starts a new training."""
_CURVES = ("train/reward", "metric/error_body_pos", "train/failure_share", "sampling_entropy")


class PolicyLaunch(dg.Config):
    """What one launch may change of the recipe; all empty takes the recipe as it is."""

    overrides: dict[str, str] = {}  # noqa: RUF012 - Dagster copies defaults
    """Field path to value, on top of the recipe's own."""
    seed: int | None = None
    max_steps: int | None = None
    num_envs: int | None = None


def policy_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`policy` of a recipe."""
    return [_policy(recipe)]


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


def _policy(recipe: Recipe) -> dg.AssetsDefinition:
    training = recipe.training

    @layer_asset(
        recipe,
        "policy",
        description=(
            f"A policy trained by `{Path(training.experiment).name}` for {training.max_steps:,} "
            "environment steps. Stopping the run stops the training; the next run resumes it."
        ),
        group=POLICIES,
        kinds={"pytorch", "tensorboard"},
        version=stage_version(training, *_LEARNING_ROOMS),
        inputs=("published_artifact",),
    )
    def policy(
        context: dg.AssetExecutionContext,
        config: PolicyLaunch,
        home: Home,
        registry: ArtifactRegistry,
        child_process: dg.PipesSubprocessClient,
        published_artifact: Layer,
    ) -> dg.MaterializeResult[Layer]:
        from training.runs import RunFolder

        name, arguments = _launch(recipe, config, published_artifact)
        arguments += ["--registry", registry.kind]
        run_program(context, child_process, home, "training/train_agent.py", arguments)
        results = home.results / name
        checkpoint = RunFolder(path=results).last
        layer = Layer(path=checkpoint, sha256=sha256_of_file(checkpoint))
        return result(layer, {"experiment_name": name, **_progress_metadata(results)})

    return policy


def _launch(
    recipe: Recipe, config: PolicyLaunch, published_artifact: Layer
) -> tuple[str, list[str]]:
    """Experiment name and arguments of the training program.

    The name moves with everything that makes another policy, so that a changed recipe starts
    anew and an unchanged one resumes; a larger budget only goes on.
    """
    from motionlib.robots.files import load_robot
    from training.config import learning_facts, load_experiment
    from training.overrides import override

    training = recipe.training
    seed = training.seed if config.seed is None else config.seed
    profile = {"simulator.actuator_profile": recipe.profile} if recipe.profile else {}
    overrides = {**profile, **training.overrides, **config.overrides}
    flags = {
        "robot": recipe.robot_reference(),
        "num_envs": str(config.num_envs or training.num_envs),
        "agent.batch_size": str(training.batch_size),
        "seed": str(seed),
    }
    experiment = override(load_experiment(recipe.experiment_path()), {**overrides, **flags})
    facts = {
        "experiment": learning_facts(experiment),
        "motions": published_artifact.sha256,
        "robot": load_robot(recipe.robot_reference()).sha256,
        "code": code_version(*_LEARNING_ROOMS),
    }
    name = f"{recipe.name}-{sha256_of_values(facts)[:8]}-seed{seed}"
    options = {
        "experiment-path": recipe.experiment_path(),
        "experiment-name": name,
        "robot-name": recipe.robot_reference(),
        "registry-name": published_artifact.reference,
        "num-envs": flags["num_envs"],
        "batch-size": flags["agent.batch_size"],
        "training-max-steps": config.max_steps or training.max_steps,
        "seed": seed,
    }
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    if overrides:
        arguments += ["--overrides", *(f"{key}={value}" for key, value in overrides.items())]
    return name, arguments


def _progress_metadata(results: Path) -> dict[str, object]:
    from training.progress import read_progress
    from training.runs import RunFolder

    epochs = [r for r in read_progress(RunFolder(path=results).progress) if r["event"] == "epoch"]
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
        "preview": table_preview(rows, limit=len(rows)),
        "plot": curves_plot(curves, "environment steps"),
    }

"""Evaluations: every motion of every library whole, the policy beside its baselines, a row each."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, layer_asset, result, stage_version
from assets.facts import table_facts
from assets.layers import RECORD, Home, Layer, build_layer
from assets.presentation import VERDICT
from assets.previews import bars_plot, table_preview
from assets.registry import ArtifactRegistry
from assets.tables import with_columns
from assets.tail.policy import library_of, run_program
from assets.tail.tails import Tail
from motionlib.errors import MotionError
from motionlib.files import sha256_of_file, sha256_once
from motionlib.showing import counted

if TYPE_CHECKING:
    import pyarrow as pa

    from training.evaluation.store import Evaluation

_ERROR = "body_pos_error_mean"
_PREVIEW = (
    "controller",
    "success",
    "survived_s",
    "failure_cause",
    _ERROR,
    "body_pos_error_relative_mean",
    "root_rot_error_mean",
    "joint_error_mean",
    "contact_accuracy",
)
_OF_THIS_MACHINE = {"mtime_ns", "cache_path", "key", "library", "library_file", "library_index"}
"""Columns of tables of clips that say nothing of a clip."""
_KEPT = 4
"""Evaluations that stay in the cache."""


def evaluation_assets(tail: Tail) -> list[dg.AssetsDefinition]:
    """`full_evaluation` and `per_motion_table` of a training."""
    return [_full_evaluation(tail), _per_motion_table(tail)]


def load_evaluations(layer: Layer) -> "dict[str, Evaluation]":
    """Split to its evaluation, in the order of splits.

    Raises:
        FormatError: One of them cannot be read.
    """
    from motionlib.corpus.row import SPLITS
    from training.evaluation.store import load_evaluation

    folders = [layer.path / split for split in SPLITS]
    return {folder.name: load_evaluation(folder) for folder in folders if folder.is_dir()}


def evaluation_metadata(evaluations: "Mapping[str, Evaluation]") -> dict[str, Any]:
    """What an asset shows of evaluations: verdict and errors of each split, never of all together."""
    from training.evaluation.controllers import POLICY
    from training.evaluation.tables import aggregate

    verdicts, rows, errors = [], [], {}
    for split, evaluation in evaluations.items():
        for controller, table in evaluation.tables.items():
            verdicts.append(
                {"split": split, "controller": controller, **_verdict(aggregate(table))}
            )
            titles = evaluation.metadata.get("titles", {})
            shown = [_shown(row, titles) for row in table.to_pylist()]
            rows += [{"split": split, **row} for row in shown]
            if controller == POLICY or len(evaluations) == 1:
                name = controller if len(evaluations) == 1 else f"{controller}, {split}"
                errors[name] = _errors(table)
    policy = [row for row in rows if row["controller"] == POLICY]
    return {
        VERDICT: verdict_of(evaluations),
        "verdicts": table_preview(verdicts, limit=len(verdicts)),
        "motions": len(policy),
        "failed_by_policy": sum(not row["success"] for row in policy),
        "plot": bars_plot(errors, "global body error (m)"),
        "preview": table_preview(rows, limit=60),
    }


def verdict_of(evaluations: "Mapping[str, Evaluation]") -> str:
    """The policy on each split, in one line."""
    from training.evaluation.controllers import POLICY
    from training.evaluation.tables import aggregate

    said = []
    for split, evaluation in evaluations.items():
        verdict = _verdict(aggregate(evaluation.tables[POLICY]))
        share, up, error = (verdict.get(name) for name in ("success_rate", "survival_rate", _ERROR))
        rates = "none judged" if share is None else f"{100 * share:.1f} % success"
        rates += "" if up is None else f", {100 * up:.1f} % survival"
        off = "" if error is None else f", {100 * error:.1f} cm off"
        said.append(f"{split}: {rates} of {counted(verdict['motions'], 'motion')}{off}")
    return "; ".join(said)


def _full_evaluation(tail: Tail) -> dg.AssetsDefinition:
    recipe = tail.recipe
    version = stage_version(recipe.evaluation, "motionlib", "training")

    @layer_asset(
        recipe,
        tail.layer("full_evaluation"),
        description=(
            "Every motion of every library once, whole, from frame 0, deterministic: the policy, "
            "zero action and open loop. Each split stands by itself."
        ),
        kinds={"parquet"},
        version=version,
        ins={**tail.libraries_in, **tail.inputs("policy")},
        partitions_def=tail.partitions,
    )
    def full_evaluation(
        context: dg.AssetExecutionContext,
        home: Home,
        registry: ArtifactRegistry,
        child_process: dg.PipesSubprocessClient,
        artifact: Layer,
        policy: Layer,
    ) -> dg.MaterializeResult[Layer]:
        folder = tail.folder(home, context)
        layers: dict[str, Layer] = {}
        for split, library in _evaluated(tail, artifact).items():
            context.log.info(f"evaluating on {split}: {library.name} of {artifact.reference}")
            arguments = _arguments(tail, tail.key(context), policy, artifact, split)
            arguments += ["--registry", registry.kind]

            def make(target: Path, arguments: list[str] = arguments) -> None:
                given = [*arguments, "--output-dir", str(target)]
                run_program(context, child_process, home, "training/inference_agent.py", given)

            inputs = {"policy": policy.sha256, "motions": sha256_once(library), "code": version}
            layers[split] = build_layer(folder / "splits" / split, inputs, make, keep=_KEPT)
        whole = build_layer(
            folder,
            {"splits": {split: layer.sha256 for split, layer in layers.items()}},
            lambda target: _gather(layers, target),
            keep=_KEPT,
        )
        return result(whole, evaluation_metadata(load_evaluations(whole)))

    return full_evaluation


def _evaluated(tail: Tail, artifact: Layer) -> dict[str, Path]:
    """Split to the library that the policy is evaluated on.

    Raises:
        MotionError: The recipe names a split that no clip was kept of, or all are empty.
    """
    asked = tail.recipe.evaluation.splits
    found = {split: library_of(tail, artifact, split) for split in asked or tail.libraries}
    empty = [split for split, path in found.items() if path is None]
    if asked and empty:
        raise MotionError(
            f"evaluation.splits names {empty[0]}, but {artifact.reference} has no "
            f"{tail.libraries[empty[0]]}: no clip of it was kept; leave it out, or see the table of "
            "rejected clips"
        )
    return {split: path for split, path in found.items() if path is not None}


def _gather(layers: Mapping[str, Layer], target: Path) -> None:
    for split, layer in layers.items():
        shutil.copytree(layer.path, target / split, ignore=shutil.ignore_patterns(RECORD))


def _per_motion_table(tail: Tail) -> dg.AssetsDefinition:
    @layer_asset(
        tail.recipe,
        tail.layer("per_motion_table"),
        description=(
            "The policy's row for each motion of each split, joined to the clip that it came from: "
            "source, dataset, gates, measures, weight."
        ),
        kinds={"parquet"},
        version=stage_version(None, "training.evaluation.tables"),
        card=True,
        ins={
            "table": dg.AssetIn(key=key_of(tail.recipe, tail.table)),
            **tail.inputs("full_evaluation"),
        },
        partitions_def=tail.partitions,
    )
    def per_motion_table(
        context: dg.AssetExecutionContext, home: Home, table: Layer, full_evaluation: Layer
    ) -> dg.MaterializeResult[Layer]:
        from training.evaluation.controllers import POLICY
        from training.evaluation.store import table_file
        from training.evaluation.tables import load_table, save_table

        key = tail.key(context)
        evaluations = load_evaluations(full_evaluation)
        clips = tail.clips(table, key)
        folder = tail.reports(home, key)
        controllers = dict.fromkeys(name for each in evaluations.values() for name in each.tables)
        for controller in controllers:
            tables = {split: e.tables[controller] for split, e in evaluations.items()}
            save_table(folder / table_file(controller), joined_table(tail, key, tables, clips))
        path = folder / table_file(POLICY)
        made = load_table(path)
        errors = {split: _errors(each.tables[POLICY]) for split, each in evaluations.items()}
        metadata = {
            VERDICT: verdict_of(evaluations),
            "motions": made.num_rows,
            "seconds": round(sum(made.column("evaluated_seconds").to_pylist()), 2),
            "plot": bars_plot(errors, "global body error (m)"),
            "preview": table_preview(made.to_pylist()),
            **table_facts(path, tail.measures),
        }
        return result(Layer(path=path, sha256=sha256_of_file(path)), metadata)

    return per_motion_table


def joined_table(
    tail: Tail, key: str, tables: "Mapping[str, pa.Table]", clips: Iterable[Mapping[str, Any]]
) -> "pa.Table":
    """Rows of all splits, each with its split, its training, its robot and its clip.

    Args:
        tail: Of the training.
        key: Of the robot.
        tables: Split to per-motion table of one controller.
        clips: Rows of the table of clips, with `motion_name`.
    """
    import pyarrow as pa

    from training.evaluation.tables import concatenate_tables, metadata_of, with_metadata

    parts = []
    for split, table in tables.items():
        told = {"split": split, "training": tail.training.name, "robot": key}
        part = table
        for name, value in told.items():
            part = part.append_column(name, pa.array([value] * part.num_rows, pa.string()))
        parts.append(part)
    joined = with_columns(concatenate_tables(parts), list(clips), leave_out=_OF_THIS_MACHINE)
    by_split = {split: metadata_of(table) for split, table in tables.items()}
    return with_metadata(joined, {**metadata_of(parts[0]), "by_split": by_split})


def _arguments(tail: Tail, key: str, policy: Layer, artifact: Layer, split: str) -> list[str]:
    options = {
        "checkpoint": policy.path,
        "experiment-path": tail.experiment_path(key),
        "registry-name": artifact.reference,
        "registry-file": tail.libraries[split],
        "num-envs": tail.recipe.evaluation.num_envs,
        **{f"bounds.{name}": x for name, x in tail.recipe.evaluation.bounds().as_dict().items()},
    }
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    # what is made here moves to its place once it is whole: its path now means nothing to a reader
    return ["--full-eval", "--no-say-paths", *arguments]


def _verdict(summary: Mapping[str, Any]) -> dict[str, Any]:
    measures = summary["measures"]
    names = (_ERROR, "body_pos_error_relative_mean", "joint_error_mean")
    return {
        "motions": summary["motions"],
        "success_rate": summary["success_rate"],
        "survival_rate": summary["survival_rate"],
        **{name: measures[name]["mean"] for name in names if name in measures},
    }


def _shown(row: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """A row's columns that a preview has, with what people call the motion where that is known."""
    name = row["motion_name"]
    title = {"title": titles.get(name, name)} if titles else {}
    return {"motion_name": name, **title, **{key: row[key] for key in _PREVIEW}}


def _errors(table: "pa.Table") -> dict[str, float]:
    """Global body error (m) by motion name."""
    names, values = (table.column(c).to_pylist() for c in ("motion_name", _ERROR))
    return dict(zip(names, values, strict=True))

"""Evaluations: every motion whole, the policy beside its baselines, one row for each."""

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.common import EVALUATIONS, layer_asset, result, stage_version
from assets.heads.walking import CLIPS_TABLE
from assets.layers import Home, Layer, build_layer
from assets.previews import bars_plot, table_preview
from assets.recipes.walking import Recipe
from assets.registry import ArtifactRegistry
from assets.tables import read_rows, with_columns
from assets.tail.policy import run_program
from motionlib.files import sha256_of_file, write_text

if TYPE_CHECKING:
    import pyarrow as pa

_ERROR = "body_pos_error_mean"
_PREVIEW = (
    "motion_name",
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
_CLIP_COLUMNS = ("dx", "dy", "dtheta", "source_seconds", "foot_slide_mean", "penetration_max")


def evaluation_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`full_evaluation`, `per_motion_table` and `report` of a recipe."""
    return [_full_evaluation(recipe), _per_motion_table(recipe), _report(recipe)]


def _full_evaluation(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version(recipe.evaluation, "motionlib", "training")

    @layer_asset(
        recipe,
        "full_evaluation",
        description=(
            "Every motion once, whole, from frame 0, deterministic: the policy, zero action "
            "and open loop."
        ),
        group=EVALUATIONS,
        kinds={"parquet"},
        version=version,
        inputs=("published_artifact", "policy"),
    )
    def full_evaluation(
        context: dg.AssetExecutionContext,
        home: Home,
        registry: ArtifactRegistry,
        child_process: dg.PipesSubprocessClient,
        published_artifact: Layer,
        policy: Layer,
    ) -> dg.MaterializeResult[Layer]:
        def make(folder: Path) -> None:
            arguments = _arguments(recipe, policy, published_artifact, folder)
            arguments += ["--registry", registry.kind]
            run_program(context, child_process, home, "training/inference_agent.py", arguments)

        inputs = {"policy": policy.sha256, "motions": published_artifact.sha256, "code": version}
        layer = build_layer(home.cache(context.asset_key), inputs, make)
        return result(layer, _evaluation_metadata(layer.path))

    return full_evaluation


def _per_motion_table(recipe: Recipe) -> dg.AssetsDefinition:
    @layer_asset(
        recipe,
        "per_motion_table",
        description="The policy's row for each motion, joined to the clip that it came from.",
        group=EVALUATIONS,
        kinds={"parquet"},
        version=stage_version(None, "training.evaluation.tables"),
        inputs=("sampled_motions", "full_evaluation"),
    )
    def per_motion_table(
        home: Home, sampled_motions: Layer, full_evaluation: Layer
    ) -> dg.MaterializeResult[Layer]:
        from training.evaluation.controllers import POLICY
        from training.evaluation.store import load_evaluation, table_file
        from training.evaluation.tables import load_table, save_table

        clips = read_rows(sampled_motions.path / CLIPS_TABLE)
        folder = home.reports(recipe.name)
        for controller, rows in load_evaluation(full_evaluation.path).tables.items():
            save_table(folder / table_file(controller), with_columns(rows, clips, _CLIP_COLUMNS))
        path = folder / table_file(POLICY)
        table = load_table(path)
        metadata = {
            "motions": table.num_rows,
            "seconds": round(sum(table.column("evaluated_seconds").to_pylist()), 2),
            "preview": table_preview(table.to_pylist()),
            "plot": bars_plot({"policy": _errors(table)}, "global body error (m)"),
        }
        return result(Layer(path=path, sha256=sha256_of_file(path)), metadata)

    return per_motion_table


def _report(recipe: Recipe) -> dg.AssetsDefinition:
    @layer_asset(
        recipe,
        "report",
        description="One HTML file for people: summary, comparison, learning curve, worst motions.",
        group=EVALUATIONS,
        kinds={"html"},
        version=stage_version(recipe.description, "training"),
        inputs=("policy", "full_evaluation"),
    )
    def report(home: Home, policy: Layer, full_evaluation: Layer) -> dg.MaterializeResult[Layer]:
        from training.evaluation.report import report_html
        from training.evaluation.store import load_evaluation
        from training.progress import read_progress
        from training.runs import RunFolder

        html = report_html(
            load_evaluation(full_evaluation.path),
            progress=read_progress(RunFolder(path=policy.path.parent).progress),
            title=recipe.description,
        )
        path = home.reports(recipe.name) / "report.html"
        write_text(path, html)
        layer = Layer(path=path, sha256=sha256_of_file(path))
        url = dg.MetadataValue.url(path.as_uri())
        return result(layer, {"open": url, **_evaluation_metadata(full_evaluation.path)})

    return report


def _arguments(recipe: Recipe, policy: Layer, published_artifact: Layer, folder: Path) -> list[str]:
    return [
        "--checkpoint",
        str(policy.path),
        "--experiment-path",
        str(recipe.experiment_path()),
        "--registry-name",
        published_artifact.reference,
        "--full-eval",
        "--num-envs",
        str(recipe.evaluation.num_envs),
        "--output-dir",
        str(folder),
    ]


def _evaluation_metadata(folder: Path) -> dict[str, object]:
    from training.evaluation.store import load_evaluation

    tables = load_evaluation(folder).tables
    rows = [{key: row[key] for key in _PREVIEW} for t in tables.values() for row in t.to_pylist()]
    errors = {name: _errors(table) for name, table in tables.items()}
    return {
        "motions": len({row["motion_name"] for row in rows}),
        "failed_by_policy": sum(r["controller"] == "policy" and not r["success"] for r in rows),
        "preview": table_preview(rows, limit=60),
        "plot": bars_plot(errors, "global body error (m)"),
    }


def _errors(table: "pa.Table") -> dict[str, float]:
    """Global body error (m) by motion name."""
    names, values = (table.column(c).to_pylist() for c in ("motion_name", _ERROR))
    return dict(zip(names, values, strict=True))

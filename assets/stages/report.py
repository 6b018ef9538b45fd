"""The report of one robot: distributions, the worst clips in pictures, what was rejected and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import layer_asset, result, robot_of, stage_version
from assets.layers import Home, Layer, build_layer
from assets.links import report_link
from assets.partitions import robots_of
from assets.presentation import VERDICT
from assets.recipes.recordings import HumanRecipe
from assets.stages.results import human_store, robot_store
from assets.stages.tables import fates_verdict, kept_rows, rows_of_robot
from assets.tables import read_rows
from motionlib.files import write_bytes

if TYPE_CHECKING:
    from retarget.report.page import ClipPictures, Loader

REPORT_LAYER = "robot_report"
"""Layer of the reports, one a robot."""
_KEPT = 2
"""Versions of the report that stay in the cache."""


def report_file(key: str) -> str:
    """Its name in the recipe's folder of reports."""
    return f"retarget_{key}.html"


def robot_report_asset(recipe: HumanRecipe) -> dg.AssetsDefinition:
    """`robot_report` of a recipe, a partition a robot."""
    section = recipe.retargeting()
    version = stage_version((section.gates, section.report_clips), "retarget.report.page")

    @layer_asset(
        recipe,
        REPORT_LAYER,
        description=(
            "How good the clips on each robot are: distributions of every measure, the worst clips "
            "with human and robot side by side, and why clips were flagged or rejected."
        ),
        kinds={"html"},
        version=version,
        inputs=("clips", "robot_clips"),
        partitions_def=robots_of(recipe),
    )
    def report(
        context: dg.AssetExecutionContext, home: Home, clips: Layer, robot_clips: Layer
    ) -> dg.MaterializeResult[Layer]:
        from retarget.report.page import REPORT

        key = context.partition_key
        inputs = {"clips": robot_clips.sha256, "robot": key, "code": version}
        layer = build_layer(
            home.cache(context.asset_key, key),
            inputs,
            lambda folder: _write(recipe, home, key, folder, (clips, robot_clips)),
            keep=_KEPT,
        )
        target = home.reports(recipe.name) / report_file(key)
        write_bytes(target, (layer.path / REPORT).read_bytes())
        rows = rows_of_robot(read_rows(robot_clips.path), key)
        told = {"report": report_link(target), "file": dg.MetadataValue.path(str(target))}
        return result(layer, {VERDICT: fates_verdict(rows), **told})

    return report


def _write(
    recipe: HumanRecipe, home: Home, key: str, folder: Path, tables: tuple[Layer, Layer]
) -> None:
    from retarget.report.page import write_report

    clips, robot_clips = tables
    section = recipe.retargeting()
    facts = {"source": recipe.robot, "method": section.settings.method}
    rows: list[dict[str, Any]] = [
        {**row, **facts} for row in rows_of_robot(read_rows(robot_clips.path), key)
    ]
    write_report(
        folder,
        rows,
        load=_loader(recipe, home, key, clips, rows),
        title=f"{recipe.name} on {key}",
        gates=section.gates,
        worst=section.report_clips,
    )


def _loader(
    recipe: HumanRecipe, home: Home, key: str, clips: Layer, rows: list[dict[str, Any]]
) -> "Loader":
    from retarget.report.page import ClipPictures
    from retarget.stage.sources import load_source, sources_of_rows
    from retarget.stage.stored import stored_motion

    source, robot, store = robot_of(recipe), robot_of(recipe, key), robot_store(home)
    human = sources_of_rows(kept_rows(clips), human_store(home), fps=recipe.human.fps)
    items = {item.clip_id: item for item in human}
    by_id = {row["clip_id"]: row for row in rows}

    def load(clip_id: str) -> "ClipPictures | None":
        row = by_id[clip_id]
        if not row["cache_path"]:
            return None
        human = load_source(items[clip_id], source)
        return ClipPictures(human=human, robot=stored_motion(row, robot, store))

    return load

"""Walking references: a pickle of cycles, sampled into clips with one row and one fate each."""

from pathlib import Path

import dagster as dg

from assets.common import (
    layer_asset,
    result,
    robot_of,
    stage_version,
)
from assets.facts import table_facts
from assets.heads.robot_model import robot_model_of
from assets.layers import Home, Layer, build_layer
from assets.presentation import VERDICT
from assets.previews import commands_plot, histogram_plot, table_preview
from assets.recipes.walking import Recipe
from assets.tables import read_rows, write_json, write_rows
from motionlib.showing import counted
from motionlib.stages.verdicts import FLAGGED, is_kept
from motionlib.walking.measure_table import WALKING_MEASURES

CLIPS_TABLE = "clips.parquet"
BOOKS = "books.json"
CLIPS = "clips.npz"
_SLIDE = next(each for each in WALKING_MEASURES if each.name == "foot_slide_mean")


def walking_head(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`robot_model`, `reference_motions` and `sampled_motions` of a recipe."""
    return [robot_model_of(recipe), _reference_motions(recipe), _sampled_motions(recipe)]


def _reference_motions(recipe: Recipe) -> dg.AssetsDefinition:
    @layer_asset(
        recipe,
        "reference_motions",
        description=f"`{recipe.source.path}`: walking cycles as polynomials of the phase.",
        kinds={"pickle"},
        version=stage_version(recipe.source, "motionlib.formats.polynomial"),
        after=("robot_model",),
    )
    def reference_motions() -> dg.MaterializeResult[Layer]:
        from motionlib.formats.polynomial import read_polynomials

        file = read_polynomials(recipe.source_path(), robot_of(recipe))
        rows = [
            {"motion_name": motion.name, "period_s": motion.period_s, "fitted_fps": motion.fps}
            for motion in file.motions
        ]
        metadata = {
            "motions": len(file.motions),
            "unreadable": len(file.rejected),
            "seconds": round(sum(motion.period_s for motion in file.motions), 2),
            "preview": table_preview(rows),
            "plot": commands_plot([motion.command for motion in file.motions]),
        }
        return result(Layer(path=recipe.source_path(), sha256=file.sha256), metadata)

    return reference_motions


def _sampled_motions(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version(
        (recipe.sampling, recipe.gates, recipe.source.motions),
        "motionlib.walking.clips",
        "motionlib.formats.beyondmimic",
    )

    @layer_asset(
        recipe,
        "sampled_motions",
        description=(
            "The cycles as clips at exact frame times, their base travelling with their feet; "
            "what was repaired, measured and rejected stands in one row for each."
        ),
        kinds={"numpy", "parquet"},
        card=True,
        version=version,
        inputs=("robot_model", "reference_motions"),
    )
    def sampled_motions(
        context: dg.AssetExecutionContext, home: Home, robot_model: Layer, reference_motions: Layer
    ) -> dg.MaterializeResult[Layer]:
        inputs = {"robot": robot_model.sha256, "source": reference_motions.sha256, "code": version}
        layer = build_layer(
            home.cache(context.asset_key), inputs, lambda folder: _sample(recipe, folder)
        )
        rows = read_rows(layer.path / CLIPS_TABLE)
        kept = [row for row in rows if is_kept(row)]
        slides = [float(row[_SLIDE.name]) for row in kept]
        metadata = {
            VERDICT: f"{len(kept)} of {counted(len(rows), 'motion')} kept",
            "motions": len(kept),
            "flagged": sum(row["fate"] == FLAGGED for row in rows),
            "rejected": len(rows) - len(kept),
            "frames": sum(row["frames"] for row in kept),
            "seconds": round(sum(row["seconds"] for row in kept), 2),
            "preview": table_preview(rows),
            "plot": histogram_plot({"kept": slides}, f"{_SLIDE.words} ({_SLIDE.unit})"),
            **table_facts(layer.path / CLIPS_TABLE, WALKING_MEASURES),
        }
        return result(layer, metadata)

    return sampled_motions


def _sample(recipe: Recipe, folder: Path) -> None:
    from motionlib.errors import MotionError
    from motionlib.formats.beyondmimic import save_npz
    from motionlib.walking.clips import clips_of_polynomials

    clips = clips_of_polynomials(
        recipe.source_path(),
        robot_of(recipe),
        fps=recipe.sampling.fps,
        cycles=recipe.sampling.cycles,
        min_seconds=recipe.sampling.min_seconds,
        names=recipe.source.motions,
        gates=recipe.gates,
    )
    if not clips.motions:
        reason = clips.rows[0]["reason"]
        raise MotionError(f"{recipe.source_path()}: every motion was rejected; first: {reason}")
    write_rows(folder / CLIPS_TABLE, clips.rows)
    write_json(folder / BOOKS, {"motions_in": clips.motions_in, "seconds_in": clips.seconds_in})
    save_npz(folder / CLIPS, clips.motions)

"""Motions: clips sampled from the source, each with one row and one fate."""

from pathlib import Path

import dagster as dg

from assets.common import key_of, result, stage_version, upstream
from assets.layers import Home, Layer, build_layer
from assets.previews import histogram_plot, table_preview
from assets.sections import Recipe
from assets.tables import read_rows, write_json, write_rows
from motionlib.stages.verdicts import FLAGGED, is_kept
from motionlib.walking.measure_table import WALKING_MEASURES

GROUP = "motions"
CLIPS_TABLE = "clips.parquet"
BOOKS = "books.json"
CLIPS = "clips.npz"
_SLIDE = next(each for each in WALKING_MEASURES if each.name == "foot_slide_mean")


def motion_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`sampled_motions` of a recipe."""
    return [_sampled_motions(recipe)]


def _sampled_motions(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version((recipe.sampling, recipe.gates, recipe.source.motions), "motionlib")

    @dg.asset(
        key=key_of(recipe, "sampled_motions"),
        description=(
            "The cycles as clips at exact frame times, their base travelling with their feet; "
            "what was repaired, measured and rejected stands in one row for each."
        ),
        group_name=GROUP,
        kinds={"numpy", "parquet"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "robot_model", "reference_motions"),
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
            "motions": len(kept),
            "flagged": sum(row["fate"] == FLAGGED for row in rows),
            "rejected": len(rows) - len(kept),
            "frames": sum(row["frames"] for row in kept),
            "seconds": round(sum(row["seconds"] for row in kept), 2),
            "preview": table_preview(rows),
            "plot": histogram_plot({"kept": slides}, f"{_SLIDE.words} ({_SLIDE.unit})"),
        }
        return result(layer, metadata)

    return sampled_motions


def _sample(recipe: Recipe, folder: Path) -> None:
    from motionlib.errors import MotionError
    from motionlib.formats.beyondmimic import save_npz
    from motionlib.robots.files import load_robot
    from motionlib.walking.clips import clips_of_polynomials

    clips = clips_of_polynomials(
        recipe.source_path(),
        load_robot(recipe.robot_reference(), profile=recipe.profile),
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

"""Blocking checks of libraries: what is packed is what the table of clips says."""

from typing import TYPE_CHECKING

import dagster as dg

from assets.common import key_of
from assets.layers import Layer
from assets.tail.clip_sets import Owner
from assets.tail.libraries import library_files

if TYPE_CHECKING:
    from motionlib.corpus.row import Split


def library_checks(owner: Owner) -> list[dg.AssetChecksDefinition]:
    """One check for each library of an owner."""
    return [_holds_table_check(owner, split) for split in owner.recipe.libraries.splits]


def _holds_table_check(owner: Owner, split: "Split") -> dg.AssetChecksDefinition:
    recipe = owner.recipe

    @dg.asset_check(
        asset=key_of(recipe, owner.library(split)),
        name="books_balanced",
        description="The packed files hold the kept clips of the split, each once and whole.",
        additional_ins={"table": dg.AssetIn(key=key_of(recipe, owner.table))},
        blocking=True,
        partitions_def=owner.partitions,
    )
    def check(
        context: dg.AssetCheckExecutionContext, motion_lib: Layer, table: Layer
    ) -> dg.AssetCheckResult:
        from motionlib.formats.protomotions.motion_lib import load_motion_lib

        clips = owner.clips(owner.key(context))
        robot = clips.load_robot()
        # the file has weights in float32
        wanted = {
            row["clip_id"]: (row["output_frames"], round(row["weight"], 5))
            for row in clips.rows(table, split)
        }
        packed = [load_motion_lib(file, robot) for file in library_files(motion_lib)]
        names = [motion for lib in packed for motion in lib.names]
        frames = [count for lib in packed for count in lib.num_frames.tolist()]
        weights = [round(weight, 5) for lib in packed for weight in lib.weights.tolist()]
        found = dict(zip(names, zip(frames, weights, strict=True), strict=True))
        wrong = sorted(n for n in wanted.keys() | found.keys() if wanted.get(n) != found.get(n))
        return dg.AssetCheckResult(
            passed=not wrong and len(names) == len(found),
            metadata={"motions": len(names), "frames": sum(frames), "not_as_told": wrong[:20]},
        )

    return check

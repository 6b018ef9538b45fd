"""Blocking checks between a folder of recordings and its libraries: no clip lost, none invented."""

import dagster as dg

from assets.common import key_of
from assets.heads.recordings import read_index
from assets.human_reports import REJECTED_TABLE
from assets.layers import Layer
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.tables import read_rows
from motionlib.stages.verdicts import FATES


def human_checks(recipe: HumanRecipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `clip_index` and `clips`."""
    return [_ids_check(recipe), _books_check(recipe), _share_check(recipe)]


def _ids_check(recipe: HumanRecipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "clip_index"),
        name="schema",
        description="Every clip has an id of its own, a subset, and a length if it can be read.",
        blocking=True,
    )
    def check(clip_index: Layer) -> dg.AssetCheckResult:
        from motionlib.corpus.row import REJECTED
        from motionlib.errors import repeated_names

        rows = read_index(clip_index)
        twice = repeated_names(row.clip_id for row in rows)
        unclear = [
            row.clip_id
            for row in rows
            if not row.subset or (row.fate != REJECTED and not row.frames * row.source_fps > 0)
        ]
        silent = [row.clip_id for row in rows if row.fate == REJECTED and not row.reason]
        return dg.AssetCheckResult(
            passed=not twice and not unclear and not silent,
            metadata={
                "clips": len(rows),
                "ids_twice": twice[:20],
                "without_subset_or_length": unclear[:20],
                "rejected_without_reason": silent[:20],
            },
        )

    return check


def _books_check(recipe: HumanRecipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "clips"),
        name="books_balanced",
        description=(
            "Hours in = hours accepted + flagged + rejected, by gate, and every row of the index has "
            "exactly one fate."
        ),
        additional_ins={"clip_index": dg.AssetIn(key=key_of(recipe, "clip_index"))},
        blocking=True,
    )
    def check(clips: Layer, clip_index: Layer) -> dg.AssetCheckResult:
        from motionlib.stages.books import books_of

        index, table = read_index(clip_index), read_rows(clips.path)
        books = books_of(index, table)
        wanted, found = {row.clip_id for row in index}, {row["clip_id"] for row in table}
        rejected = {row["clip_id"] for row in table if row["fate"] == "rejected"}
        told = {row["clip_id"] for row in read_rows(clips.path.with_name(REJECTED_TABLE))}
        fates = {row["fate"] for row in table}
        lost, invented = sorted(wanted - found), sorted(found - wanted)
        one_fate = fates <= set(FATES) and told == rejected
        return dg.AssetCheckResult(
            passed=books.balanced and one_fate and not lost and not invented,
            description=_said(lost, invented, balanced=books.balanced and one_fate),
            metadata={
                "books": table_preview(books.rows()),
                "lost": lost[:20],
                "invented": invented[:20],
            },
        )

    return check


def _share_check(recipe: HumanRecipe) -> dg.AssetChecksDefinition:
    bound = recipe.max_rejected_share

    @dg.asset_check(
        asset=key_of(recipe, "clips"),
        name="rejected_share",
        description=f"At most {bound:.0%} of the hours are rejected, and at least one clip is not.",
        additional_ins={"clip_index": dg.AssetIn(key=key_of(recipe, "clip_index"))},
        blocking=True,
    )
    def check(clips: Layer, clip_index: Layer) -> dg.AssetCheckResult:
        from motionlib.stages.books import books_of

        total = books_of(read_index(clip_index), read_rows(clips.path)).total
        share = total.share("rejected")
        gates = [name for name in total.fates if name.startswith("rejected")]
        worst = next(iter(gates), "nothing").removeprefix("rejected: ")
        return dg.AssetCheckResult(
            passed=share <= bound and total.kept.clips > 0,
            description=f"{share:.1%} of the hours are rejected, most by {worst}",
            metadata={"share": share, "bound": bound, "kept": total.kept.clips},
        )

    return check


def _said(lost: list[str], invented: list[str], *, balanced: bool) -> str:
    parts = [] if balanced else ["the books do not balance"]
    parts += [f"{len(lost)} clips of the index have no row ({lost[0]}, ...)"] if lost else []
    parts += [f"{len(invented)} rows are of no clip ({invented[0]}, ...)"] if invented else []
    return "; ".join(parts) or "hours in = hours accepted + flagged + rejected"

"""Blocking checks between human clips and the libraries of robots: no clip lost, none invented."""

import dagster as dg

from assets.common import key_of
from assets.layers import Layer
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.robot_recipe import kept_clips, section_of
from assets.robot_report import report_name
from assets.robot_reports import robot_rows_of
from assets.tables import read_rows
from motionlib.stages.verdicts import FATES, is_kept


def robot_checks(recipe: HumanRecipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `robot_clips` and of each robot's `report`."""
    shares = [_share_check(recipe, key) for key in section_of(recipe).robot_keys()]
    return [_books_check(recipe), *shares]


def _books_check(recipe: HumanRecipe) -> dg.AssetChecksDefinition:
    robots = section_of(recipe).robot_keys()

    @dg.asset_check(
        asset=key_of(recipe, "robot_clips"),
        name="books_balanced",
        description=(
            "For each robot, human hours in = hours accepted + flagged + rejected, by gate, and "
            "every kept human clip has exactly one row."
        ),
        additional_ins={"clips": dg.AssetIn(key=key_of(recipe, "clips"))},
        blocking=True,
    )
    def check(robot_clips: Layer, clips: Layer) -> dg.AssetCheckResult:
        from retarget.stage.books import books_of_robots

        human, table = kept_clips(clips), read_rows(robot_clips.path)
        books = books_of_robots(robots, human, table)
        wanted = {(robot, row["clip_id"]) for robot in robots for row in human}
        found = {(row["robot"], row["clip_id"]) for row in table}
        fates = {row["fate"] for row in table} <= set(FATES)
        silent = [r["clip_id"] for r in table if r["fate"] != "accepted" and not r["reason"]]
        return dg.AssetCheckResult(
            passed=books.balanced and wanted == found and fates and not silent,
            metadata={
                "books": table_preview(books.rows(), limit=60),
                "lost": sorted(map("|".join, wanted - found))[:20],
                "invented": sorted(map("|".join, found - wanted))[:20],
                "without_reason": silent[:20],
            },
        )

    return check


def _share_check(recipe: HumanRecipe, key: str) -> dg.AssetChecksDefinition:
    bound = section_of(recipe).max_rejected_share

    @dg.asset_check(
        asset=key_of(recipe, report_name(key)),
        name="rejected_share",
        description=f"At most {bound:.0%} of the hours are rejected, and at least one clip is not.",
        additional_ins={
            name: dg.AssetIn(key=key_of(recipe, name)) for name in ("clips", "robot_clips")
        },
        blocking=True,
    )
    def check(report: Layer, clips: Layer, robot_clips: Layer) -> dg.AssetCheckResult:
        from motionlib.stages.books import books_of

        rows = robot_rows_of(robot_clips, key)
        share = books_of(kept_clips(clips), rows).total.share("rejected")
        left = sum(map(is_kept, rows))
        return dg.AssetCheckResult(
            passed=share <= bound and left > 0,
            description=f"{share:.1%} of the hours are rejected on {key}; see {report.path}",
            metadata={"share": share, "bound": bound, "left": left},
        )

    return check

"""What people read of a recipe's robots: their clips, the rejected ones, books."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import code_version, library_name
from assets.human_previews import measures_plot
from assets.human_reports import books_page
from assets.layers import Home, Layer, build_layer, copy_to_reports, sha256_of_values
from assets.places import with_places
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.robot_recipe import section_of
from assets.tables import read_json, read_rows, write_json, write_rows
from motionlib.files import write_text
from motionlib.stages.verdicts import ACCEPTED, FATES, FLAGGED, Fate, bounds_of
from retarget.quality.measure_table import ROBOT_MEASURES
from retarget.stage.books import ROBOT_BOOKS, ROBOT_TABLE, plain_bounds

if TYPE_CHECKING:
    from retarget.stage.books import RobotBooks

_BOOKS_TEXT = "robot_books.md"
_KEPT = 2
"""Versions of the tables that stay in the cache."""
_SHOWN = ("robot", "clip_id", "fate", "reason", "notes", "seconds")

Rows = Sequence[Mapping[str, Any]]


def build_robot_tables(
    recipe: HumanRecipe, home: Home, folder: Path, *, table: Rows, books: "RobotBooks"
) -> Layer:
    """The layer of `robot_clips.parquet`, `robot_books.json` and `robot_books.md`.

    The recipe's folder of reports gets copies.

    Args:
        recipe: Whose they are.
        home: Where reports lie.
        folder: Of the stage.
        table: Rows of `retarget.stage.table.robot_rows` of all robots.
        books: Of these rows.

    Returns:
        The table.
    """
    section = section_of(recipe)
    kept: set[Fate] = {ACCEPTED, FLAGGED} if section.keep_flagged else {ACCEPTED}

    def library_of(row: Mapping[str, Any]) -> str:
        return library_name(row["robot"], row["split"]) if row["fate"] in kept else ""

    rows = with_places(table, library_of, shards=recipe.libraries.shards)
    told = {
        "balanced": books.balanced,
        "pages": books.rows(),
        "bounds": plain_bounds(section.gates),
    }

    def make(target: Path) -> None:
        write_rows(target / ROBOT_TABLE, rows)
        write_json(target / ROBOT_BOOKS, told)
        write_text(target / _BOOKS_TEXT, robot_books_text(recipe.name, books))

    content = {"rows": rows, "gates": repr(section.gates)}
    sha256 = sha256_of_values(content)
    code = code_version("assets", "retarget", "motionlib.stages.books")
    inputs = {"content": sha256, "recipe": recipe.name, "code": code}
    layer = build_layer(folder, inputs, make, keep=_KEPT)
    copy_to_reports(layer, home.reports(recipe.name))
    return Layer(path=layer.path / ROBOT_TABLE, sha256=sha256, reused=layer.reused)


def write_robot_tables(folder: Path, table: Path, key: str) -> None:
    """Copies of one robot's rows and books, to go with its libraries.

    Args:
        folder: Where `robot_clips.parquet` and `robot_books.json` are written.
        table: The table of the robots' clips.
        key: Of the robot.
    """
    books = read_json(table.with_name(ROBOT_BOOKS))
    pages = [row for row in books["pages"] if row["robot"] == key]
    write_rows(folder / ROBOT_TABLE, [row for row in read_rows(table) if row["robot"] == key])
    write_json(folder / ROBOT_BOOKS, {**books, "pages": pages})


def robot_rows_of(robot_clips: Layer, key: str) -> list[dict[str, Any]]:
    """Rows of one robot."""
    return [row for row in read_rows(robot_clips.path) if row["robot"] == key]


def robot_books_text(name: str, books: "RobotBooks") -> str:
    """The books as Markdown."""
    return books_page(f"{name}'s robots", ("robot", "page", "fate"), books)


def robot_clips_metadata(
    recipe: HumanRecipe, path: Path, books: "RobotBooks", *, reports: Path
) -> dict[str, Any]:
    """What the table's asset shows of it."""
    rows = read_rows(path)
    fates = Counter(row["fate"] for row in rows)
    told = [{key: row[key] for key in _SHOWN} for row in rows if row["fate"] != ACCEPTED]
    return {
        "clips": len(rows),
        **{fate: fates[fate] for fate in FATES},
        "books": dg.MetadataValue.md(robot_books_text(recipe.name, books)),
        "told": table_preview(told, limit=50),
        "reports": dg.MetadataValue.path(str(reports)),
        "plot": measures_plot(rows, bounds_of(section_of(recipe).gates), ROBOT_MEASURES),
    }

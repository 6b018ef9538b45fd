"""What people read of a recipe of human motions: clips, rejected clips, books."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.clip_stage import human_store
from assets.common import code_version, library_name
from assets.human_previews import measures_plot
from assets.layers import Home, Layer, build_layer, copy_to_reports, sha256_of_values
from assets.places import with_places
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.tables import read_rows, write_json, write_rows
from motionlib.files import write_bytes, write_text
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.stages.verdicts import FATES, FLAGGED, REJECTED, bounds_of, is_kept

if TYPE_CHECKING:
    from motionlib.stages.books import Books
    from retarget.stage.books import RobotBooks

TABLE = "clips.parquet"
REJECTED_TABLE = "rejected.parquet"
BOOKS = "books.json"
_BOOKS_TEXT = "books.md"
_KEPT = 2
"""Versions of the tables that stay in the cache."""
_SHOWN = ("clip_id", "gate", "value", "threshold", "frame", "reason", "seconds", "path")

Rows = Sequence[Mapping[str, Any]]


def build_tables(
    recipe: HumanRecipe, home: Home, folder: Path, *, judged: Rows, books: "Books"
) -> Layer:
    """The layer of `clips.parquet`, `rejected.parquet`, `books.json` and `books.md`.

    The recipe's folder of reports gets copies.

    Args:
        recipe: Whose they are.
        home: Where reports and the converted clips lie.
        folder: Of the stage.
        judged: Rows of `motionlib.stages.gates.judge`.
        books: Of these rows.

    Returns:
        The table of clips; its hash sees content only, not when files were touched.
    """
    from motionlib.stages.table import TableContext, write_clip_table

    context = TableContext(
        root=str(recipe.source_path()),
        store=str(human_store(home).folder),
        robot=recipe.robot_reference(),
        settings=dataclasses.asdict(recipe.human),
        gates=recipe.gates,
    )
    shards, fps = recipe.libraries.shards, recipe.human.fps
    rows = with_places(judged, _library_of, fps=fps, shards=shards)

    def make(target: Path) -> None:
        write_clip_table(target / TABLE, rows, context=context)
        write_rows(target / REJECTED_TABLE, rejected_rows(rows))
        write_json(target / BOOKS, {"balanced": books.balanced, "pages": books.rows()})
        write_text(target / _BOOKS_TEXT, books_text(recipe, books))

    inputs = {
        "rows": sha256_of_values({"rows": rows}),
        "context": repr(context),
        "recipe": recipe.name,
        "code": code_version("assets", "motionlib.stages.table", "motionlib.stages.books"),
    }
    layer = build_layer(folder, inputs, make, keep=_KEPT)
    copy_to_reports(layer, home.reports(recipe.name))
    sha256 = sha256_of_values({"rows": _of_content(rows), "gates": repr(recipe.gates)})
    return Layer(path=layer.path / TABLE, sha256=sha256, reused=layer.reused)


def write_tables(folder: Path, clips: Path) -> None:
    """Copies of the tables that say nothing of this machine, to go with the libraries.

    Args:
        folder: Where `clips.parquet`, `rejected.parquet` and `books.json` are written.
        clips: The table of clips.
    """
    rows = _of_content(read_rows(clips))
    write_rows(folder / TABLE, rows)
    write_rows(folder / REJECTED_TABLE, rejected_rows(rows))
    write_bytes(folder / BOOKS, clips.with_name(BOOKS).read_bytes())


def rejected_rows(rows: Rows) -> list[dict[str, Any]]:
    """The rejected clips with the gate, the value and the frame."""
    return [{key: row[key] for key in _SHOWN} for row in rows if row["fate"] == REJECTED]


def books_text(recipe: HumanRecipe, books: "Books") -> str:
    """The books as Markdown."""
    return books_page(recipe.name, ("page", "fate"), books)


def books_page(whose: str, heads: Sequence[str], books: "Books | RobotBooks") -> str:
    """Books as a Markdown page.

    Args:
        whose: For the title.
        heads: Columns of text; clips and hours follow.
        books: Their rows and whether they balance.
    """
    lines = [
        f"# Books of {whose}",
        "",
        f"| {' | '.join(heads)} | clips | hours |",
        f"|{'---|' * len(heads)}--:|--:|",
    ]
    lines += [
        f"| {' | '.join(str(row[head]) for head in heads)} | {row['clips']} | {row['hours']:.4f} |"
        for row in books.rows()
    ]
    lines += ["", "They balance." if books.balanced else "**They do not balance.**", ""]
    return "\n".join(lines)


def clips_metadata(
    recipe: HumanRecipe, path: Path, books: "Books", *, reports: Path
) -> dict[str, Any]:
    """What the table's asset shows of it."""
    rows, total = read_rows(path), books.total
    told = [{key: row[key] for key in _SHOWN} for row in rows if row["fate"] == FLAGGED]
    return {
        "clips": total.taken_in.clips,
        **{fate: total.of(fate).clips for fate in FATES},
        "hours_in": round(total.taken_in.hours, 4),
        **{f"hours_{fate}": round(total.of(fate).hours, 4) for fate in FATES},
        "books": dg.MetadataValue.md(books_text(recipe, books)),
        "flagged_clips": table_preview(told, limit=50),
        "rejected_clips": table_preview(rejected_rows(rows), limit=50),
        "reports": dg.MetadataValue.path(str(reports)),
        "plot": measures_plot(rows, bounds_of(recipe.gates), HUMAN_MEASURES),
    }


def _of_content(rows: Rows) -> list[dict[str, Any]]:
    """The rows without what depends on when a file was touched."""
    return [{key: x for key, x in row.items() if key != "mtime_ns"} for row in rows]


def _library_of(row: Mapping[str, Any]) -> str:
    return library_name("", row["split"]) if is_kept(row) else ""

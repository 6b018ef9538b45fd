"""The table of a stage: one row and one fate for each clip, what was rejected, the books."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import code_version
from assets.distributions import measures_plot
from assets.facts import table_facts
from assets.layers import Home, Layer, build_layer, copy_to_reports, sha256_of_values
from assets.presentation import VERDICT
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.stages.places import with_places
from assets.tables import read_json, read_rows, write_json, write_rows
from motionlib.files import write_text
from motionlib.showing import counted
from motionlib.stages.verdicts import FATES, FLAGGED, REJECTED, bounds_of, is_kept, plain_bounds

if TYPE_CHECKING:
    from motionlib.measure import Measure
    from motionlib.stages.books import Books
    from motionlib.stages.table import TableContext
    from retarget.stage.books import RobotBooks

_KEPT = 2
"""Versions of the tables that stay in the cache."""
_SHOWN = ("clip_id", "gate", "value", "threshold", "frame", "reason", "notes", "seconds", "path")

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTables:
    """Which files tell of a stage's clips, and by what they were judged."""

    recipe: HumanRecipe
    layer: str
    """Whose asset they are: `clips`."""
    prefix: str
    """First part of their names: `robot_`."""
    title: str
    """Whose books they are."""
    gates: Any
    measures: "Iterable[Measure]"
    library_of: Callable[[Row], str]
    """Row to the layer of the library that holds its clip; empty where none does."""
    context: "TableContext | None" = None
    """For `motion explain`."""

    @property
    def table(self) -> str:
        """Name of the table of clips."""
        return f"{self.prefix}clips.parquet"

    @property
    def rejected(self) -> str:
        """Name of the table of rejected clips."""
        return f"{self.prefix}rejected.parquet"

    @property
    def books(self) -> str:
        """Name of the books, with the bounds that clips were held against."""
        return f"{self.prefix}books.json"


def build_tables(
    tables: StageTables, home: Home, folder: Path, *, judged: Rows, books: "Books | RobotBooks"
) -> Layer:
    """The layer of a stage's tables; the recipe's folder of reports gets copies.

    Args:
        tables: Which.
        home: Where reports lie.
        folder: Of the stage.
        judged: Rows with a fate each.
        books: Of these rows.

    Returns:
        The table of clips; its hash sees content only, not when files were touched.
    """
    from motionlib.stages.table import TableContext, write_clip_table

    recipe, bounds = tables.recipe, plain_bounds(tables.gates)
    shards, fps = recipe.libraries.shards, recipe.human.fps
    rows = with_places(judged, tables.library_of, fps=fps, shards=shards)
    told = {"balanced": books.balanced, "pages": books.rows(), "bounds": bounds}
    context = tables.context or TableContext()

    def make(target: Path) -> None:
        write_clip_table(target / tables.table, rows, context=context)
        write_rows(target / tables.rejected, rejected_rows(rows))
        write_json(target / tables.books, told)
        write_text(target / tables.books.replace(".json", ".md"), books_page(tables.title, books))

    inputs = {
        "rows": sha256_of_values({"rows": rows}),
        "bounds": bounds,
        "context": repr(context),
        "recipe": recipe.name,
        "code": code_version(__name__, "motionlib.stages.table", "motionlib.stages.books"),
    }
    layer = build_layer(folder, inputs, make, keep=_KEPT)
    copy_to_reports(layer, home.reports(recipe.name))
    sha256 = sha256_of_values({"rows": _of_content(rows), "gates": repr(tables.gates)})
    return Layer(path=layer.path / tables.table, sha256=sha256, reused=layer.reused)


def copy_tables(tables: StageTables, table: Path, folder: Path, *, robot: str = "") -> None:
    """Copies of the tables that say nothing of this machine, to go with libraries.

    Args:
        tables: Which.
        table: The table of clips.
        folder: Where they are written.
        robot: Only what is about this one of several robots.
    """
    rows = _of_content(rows_of_robot(read_rows(table), robot))
    books = read_json(table.with_name(tables.books))
    write_rows(folder / tables.table, rows)
    write_rows(folder / tables.rejected, rejected_rows(rows))
    write_json(folder / tables.books, {**books, "pages": rows_of_robot(books["pages"], robot)})


def kept_rows(table: Layer) -> list[dict[str, Any]]:
    """Rows of clips that go on, accepted and flagged, in the table's order."""
    return [row for row in read_rows(table.path) if is_kept(row)]


def rows_of_robot(rows: Sequence[dict[str, Any]], robot: str) -> list[dict[str, Any]]:
    """Rows of one robot; all if it is empty."""
    return [row for row in rows if not robot or row["robot"] == robot]


def rejected_rows(rows: Rows) -> list[dict[str, Any]]:
    """The rejected clips with the gate, the value and the frame."""
    return _shown(rows, REJECTED)


def books_page(whose: str, books: "Books | RobotBooks") -> str:
    """Books as a Markdown page.

    Args:
        whose: For the title.
        books: Their rows and whether they balance.
    """
    rows = books.rows()
    heads = [head for head in (rows[0] if rows else {}) if head not in ("clips", "hours")]
    lines = [
        f"# Books of {whose}",
        "",
        f"| {' | '.join(heads)} | clips | hours |",
        f"|{'---|' * len(heads)}--:|--:|",
    ]
    lines += [
        f"| {' | '.join(str(row[head]) for head in heads)} | {row['clips']} | {row['hours']:.4f} |"
        for row in rows
    ]
    lines += ["", "They balance." if books.balanced else "**They do not balance.**", ""]
    return "\n".join(lines)


def fates_verdict(rows: Rows) -> str:
    """How many clips are kept, and by which gates the others were rejected, in a sentence.

    Args:
        rows: With a fate each, and the gate of those that are rejected.
    """
    flagged = sum(row["fate"] == FLAGGED for row in rows)
    gates = Counter(row["gate"] for row in rows if row["fate"] == REJECTED)
    said = [f"{sum(is_kept(row) for row in rows)} of {counted(len(rows), 'clip')} kept"]
    said += [f"{flagged} of them flagged"] * bool(flagged)
    said += [f"{count} rejected by {gate}" for gate, count in gates.most_common()]
    return ", ".join(said)


def tables_metadata(
    tables: StageTables, home: Home, path: Path, books: "Books | RobotBooks"
) -> dict[str, Any]:
    """What the asset of the tables shows of them."""
    rows = read_rows(path)
    clips: dict[str, int] = defaultdict(int)
    hours: dict[str, float] = defaultdict(float)
    for row in books.rows():
        if row["page"] == "all":
            fate = str(row["fate"]).partition(":")[0]
            clips[fate] += int(str(row["clips"]))
            hours[fate] += float(str(row["hours"]))
    balanced = "" if books.balanced else "; the books do not balance"
    return {
        VERDICT: f"{fates_verdict(rows)}{balanced}",
        "clips": clips["in"],
        **{fate: clips[fate] for fate in FATES},
        **{f"hours_{fate}": round(hours[fate], 4) for fate in ("in", *FATES)},
        "books": dg.MetadataValue.md(books_page(tables.title, books)),
        "flagged_clips": table_preview(_shown(rows, FLAGGED), limit=50),
        "rejected_clips": table_preview(rejected_rows(rows), limit=50),
        "reports": dg.MetadataValue.path(str(home.reports(tables.recipe.name))),
        "plot": measures_plot(rows, bounds_of(tables.gates), tables.measures),
        **table_facts(path, tuple(tables.measures)),
    }


def _shown(rows: Rows, fate: str) -> list[dict[str, Any]]:
    names = (*(("robot",) if rows and "robot" in rows[0] else ()), *_SHOWN)
    return [{name: row[name] for name in names} for row in rows if row["fate"] == fate]


def _of_content(rows: Rows) -> list[dict[str, Any]]:
    """The rows without what depends on when a file was touched."""
    return [{key: x for key, x in row.items() if key != "mtime_ns"} for row in rows]

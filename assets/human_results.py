"""Results of the conversion, one small table for each subset; the clips lie in the store."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assets.layers import (
    Home,
    Layer,
    LayerError,
    build_layer,
    newest_layer,
    remember_layer,
    sha256_of_values,
)
from assets.recipes.recordings import HumanRecipe
from assets.tables import read_rows, write_rows

if TYPE_CHECKING:
    from motionlib.corpus.row import ClipRow
    from motionlib.robot import Robot
    from motionlib.stages.result import ClipResult
    from motionlib.stages.store import ClipStore

_RESULTS = "results.parquet"
_STAGE = "human_motions"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetResults:
    """What one subset's clips became."""

    subset: str
    layer: Layer
    results: "list[ClipResult]"


def store_of(home: Home) -> "ClipStore":
    """The converted clips of all recipes, by content."""
    from motionlib.stages.store import ClipStore

    return ClipStore(home.folder / "cache" / "clips")


def rows_by_subset(rows: "Sequence[ClipRow]") -> "dict[str, list[ClipRow]]":
    """Rows of the index by subset, both in order."""
    subsets: dict[str, list[ClipRow]] = {row.subset: [] for row in rows}
    for row in rows:
        subsets[row.subset].append(row)
    return subsets


def convert_subsets(
    recipe: HumanRecipe, home: Home, robot: "Robot", rows: "Mapping[str, Sequence[ClipRow]]"
) -> list[SubsetResults]:
    """Convert subsets together, with one bar; what the store holds is not converted again.

    Args:
        recipe: Whose settings count.
        home: Where the store and the tables lie.
        robot: The robot of the recipe.
        rows: Subset to its rows of the index.
    """
    from motionlib.stages.conversion import convert_clips

    results = convert_clips(
        [row for part in rows.values() for row in part],
        root=recipe.source_path(),
        robot=robot,
        settings=recipe.human,
        store=store_of(home),
        processes=recipe.processes,
    )
    kept, first = [], 0
    for subset, part in rows.items():
        kept.append(_keep(home, recipe, subset, results[first : first + len(part)]))
        first += len(part)
    return kept


def gather_results(
    recipe: HumanRecipe, home: Home, robot: "Robot", rows: "Mapping[str, Sequence[ClipRow]]"
) -> "dict[str, ClipResult]":
    """Clip id to its result, of every subset.

    Raises:
        LayerError: A subset was never converted, or from other files, settings or code than those
            of now, or its clips are gone from the store.
    """
    gathered: dict[str, ClipResult] = {}
    stale = []
    for subset, keys in _keys(recipe, robot, rows).items():
        found = _newest(home, recipe, subset)
        if {result.clip_id: result.key for result in found} != keys:
            stale.append(subset)
        gathered |= {result.clip_id: result for result in found}
    if stale:
        raise LayerError(
            f"{recipe.name}/{_STAGE}: {len(stale)} of {len(rows)} subsets are not converted as the "
            f"clip index has them ({', '.join(stale[:5])}); materialise these partitions"
        )
    return gathered


def _keys(
    recipe: HumanRecipe, robot: "Robot", rows: "Mapping[str, Sequence[ClipRow]]"
) -> dict[str, dict[str, str]]:
    """Subset to (clip id to the key that its result must have); empty for rejected rows."""
    from motionlib.corpus.row import REJECTED
    from motionlib.stages.keys import clip_key, stage_digest

    digest = stage_digest(robot, recipe.human)
    return {
        subset: {row.clip_id: "" if row.fate == REJECTED else clip_key(row, digest) for row in part}
        for subset, part in rows.items()
    }


def _newest(home: Home, recipe: HumanRecipe, subset: str) -> "list[ClipResult]":
    """Results of the subset's newest table; empty if there is none, or clips are gone or damaged."""
    from motionlib.stages.result import ClipResult

    try:
        layer = newest_layer(
            _folder(home, recipe, subset), subset, source=str(recipe.source_path())
        )
    except LayerError:
        return []
    rows = read_rows(layer.path / _RESULTS)
    store = store_of(home)
    if any(store.get(row["key"]) is None for row in rows if row["path"]):
        return []
    return [
        ClipResult(
            **{
                **row,
                "measures": json.loads(row["measures"]),
                "recomputed": False,
                "notes": tuple(row["notes"]),
            }
        )
        for row in rows
    ]


def _keep(
    home: Home, recipe: HumanRecipe, subset: str, results: "Sequence[ClipResult]"
) -> SubsetResults:
    rows = [
        {
            "clip_id": result.clip_id,
            "key": result.key,
            "path": result.path,
            "reason": result.reason,
            "gate": result.gate,
            "frame": result.frame,
            "notes": list(result.notes),
            "measures": json.dumps(dict(result.measures), sort_keys=True),
        }
        for result in results
    ]
    folder = _folder(home, recipe, subset)
    inputs = {"results": sha256_of_values({"rows": rows})}
    layer = build_layer(folder, inputs, lambda target: write_rows(target / _RESULTS, rows))
    remember_layer(folder, layer, source=str(recipe.source_path()))
    return SubsetResults(subset=subset, layer=layer, results=list(results))


def _folder(home: Home, recipe: HumanRecipe, subset: str) -> Path:
    return home.folder / "cache" / recipe.name / _STAGE / subset

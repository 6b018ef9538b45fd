"""A stage of clips as an asset: one small table of results for each partition, the clips in a store."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import dagster as dg

from assets.distributions import spread_rows
from assets.facts import table_facts
from assets.layers import (
    Home,
    Layer,
    LayerError,
    build_layer,
    newest_layer,
    remember_layer,
    sha256_of_values,
)
from assets.presentation import VERDICT, in_order
from assets.previews import table_preview
from assets.tables import read_rows, write_rows
from motionlib.showing import counted

if TYPE_CHECKING:
    from motionlib.stages.result import StageResult
    from motionlib.stages.store import ClipStore

_RESULTS = "results.parquet"
_COLUMNS = ("clip_id", "key", "cache_path", "reason", "gate", "frame", "notes", "measures")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetResults:
    """What one subset's clips became."""

    subset: str
    layer: Layer
    results: "list[StageResult]"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResults:
    """The tables of one stage, or of one robot in it."""

    name: str
    """For messages: `amass_smpl/human_motions`."""
    folder: Path
    """Parent of the subsets' folders."""
    source: str
    """What the recipe reads: results of another folder are none of ours."""
    store: "ClipStore"
    done: str
    """What must have happened to a subset: `converted as the clip index has them`."""

    def keep(
        self, items: Mapping[str, Sequence[Any]], results: "Sequence[StageResult]"
    ) -> list[SubsetResults]:
        """Write the table of each subset.

        Args:
            items: Subset to what was given to the stage.
            results: One an item, of all subsets one after the other.
        """
        waiting = iter(results)
        return [
            self._keep_subset(subset, [next(waiting) for _ in part])
            for subset, part in items.items()
        ]

    def gather(self, keys: Mapping[str, Mapping[str, str]]) -> "dict[str, StageResult]":
        """Clip id to its result, of every subset.

        Args:
            keys: Subset to clip id to the key that its result must have now.

        Raises:
            LayerError: A subset was never worked at, or from other clips, settings or code than
                those of now, or its clips are gone from the store.
        """
        gathered: dict[str, StageResult] = {}
        stale = []
        for subset, wanted in keys.items():
            found = self._newest(subset)
            if {result.clip_id: result.key for result in found} != wanted:
                stale.append(subset)
            gathered |= {result.clip_id: result for result in found}
        if stale:
            raise LayerError(
                f"{self.name}: {len(stale)} of {len(keys)} subsets are not {self.done} "
                f"({', '.join(stale[:5])}); materialise these partitions"
            )
        return gathered

    def _keep_subset(self, subset: str, results: "list[StageResult]") -> SubsetResults:
        rows = [_row(result) for result in results]
        folder = self.folder / subset
        inputs = {"results": sha256_of_values({"rows": rows})}
        layer = build_layer(folder, inputs, lambda target: write_rows(target / _RESULTS, rows))
        remember_layer(folder, layer, source=self.source)
        return SubsetResults(subset=subset, layer=layer, results=results)

    def _newest(self, subset: str) -> "list[StageResult]":
        """Results of the subset's newest table; none without one, or if clips are gone or damaged."""
        try:
            layer = newest_layer(self.folder / subset, subset, source=self.source)
        except LayerError:
            return []
        rows = read_rows(layer.path / _RESULTS)
        if any(row.keys() != set(_COLUMNS) for row in rows):
            return []  # an older version's
        results = [_result(row) for row in rows]
        if any(self.store.get(each.key) is None for each in results if each.cache_path):
            return []
        return results


def human_store(home: Home) -> "ClipStore":
    """The converted clips of all recipes, by content."""
    from motionlib.stages.store import ClipStore

    return ClipStore(home.folder / "cache" / "clips")


def robot_store(home: Home) -> "ClipStore":
    """The retargeted clips of all recipes and robots, by content."""
    from motionlib.stages.store import ClipStore

    return ClipStore(home.folder / "cache" / "robot_clips")


def by_subset(pairs: Iterable[tuple[str, Item]]) -> dict[str, list[Item]]:
    """Items by their subset, both in order."""
    subsets: dict[str, list[Item]] = {}
    for subset, item in pairs:
        subsets.setdefault(subset, []).append(item)
    return subsets


def subset_metadata(made: SubsetResults, measures: Sequence[str]) -> dict[str, Any]:
    """What a partition shows of its clips.

    Args:
        made: Its clips.
        measures: Names of those whose spread is shown.
    """
    failed = [each for each in made.results if not each.cache_path]
    solved = [each.measures for each in made.results if each.cache_path]
    spread = {name: [float(each[name]) for each in solved if name in each] for name in measures}
    return in_order(
        {
            VERDICT: f"{len(solved)} of {counted(len(made.results), 'clip')} made",
            "path": dg.MetadataValue.path(str(made.layer.path)),
            "sha256": made.layer.sha256,
            "clips": len(made.results),
            "seconds": round(_seconds(made.results), 2),
            "recomputed": sum(each.recomputed for each in made.results),
            "failed": table_preview([{"clip_id": e.clip_id, "reason": e.reason} for e in failed]),
            "measures": table_preview(spread_rows(spread)),
            **table_facts(made.layer.path / _RESULTS, partition=True),
        }
    )


def run_metadata(made: Sequence[SubsetResults]) -> dict[str, Any]:
    """What a run over several partitions shows of all of them."""
    results = [each for subset in made for each in subset.results]
    return {
        "run_partitions": len(made),
        "run_clips": len(results),
        "run_recomputed": sum(each.recomputed for each in results),
        "run_failed": sum(not each.cache_path for each in results),
        "run_hours": round(_seconds(results) / 3600.0, 4),
    }


def _seconds(results: "Iterable[StageResult]") -> float:
    return sum(float(each.measures["seconds"]) for each in results if each.cache_path)


def _row(result: "StageResult") -> dict[str, Any]:
    told = {
        "notes": json.dumps(result.notes),
        "measures": json.dumps(dict(result.measures), sort_keys=True),
    }
    return {name: told.get(name, getattr(result, name)) for name in _COLUMNS}


def _result(row: Mapping[str, Any]) -> "StageResult":
    from motionlib.stages.result import StageResult

    told = {"notes": tuple(json.loads(row["notes"])), "measures": json.loads(row["measures"])}
    return StageResult(**{**row, **told, "recomputed": False})

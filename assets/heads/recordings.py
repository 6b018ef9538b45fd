"""The clip index: every recording of a folder as rows, before anything is converted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, layer_asset, result, stage_version
from assets.distributions import histograms_plot
from assets.facts import table_facts
from assets.layers import Home, Layer, build_layer, sha256_of_values
from assets.partitions import register_subsets
from assets.presentation import VERDICT
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.tables import read_rows, write_rows
from motionlib.showing import counted

if TYPE_CHECKING:
    from motionlib.corpus.row import ClipRow

INDEX = "clip_index.parquet"
SIGNATURE = "source_signature"
"""Metadata of the index: `source_signature` of the folder that it is of."""
MEMORY = "seen_files"
"""Begins the name of what earlier scans remember, a file for each folder that was scanned."""
_OF_THIS_MACHINE = {"mtime_ns"}
"""Columns that say nothing of a clip's content."""


def content_sha256(rows: Sequence[Mapping[str, object]]) -> str:
    """Hash of what rows of the index say of their clips, whenever their files were touched."""
    content = [{k: x for k, x in row.items() if k not in _OF_THIS_MACHINE} for row in rows]
    return sha256_of_values({"rows": content})


def source_signatures(recipe: HumanRecipe) -> dict[str, str]:
    """Subset to a hash of its files' names, sizes and times, without opening any.

    Raises:
        MotionError: The recipe's folder is not there.
    """
    from motionlib.corpus.folder import walk_recordings
    from motionlib.corpus.identity import dataset_of, subset_of

    settings = recipe.index_settings()
    found = walk_recordings(
        recipe.source_path(), include=settings.include, exclude=settings.exclude
    )
    files: dict[str, list[tuple[object, ...]]] = {}
    for file in found:
        subset = subset_of(dataset_of(file.path))
        files.setdefault(subset, []).append((file.path, file.bytes, file.mtime_ns, file.problem))
    return {name: sha256_of_values({"files": each}) for name, each in sorted(files.items())}


def source_signature(recipe: HumanRecipe) -> str:
    """Hash of the whole folder's names, sizes and times."""
    return sha256_of_values(source_signatures(recipe))


def read_index(layer: Layer) -> "list[ClipRow]":
    """Rows of the clip index, by id."""
    from motionlib.corpus.row import ClipRow

    return [ClipRow(**row) for row in read_rows(layer.path / INDEX)]


def clip_index_of(recipe: HumanRecipe) -> dg.AssetsDefinition:
    """`clip_index` of a recipe."""
    version = stage_version((recipe.source, recipe.index), "motionlib.corpus.index")

    @layer_asset(
        recipe,
        "clip_index",
        description=(
            f"Every clip of `{recipe.source.path}`: what it is, its content's hash, its split and "
            "weight. A file that cannot be read is a rejected row."
        ),
        kinds={"parquet"},
        card=True,
        version=version,
    )
    def clip_index(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[Layer]:
        folder = home.cache(context.asset_key)
        # before the scan: what changes meanwhile must count as new
        signature = source_signature(recipe)
        seen = sha256_of_values({"root": str(recipe.source_path())})[:8]
        rows = _scan(recipe, folder / f"{MEMORY}-{seen}")
        layer = build_layer(
            folder,
            {"rows": sha256_of_values({"rows": rows}), "code": version},
            lambda target: write_rows(target / INDEX, rows),
        )
        register_subsets(recipe, context.instance, [row["subset"] for row in rows])
        facts = {SIGNATURE: signature, **_metadata(recipe, rows), **table_facts(layer.path / INDEX)}
        return result(replace(layer, sha256=content_sha256(rows)), facts)

    return clip_index


def _scan(recipe: HumanRecipe, memory: Path) -> list[dict[str, Any]]:
    from motionlib.corpus.index import build_index
    from motionlib.errors import MotionError

    root, settings = recipe.source_path(), recipe.index_settings()
    rows = build_index(root, settings, memory=memory, processes=recipe.processes)
    if not rows:
        raise MotionError(
            f"{root}: no clip found, expected recordings of kind {recipe.source.kind}; check "
            f"source.path of {recipe.file} and the variables in it"
        )
    return [asdict(row) for row in rows]


def _metadata(recipe: HumanRecipe, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    unreadable = [row for row in rows if row["fate"] == "rejected"]
    readable = [row for row in rows if row["fate"] != "rejected"]
    seconds = [row["seconds"] for row in readable]
    rates = [row["source_fps"] for row in readable]
    return {
        VERDICT: f"{len(readable)} of {counted(len(rows), 'clip')} can be read",
        "source": dg.MetadataValue.path(str(recipe.source_path())),
        "clips": len(rows),
        "files": len({row["path"] for row in rows}),
        "hours": round(sum(seconds) / 3600.0, 4),
        "unreadable": len(unreadable),
        "by_subset": table_preview(_counted(rows, "subset"), limit=60),
        "by_format": table_preview(_counted(rows, "format")),
        "by_split": table_preview(_counted(rows, "split")),
        "rejected": table_preview([_short(row) for row in unreadable]),
        "plot": histograms_plot({"duration (s)": seconds, "source rate (1/s)": rates}),
    }


def _counted(rows: Sequence[Mapping[str, Any]], column: str) -> list[dict[str, object]]:
    clips = Counter(row[column] for row in rows)
    seconds: Counter[str] = Counter()
    for row in rows:
        seconds[row[column]] += row["seconds"]
    return [
        {column: name, "clips": count, "hours": seconds[name] / 3600.0}
        for name, count in sorted(clips.items())
    ]


def _short(row: Mapping[str, Any]) -> dict[str, object]:
    return {key: row[key] for key in ("clip_id", "reason", "path")}


def index_check(recipe: HumanRecipe) -> dg.AssetChecksDefinition:
    """`schema` of `clip_index`."""

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

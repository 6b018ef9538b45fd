"""Results of retargeting, one small table for each robot and subset; the clips lie in a store."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.human_results import store_of
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
from assets.recipes.retargeting import Retargeting
from assets.tables import read_rows, write_rows
from motionlib.stages.verdicts import is_kept

if TYPE_CHECKING:
    from motionlib.robot import Robot
    from motionlib.stages.store import ClipStore
    from retarget.stage.run import RetargetResult
    from retarget.stage.sources import SourceClip

_RESULTS = "results.parquet"
_STAGE = "robot_motions"

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSubset:
    """What one subset's clips became on one robot."""

    robot: str
    subset: str
    layer: Layer
    results: "list[RetargetResult]"


def section_of(recipe: HumanRecipe) -> Retargeting:
    """The recipe's robots.

    Raises:
        ValueError: It has none.
    """
    if recipe.retarget is None:
        raise ValueError(f"{recipe.name} has no section retarget")
    return recipe.retarget


def robot_store_of(home: Home) -> "ClipStore":
    """The retargeted clips of all recipes and robots, by content."""
    from motionlib.stages.store import ClipStore

    return ClipStore(home.folder / "cache" / "robot_clips")


def robot_of(recipe: HumanRecipe, key: str) -> "Robot":
    """The robot that the recipe calls so."""
    from motionlib.robots.files import load_robot

    return load_robot(section_of(recipe).reference(recipe.file, key))


def source_of(recipe: HumanRecipe) -> "Robot":
    """The humanoid that the human motions are on."""
    from motionlib.robots.files import load_robot

    return load_robot(recipe.robot_reference(), profile=recipe.profile)


def accepted_clips(clips: Layer) -> list[dict[str, Any]]:
    """Rows of the human table that go to robots, flagged ones too, in its order."""
    return [row for row in read_rows(clips.path) if is_kept(row)]


def by_subset(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    """Rows by subset, both in order."""
    subsets: dict[str, list[Mapping[str, Any]]] = {row["subset"]: [] for row in rows}
    for row in rows:
        subsets[row["subset"]].append(row)
    return subsets


def retarget_subsets(
    recipe: HumanRecipe, home: Home, key: str, rows: Mapping[str, Rows]
) -> list[RobotSubset]:
    """Retarget subsets together, with one bar; what the store holds is not solved again.

    Args:
        recipe: Whose settings count.
        home: Where the stores and the tables lie.
        key: Of the robot.
        rows: Subset to accepted rows of the human table.
    """
    from retarget.stage.run import retarget_clips

    section = section_of(recipe)
    results = retarget_clips(
        [item for part in rows.values() for item in source_clips(recipe, home, part)],
        source=source_of(recipe),
        target=robot_of(recipe, key),
        settings=section.settings_of(recipe.file, key),
        store=robot_store_of(home),
        gates=section.gates,
        processes=recipe.processes,
    )
    kept, first = [], 0
    for subset, part in rows.items():
        kept.append(_keep(home, recipe, (key, subset), results[first : first + len(part)]))
        first += len(part)
    return kept


def gather_results(
    recipe: HumanRecipe, home: Home, key: str, rows: Mapping[str, Rows]
) -> "dict[str, dict[str, Any]]":
    """Clip id to its kept result, of every subset.

    Raises:
        LayerError: A subset was never retargeted, or from other motions, settings or code than
            those of now, or its clips are gone from the store.
    """
    gathered: dict[str, dict[str, Any]] = {}
    stale = []
    for subset, keys in _keys(recipe, key, rows).items():
        found = _newest(home, recipe, key, subset)
        if {row["clip_id"]: row["key"] for row in found} != keys:
            stale.append(subset)
        gathered |= {row["clip_id"]: row for row in found}
    if stale:
        raise LayerError(
            f"{recipe.name}/{_STAGE}: {len(stale)} of {len(rows)} subsets are not retargeted to "
            f"{key} as the table of clips has them ({', '.join(stale[:5])}); materialise these "
            "partitions"
        )
    return gathered


def source_clips(recipe: HumanRecipe, home: Home, rows: Rows) -> "Iterable[SourceClip]":
    """Accepted clips of the human table as the retargeting stage wants them."""
    from motionlib.motion import Provenance
    from retarget.stage.sources import SourceClip

    folder = str(store_of(home).folder.resolve())
    for row in rows:
        part = row["clip_id"].partition("#")[2]
        yield SourceClip(
            clip_id=row["clip_id"],
            content_sha256=row["content_sha256"],
            frames=row["output_frames"],
            fps=recipe.human.fps,
            path=row["cache_path"],
            folder=folder,
            weight=row["weight"],
            provenance=Provenance(
                source=f"{row['path']}#{part}" if part else row["path"],
                source_sha256=row["sha256"],
                steps=(f"resampled from {row['source_fps']:g} to {recipe.human.fps:g} fps",),
            ),
        )


def _keys(
    recipe: HumanRecipe, key: str, rows: Mapping[str, Rows]
) -> Mapping[str, Mapping[str, str]]:
    """Subset to (clip id to the key that its result must have)."""
    from retarget.pairs.files import load_pair
    from retarget.stage.keys import clip_key, stage_digest

    source, target = source_of(recipe), robot_of(recipe, key)
    settings = section_of(recipe).settings_of(recipe.file, key)
    pair = load_pair(source.name, target, Path(settings.pair) if settings.pair else None)
    digest = stage_digest(source, target, pair, settings)
    return {
        subset: {row["clip_id"]: clip_key(row["content_sha256"], digest) for row in part}
        for subset, part in rows.items()
    }


def _newest(home: Home, recipe: HumanRecipe, key: str, subset: str) -> list[dict[str, Any]]:
    """Rows of the subset's newest table; none if there is no table, or clips are gone or damaged."""
    try:
        layer = newest_layer(
            _folder(home, recipe, key, subset), subset, source=str(recipe.source_path())
        )
    except LayerError:
        return []
    rows = read_rows(layer.path / _RESULTS)
    store = robot_store_of(home)
    if any(store.get(row["key"]) is None for row in rows if row["path"]):
        return []
    return [{**row, "measures": json.loads(row["measures"])} for row in rows]


def _keep(
    home: Home, recipe: HumanRecipe, place: tuple[str, str], results: "Sequence[RetargetResult]"
) -> RobotSubset:
    rows = [
        {
            "clip_id": result.clip_id,
            "key": result.key,
            "path": result.path,
            # gates may move later; why nothing was solved does not
            "failure": "" if result.path else result.reason,
            "notes": "; ".join(result.notes),
            "measures": json.dumps(dict(result.measures), sort_keys=True),
        }
        for result in results
    ]
    key, subset = place
    folder = _folder(home, recipe, key, subset)
    inputs = {"results": sha256_of_values({"rows": rows})}
    layer = build_layer(folder, inputs, lambda target: write_rows(target / _RESULTS, rows))
    remember_layer(folder, layer, source=str(recipe.source_path()))
    return RobotSubset(robot=key, subset=subset, layer=layer, results=list(results))


def _folder(home: Home, recipe: HumanRecipe, key: str, subset: str) -> Path:
    return home.folder / "cache" / recipe.name / _STAGE / key / subset

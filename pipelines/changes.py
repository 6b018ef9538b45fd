"""What changed since a recipe's graph was last materialised."""

from collections.abc import Iterable

import dagster as dg

from assets.common import key_of
from assets.heads.recordings import SIGNATURE, source_signature
from assets.partitions import known_subsets, partition_of
from assets.recipes.walking import Recipe
from motionlib.files import sha256_of_file
from pipelines.recipe import AnyRecipe, HumanRecipe

_CODE_VERSION = "dagster/code_version"
_DATA_VERSION = "dagster/data_version"


def source_sha256(recipe: Recipe) -> str:
    """Hash of the recipe's source file as it lies on disk now.

    Raises:
        RecipeError: Its path names an environment variable that is not set.
        OSError: It cannot be read.
    """
    return sha256_of_file(recipe.source_path())


def changes_of(
    recipe: AnyRecipe, assets: Iterable[dg.AssetsDefinition], instance: dg.DagsterInstance
) -> list[str]:
    """Reasons to run the recipe again, for people; empty when a run would change nothing.

    Raises:
        MotionError: The source's path cannot be known, or its folder is not there.
        OSError: The source cannot be read.
    """
    reasons = []
    for asset in assets:
        for spec in asset.specs:
            name = "/".join(spec.key.path[1:])
            event = instance.get_latest_materialization_event(spec.key)
            made = event.asset_materialization if event else None
            if made is None:
                reasons.append(f"{name} was never made")
                continue
            if (made.tags or {}).get(_CODE_VERSION) != spec.code_version:
                reasons.append(f"the code or settings of {name} changed")
            if _source_differs(recipe, name, made):
                reasons.append(f"{recipe.source_path().name} changed")
            if isinstance(spec.partitions_def, dg.StaticPartitionsDefinition):
                reasons += _missing_robots(spec, spec.partitions_def, instance)
    if isinstance(recipe, HumanRecipe):
        reasons += _missing_subsets(recipe, instance)
    return reasons


def _source_differs(recipe: AnyRecipe, name: str, made: dg.AssetMaterialization) -> bool:
    """Whether the asset reads the source, and made this from another content of it."""
    if isinstance(recipe, HumanRecipe):
        signature = made.metadata.get(SIGNATURE)
        known = signature.value if signature else None
        return name == "clip_index" and known != source_signature(recipe)
    known = (made.tags or {}).get(_DATA_VERSION)
    return name == "reference_motions" and known != source_sha256(recipe)


def _missing_robots(
    spec: dg.AssetSpec, robots: dg.StaticPartitionsDefinition, instance: dg.DagsterInstance
) -> list[str]:
    made = instance.get_materialized_partitions(spec.key)
    missing = [key for key in robots.get_partition_keys() if key not in made]
    return [f"{spec.key.path[-1]} was never made for {', '.join(missing)}"] if missing else []


def _missing_subsets(recipe: HumanRecipe, instance: dg.DagsterInstance) -> list[str]:
    made = instance.get_materialized_partitions(key_of(recipe, "human_motions"))
    subsets = known_subsets(recipe, instance)
    missing = [subset for subset in subsets if subset not in made]
    reasons = [f"{', '.join(missing)} never converted"] if missing else []
    if recipe.retarget:
        made = instance.get_materialized_partitions(key_of(recipe, "robot_motions"))
        wanted = [
            partition_of(key, subset) for key in recipe.retarget.robot_keys() for subset in subsets
        ]
        missing = [partition for partition in wanted if partition not in made]
        reasons += [f"{', '.join(missing)} never retargeted"] if missing else []
    return reasons

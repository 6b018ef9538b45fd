"""What changed since a recipe's graph was last materialised."""

from collections.abc import Iterable

import dagster as dg

from assets.sections import Recipe
from motionlib.files import sha256_of_file

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
    recipe: Recipe, assets: Iterable[dg.AssetsDefinition], instance: dg.DagsterInstance
) -> list[str]:
    """Reasons to run the recipe again, for people; empty when a run would change nothing."""
    reasons = []
    for asset in assets:
        for spec in asset.specs:
            name = spec.key.path[-1]
            event = instance.get_latest_materialization_event(spec.key)
            if event is None or event.asset_materialization is None:
                reasons.append(f"{name} was never made")
                continue
            tags = event.asset_materialization.tags or {}
            if tags.get(_CODE_VERSION) != spec.code_version:
                reasons.append(f"the code or settings of {name} changed")
            if name == "reference_motions" and tags.get(_DATA_VERSION) != source_sha256(recipe):
                reasons.append(f"{recipe.source_path().name} changed")
    return reasons

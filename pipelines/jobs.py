"""One job for each recipe: its whole graph, from source to report."""

import dagster as dg

from assets.sections import Recipe

IN_PROCESS = dg.in_process_executor


def job_of(recipe: Recipe) -> "dg.UnresolvedAssetJobDefinition":
    """All assets and checks of the recipe, in one process; the training is a child of it."""
    return dg.define_asset_job(
        recipe.name,
        selection=dg.AssetSelection.key_prefixes(recipe.name),
        description=recipe.description,
        executor_def=IN_PROCESS,
        tags={"recipe": recipe.name},
    )

from pathlib import Path

import dagster as dg

from assets.partitions import known_subsets, register_subsets, subsets_of
from assets.recipes.recordings import HumanRecipe
from pipelines.recipe import load_recipe

TINY = Path(__file__).resolve().parents[1] / "recipes" / "amass_tiny.yaml"


def test_the_partitions_are_the_newest_indexs_subsets() -> None:
    recipe = load_recipe(TINY)
    assert isinstance(recipe, HumanRecipe)
    with dg.DagsterInstance.ephemeral() as instance:
        register_subsets(recipe, instance, ["KIT", "CMU", "KIT"])
        assert known_subsets(recipe, instance) == ["CMU", "KIT"]
        register_subsets(recipe, instance, ["KIT", "ACCAD"])
        assert known_subsets(recipe, instance) == ["KIT", "ACCAD"]
        keys = subsets_of(recipe).get_partition_keys(dynamic_partitions_store=instance)
        assert list(keys) == ["KIT", "ACCAD"]

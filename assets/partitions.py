"""Partitions: the datasets of a folder of recordings, named for each recipe."""

from collections.abc import Sequence

import dagster as dg

from assets.human_sections import HumanRecipe


def subsets_of(recipe: HumanRecipe) -> dg.DynamicPartitionsDefinition:
    """One partition for each dataset that the recipe's clip index found."""
    return dg.DynamicPartitionsDefinition(name=f"{recipe.name}_subsets")


def known_subsets(recipe: HumanRecipe, instance: dg.DagsterInstance) -> list[str]:
    """Subsets of the newest index, in the order in which Dagster ranges over them."""
    return list(instance.get_dynamic_partitions(f"{recipe.name}_subsets"))


def register_subsets(
    recipe: HumanRecipe, instance: dg.DagsterInstance, subsets: Sequence[str]
) -> None:
    """Make the partitions exactly these: new ones are added, vanished ones are taken away."""
    name = f"{recipe.name}_subsets"
    known = known_subsets(recipe, instance)
    for subset in sorted(set(known) - set(subsets)):
        instance.delete_dynamic_partition(name, subset)
    if new := [subset for subset in sorted(set(subsets)) if subset not in known]:
        instance.add_dynamic_partitions(name, new)

"""Partitions: the datasets of a folder of recordings, and each of its robots with each of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.layers import Home
from assets.recipes.recordings import HumanRecipe

ROBOT, SUBSET = "robot", "subset"
"""Dimensions of what is made for each robot; Dagster orders them by name."""


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


def robots_of(recipe: HumanRecipe) -> dg.StaticPartitionsDefinition:
    """One partition for each robot that the recipe's motions go to."""
    return dg.StaticPartitionsDefinition(list(recipe.robot_keys()))


@dataclass(frozen=True, slots=True, kw_only=True)
class PerRobot:
    """What is made once, or for each robot in a partition of its own."""

    partitions: dg.StaticPartitionsDefinition | None = None
    """A partition a robot; None where there is one robot only."""

    def key(self, context: "dg.AssetExecutionContext | dg.AssetCheckExecutionContext") -> str:
        """The robot that a run is about; empty where there is one only."""
        return robot_of_run(context) if self.partitions else ""

    def folder(self, home: Home, context: dg.AssetExecutionContext) -> Path:
        """Folder of the running asset's layers."""
        return home.cache(context.asset_key, self.key(context))


def robot_of_run(context: "dg.AssetExecutionContext | dg.AssetCheckExecutionContext") -> str:
    """The robot whose partition a run is about."""
    return context.op_execution_context.partition_key


def robots_and_subsets(recipe: HumanRecipe) -> dg.MultiPartitionsDefinition:
    """One partition for each robot and dataset."""
    return dg.MultiPartitionsDefinition({ROBOT: robots_of(recipe), SUBSET: subsets_of(recipe)})


def partition_of(robot: str, subset: str) -> dg.MultiPartitionKey:
    """The partition of a robot and a dataset."""
    return dg.MultiPartitionKey({ROBOT: robot, SUBSET: subset})


def subsets_by_robot(keys: Iterable[str]) -> Mapping[str, list[str]]:
    """Robot to the subsets that partition keys ask for, both in order."""
    found: dict[str, list[str]] = {}
    for key in keys:
        robot, _, subset = key.partition("|")
        found.setdefault(robot, []).append(subset)
    return found

"""Tails: each training of a recipe, the published libraries that it reads, and whose clips they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from assets.common import key_of
from assets.heads.walking import CLIPS_TABLE
from assets.layers import Home, Layer
from assets.partitions import PerRobot
from assets.recipes.common import Training
from assets.recipes.paths import robot_key
from assets.recipes.recordings import AnyRecipe, HumanRecipe
from assets.recipes.walking import Recipe
from assets.stages.tables import rows_of_robot
from assets.tables import read_rows
from assets.tail.clip_sets import Owner, humanoid, robots
from assets.tail.walking_libraries import PACKED
from motionlib.corpus.row import SPLITS
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.measure import Measure
from motionlib.walking.measure_table import WALKING_MEASURES
from retarget.quality.measure_table import ROBOT_MEASURES

WALKING_SPLIT = SPLITS[0]
"""Walking references are one library, and it is trained on."""
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail(PerRobot):
    """One training of a recipe; policy, evaluation, table and report hang on it."""

    recipe: AnyRecipe
    training: Training
    artifact: str
    """Layer of the published libraries."""
    libraries: Mapping[str, str]
    """Split to the file in the artifact."""
    table: str
    """Layer of the table of clips."""
    clips: Callable[[Layer, str], Rows]
    """That layer and a robot's key to the robot's rows, with `motion_name` as the library has it."""
    robot: Callable[[str], str]
    """A robot's key to the name or path of the robot that is trained."""
    measures: Sequence[Measure]
    """What the columns of the table of clips mean."""
    profile: str = ""
    """Actuator profile; empty takes the robot's default."""

    def layer(self, stage: str) -> str:
        """Layer of a stage; of several trainings each has its own."""
        return f"{self.training.name}/{stage}" if self.training.name else stage

    def asset_key(self, stage: str) -> dg.AssetKey:
        """Key of a stage of this tail."""
        return key_of(self.recipe, self.layer(stage))

    def inputs(self, *stages: str) -> dict[str, dg.AssetIn]:
        """Stages of this tail as inputs of an asset, by their names."""
        return {stage: dg.AssetIn(key=self.asset_key(stage)) for stage in stages}

    @property
    def libraries_in(self) -> dict[str, dg.AssetIn]:
        """The published libraries as the input `artifact`."""
        return {"artifact": dg.AssetIn(key=key_of(self.recipe, self.artifact))}

    def robot_keys(self) -> list[str]:
        """Every robot that is trained; one without a name where there is one only."""
        return list(self.partitions.get_partition_keys()) if self.partitions else [""]

    def reports(self, home: Home, key: str) -> Path:
        """Folder where people look for the policy's tables and reports."""
        return home.reports(self.recipe.name) / key / self.training.name

    def experiment_path(self, key: str) -> Path:
        """File of the experiment that trains a robot."""
        recipe = self.recipe
        return self.training.experiment_path(recipe.file, key or robot_key(recipe.robot))

    def run_name(self, key: str) -> str:
        """First part of the name of the training's folder."""
        return "-".join(part for part in (self.recipe.name, key, self.training.name) if part)


def tails_of(recipe: AnyRecipe) -> list[Tail]:
    """One a training, in the recipe's order."""
    if isinstance(recipe, HumanRecipe):
        return [_clip_tail(recipe, training) for training in recipe.training]
    return [_walking_tail(recipe, training) for training in recipe.training]


def _walking_tail(recipe: Recipe, training: Training) -> Tail:
    return Tail(
        recipe=recipe,
        training=training,
        artifact="published_artifact",
        libraries={WALKING_SPLIT: PACKED},
        table="sampled_motions",
        clips=lambda table, key: read_rows(table.path / CLIPS_TABLE),
        robot=lambda key: recipe.robot_reference(),
        measures=WALKING_MEASURES,
        profile=recipe.profile,
    )


def _clip_tail(recipe: HumanRecipe, training: Training) -> Tail:
    on_robots = recipe.retarget is not None and not training.humanoid
    owner: Owner = robots(recipe) if on_robots else humanoid(recipe)

    def clips(table: Layer, key: str) -> Rows:
        rows = rows_of_robot(read_rows(table.path), key)
        return [{**row, "motion_name": row["clip_id"]} for row in rows]

    def robot(key: str) -> str:
        if on_robots:
            return recipe.retargeting().reference(recipe.file, key)
        return recipe.robot_reference()

    return Tail(
        recipe=recipe,
        training=training,
        artifact=owner.artifact,
        libraries={split: f"{split}.pt" for split in recipe.libraries.splits},
        table=owner.table,
        clips=clips,
        robot=robot,
        measures=ROBOT_MEASURES if on_robots else HUMAN_MEASURES,
        profile="" if on_robots else recipe.profile,
        partitions=owner.partitions,
    )

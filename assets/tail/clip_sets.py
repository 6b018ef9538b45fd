"""Sets of clips that libraries are packed from: the humanoid's, and each robot's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assets.common import library_name, robot_of
from assets.layers import Home, Layer
from assets.partitions import PerRobot, robots_of
from assets.recipes.recordings import HumanRecipe
from assets.stages.report import REPORT_LAYER
from assets.stages.results import human_store, robot_store
from assets.tables import read_rows
from motionlib.stages.verdicts import is_kept

if TYPE_CHECKING:
    from motionlib.formats.protomotions.packed_clip import PackedClip
    from motionlib.motion import Motion, MotionStates, Provenance
    from motionlib.robot import Robot

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSet:
    """Clips of one stage on one robot: which rows of which table, and how each is loaded."""

    recipe: HumanRecipe
    robot_key: str
    """What the recipe calls the robot; empty for the humanoid that recordings are put on."""
    load_robot: "Callable[[], Robot]"
    states: "Callable[[Home, Robot, Row], MotionStates]"

    def rows(self, table: Layer, split: str) -> list[dict[str, Any]]:
        """Rows of the table that belong into the split's library, in its order."""
        mine = library_name(split, of_robots=bool(self.robot_key))
        return [
            row
            for row in read_rows(table.path)
            if row["library"] == mine and is_kept(row) and row.get("robot", "") == self.robot_key
        ]

    def packed(self, home: Home, robot: "Robot", row: Row) -> "PackedClip":
        """A row's clip on its way into a library; loaded when its turn comes."""
        from motionlib.formats.protomotions.packed_clip import PackedClip

        return PackedClip(
            name=row["clip_id"],
            fps=row.get("fps") or self.recipe.human.fps,
            num_frames=row["output_frames"],
            weight=row["weight"],
            provenance=provenance_of(self.recipe, row),
            load=lambda: self.states(home, robot, row),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(PerRobot):
    """Whose clips the assets of a tail are about: the humanoid's, or a robot's in each partition."""

    recipe: HumanRecipe
    name: str
    """For people."""
    table: str
    """Layer of the table of clips."""
    npz: str
    """Layer of the clips as `.npz`; empty where none are written."""
    artifact: str
    """Layer of what is published."""
    after: tuple[str, ...]
    """Layers whose checks stop what nobody should train on."""
    code: tuple[str, ...]
    """Modules that load a clip."""
    settings: object
    """What the content of a library depends on, of the recipe."""
    clips: Callable[[str], ClipSet]
    """Robot key to the clips; an empty key is the humanoid's."""

    def library(self, split: str) -> str:
        """Layer that holds the library of a split."""
        return library_name(split, of_robots=self.partitions is not None)

    def libraries(self) -> list[str]:
        """Layers of all splits that the recipe packs."""
        return [self.library(split) for split in self.recipe.libraries.splits]


def owners(recipe: HumanRecipe) -> Sequence[Owner]:
    """The humanoid, then the robots if the recipe has any."""
    return [humanoid(recipe), *([robots(recipe)] if recipe.retarget else [])]


def humanoid(recipe: HumanRecipe) -> Owner:
    """Owner of the kept recordings."""
    return Owner(
        recipe=recipe,
        name=f"`{recipe.robot}`",
        table="clips",
        npz="",
        artifact="published_artifact",
        after=("robot_model",),
        code=("motionlib.human.states", "motionlib.stages.store"),
        settings=(recipe.human, recipe.robot, recipe.profile),
        clips=lambda key: human_clips(recipe),
    )


def robots(recipe: HumanRecipe) -> Owner:
    """Owner of the kept clips of each robot."""
    section = recipe.retargeting()
    return Owner(
        recipe=recipe,
        name="each robot",
        table="robot_clips",
        npz="robot_npz" if section.npz.max_clips > 0 else "",
        artifact="robot_artifact",
        after=(REPORT_LAYER,),
        code=("retarget.states", "retarget.stage.stored"),
        settings=recipe.human.velocity_rule,
        clips=lambda key: robot_clips(recipe, key),
        partitions=robots_of(recipe),
    )


def human_clips(recipe: HumanRecipe) -> ClipSet:
    """The kept recordings on the humanoid."""

    def states(home: Home, robot: "Robot", row: Row) -> "MotionStates":
        from motionlib.human.states import human_states

        return human_states(human_store(home).load(row["cache_path"]), robot, recipe.human)

    return ClipSet(recipe=recipe, robot_key="", load_robot=lambda: robot_of(recipe), states=states)


def robot_clips(recipe: HumanRecipe, key: str) -> ClipSet:
    """The kept clips of one robot."""
    rule = recipe.human.velocity_rule

    def states(home: Home, robot: "Robot", row: Row) -> "MotionStates":
        from retarget.states import clip_states

        return clip_states(robot_motion(recipe, home, robot, row), velocity_rule=rule)

    return ClipSet(
        recipe=recipe, robot_key=key, load_robot=lambda: robot_of(recipe, key), states=states
    )


def robot_motion(recipe: HumanRecipe, home: Home, robot: "Robot", row: Row) -> "Motion":
    """A kept clip of a robot, with what was done to it."""
    from retarget.stage.stored import stored_motion

    return stored_motion(row, robot, robot_store(home), steps=_steps(recipe, row))


def provenance_of(recipe: HumanRecipe, row: Row) -> "Provenance":
    """Which recording a row of either table comes from, and what was done to it."""
    from motionlib.stages.provenance import provenance_of as recorded

    return recorded(row, steps=_steps(recipe, row))


def _steps(recipe: HumanRecipe, row: Row) -> tuple[str, ...]:
    from motionlib.stages.provenance import resampled

    steps = (resampled(row, recipe.human.fps),)
    if "robot" not in row:
        return steps
    return (*steps, f"retargeted to {row['robot']} by {recipe.retargeting().settings.method}")

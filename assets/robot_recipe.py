"""What a recipe says of its robots, and of the humanoid that its human motions are on."""

from typing import TYPE_CHECKING, Any

from assets.human_sections import HumanRecipe
from assets.layers import Layer
from assets.robot_sections import Retargeting
from assets.tables import read_rows
from motionlib.stages.verdicts import is_kept

if TYPE_CHECKING:
    from motionlib.robot import Robot


def section_of(recipe: HumanRecipe) -> Retargeting:
    """The recipe's robots.

    Raises:
        ValueError: It has none.
    """
    if recipe.retarget is None:
        raise ValueError(f"{recipe.name} has no section retarget")
    return recipe.retarget


def robot_of(recipe: HumanRecipe, key: str) -> "Robot":
    """The robot that the recipe calls so."""
    from motionlib.robots.files import load_robot

    return load_robot(section_of(recipe).reference(recipe.file, key))


def source_of(recipe: HumanRecipe) -> "Robot":
    """The humanoid that the human motions are on."""
    from motionlib.robots.files import load_robot

    return load_robot(recipe.robot_reference(), profile=recipe.profile)


def kept_clips(clips: Layer) -> list[dict[str, Any]]:
    """Rows of the human table that go to robots and libraries, in its order."""
    return [row for row in read_rows(clips.path) if is_kept(row)]

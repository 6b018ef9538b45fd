"""What a recipe of recordings says of its robots, and which clips go to them."""

from typing import TYPE_CHECKING, Any

from assets.layers import Layer
from assets.recipes.recordings import HumanRecipe
from assets.recipes.retargeting import Retargeting
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


def target_of(recipe: HumanRecipe, key: str) -> "Robot":
    """The robot that the recipe calls so."""
    from motionlib.robots.files import load_robot

    return load_robot(section_of(recipe).reference(recipe.file, key))


def kept_clips(clips: Layer) -> list[dict[str, Any]]:
    """Rows of the human table that go to robots and libraries, in its order."""
    return [row for row in read_rows(clips.path) if is_kept(row)]

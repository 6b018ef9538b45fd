"""What a recipe shows to be wrong before anything of it runs."""

from functools import partial

from assets.recipes.paths import RecipeError
from assets.tail.tails import tails_of
from motionlib.errors import MotionError
from pipelines.recipe import AnyRecipe, HumanRecipe
from training.values import ConfigError

_START = "a relative path starts at the recipe's own folder: write it anew in a copy"


def problems_of(recipe: AnyRecipe) -> list[str]:
    """Why its trainings cannot be, each by itself; empty if nothing stands against them.

    Experiments are loaded, so that a missing file, an unknown field, a robot that is not there and
    an experiment of another robot are told before a first clip is converted.

    Args:
        recipe: As it was read.
    """
    tails = tails_of(recipe)
    if not tails:
        return []
    from assets.tail.policy import experiment_of

    found = []
    for tail in tails:
        for key in tail.robot_keys():
            path = tail.experiment_path(key)
            if not path.is_file():
                found.append(f"{recipe.file}: training.experiment {path}: no such file; {_START}")
                continue
            try:
                experiment_of(tail, key)
            except (MotionError, ConfigError, OSError) as error:
                found.append(str(error))
    return list(dict.fromkeys(found))


def missing_inputs(recipe: AnyRecipe) -> list[str]:
    """Which of a recipe's source and robots are not there, a line each; empty if all are.

    Args:
        recipe: As it was read.
    """
    from motionlib.robots.files import find_robot

    found = []
    try:
        source = recipe.source_path()
        kind = "folder" if isinstance(recipe, HumanRecipe) else "file"
        if not (source.is_dir() if kind == "folder" else source.is_file()):
            found.append(
                f"{recipe.file}: source.path is {source}, expected a {kind} that is there; {_START}"
            )
    except RecipeError as error:
        found.append(str(error))
    section = recipe.retarget if isinstance(recipe, HumanRecipe) else None
    robots = {"robot": [recipe.robot_reference]}
    if section:
        robots["retarget.robots"] = [
            partial(section.reference, recipe.file, key) for key in section.robot_keys()
        ]
    for field, references in robots.items():
        for reference in references:
            try:
                find_robot(reference())
            except MotionError as error:
                found.append(f"{recipe.file}: {field}: {error}")
    return found

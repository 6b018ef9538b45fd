"""What a recipe shows to be wrong before anything of it runs."""

from assets.tail.tails import tails_of
from motionlib.errors import MotionError
from pipelines.recipe import AnyRecipe
from training.values import ConfigError


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
            try:
                experiment_of(tail, key)
            except (MotionError, ConfigError, OSError) as error:
                found.append(str(error))
    return list(dict.fromkeys(found))

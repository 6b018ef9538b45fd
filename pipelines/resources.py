"""Resource values for each environment, chosen by `MOTION_REGISTRY`."""

import os
from collections.abc import Mapping, Sequence

import dagster as dg

from assets.layers import Home, LayerIOManager
from assets.recipes.paths import RecipeError
from assets.recipes.recordings import AnyRecipe
from assets.registry import ArtifactRegistry
from motionlib.errors import nearest_names


def resources(recipes: Sequence[AnyRecipe] = ()) -> Mapping[str, object]:
    """Resources of the environment that `MOTION_REGISTRY` names: `local` (default) or `wandb`.

    Args:
        recipes: Whose layers belong to what they read now.

    Raises:
        ValueError: It names no environment.
    """
    home = Home(sources={recipe.name: _source_of(recipe) for recipe in recipes})
    shared = {
        "home": home,
        "io_manager": LayerIOManager(home=home),
        "child_process": dg.PipesSubprocessClient(),
    }
    environments = {
        "local": {**shared, "registry": ArtifactRegistry(kind="local", home=home)},
        "wandb": {**shared, "registry": ArtifactRegistry(kind="wandb", home=home)},
    }
    chosen = os.environ.get("MOTION_REGISTRY") or "local"
    if chosen not in environments:
        raise ValueError(f"MOTION_REGISTRY is {chosen!r}; {nearest_names(chosen, environments)}")
    return environments[chosen]


def _source_of(recipe: AnyRecipe) -> str:
    """Absolute path of what a recipe reads; empty while a variable in it is not set."""
    try:
        return str(recipe.source_path())
    except RecipeError:
        return ""

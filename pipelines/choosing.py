"""The recipe that a person names: by its name, or by the path of its file."""

import os
from collections.abc import Iterable
from pathlib import Path

from motionlib.errors import nearest_names
from pipelines.recipe import AnyRecipe, BrokenRecipe, RecipeError, load_recipe, recipes

_SUFFIXES = (".yaml", ".yml")


def choose_recipe(name_or_path: str) -> AnyRecipe:
    """The recipe of this name, or that of this file, wherever it lies.

    Raises:
        RecipeError: There is none, it cannot be read, or its name is that of another one, whose
            results it would take for its own; an unknown name comes with the nearest.
    """
    good, broken = recipes()
    if is_path(name_or_path):
        return _from_file(Path(name_or_path).expanduser(), good)
    for entry in broken:
        if entry.file.stem == name_or_path:
            raise RecipeError(f"recipe {name_or_path} cannot be read: {entry.reason}")
    known = {recipe.name: recipe for recipe in good}
    if name_or_path not in known:
        raise RecipeError(f"no recipe {name_or_path!r}; {_offer(name_or_path, known, broken)}")
    return known[name_or_path]


def is_path(name_or_path: str) -> bool:
    """Whether a recipe is named by its file: names have neither a folder nor a suffix."""
    return os.sep in name_or_path or name_or_path.endswith(_SUFFIXES)


def _from_file(file: Path, good: Iterable[AnyRecipe]) -> AnyRecipe:
    if not file.is_file():
        raise RecipeError(
            f"{file}: no such recipe file; name a .yaml, or a recipe of `motion list`"
        )
    recipe = load_recipe(file)
    for other in good:
        if other.name == recipe.name and other.file != recipe.file:
            raise RecipeError(
                f"{file}: name {recipe.name!r} is taken by {other.file}; choose another"
            )
    return recipe


def _offer(name: str, known: Iterable[str], broken: Iterable[BrokenRecipe]) -> str:
    """Nearest names, those that cannot be read among them: their fault is told next."""
    return nearest_names(name, [*known, *(entry.file.stem for entry in broken if entry.is_file)])

"""Recipes read strictly from YAML: one file, one asset graph."""

import dataclasses
import os
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from assets.sections import Recipe, RecipeError
from motionlib.errors import nearest_names

__all__ = ["BrokenRecipe", "Recipe", "RecipeError", "load_recipe", "recipe_folders", "recipes"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRecipe:
    """A recipe file that could not be read, and why."""

    file: Path
    reason: str


def recipe_folders() -> tuple[Path, ...]:
    """`pipelines/recipes`, then the folder that `MOTION_RECIPES` names, if any."""
    own = Path(__file__).resolve().parent / "recipes"
    users = os.environ.get("MOTION_RECIPES", "")
    return (own, Path(users).expanduser().resolve()) if users else (own,)


def recipes(folders: tuple[Path, ...] | None = None) -> tuple[list[Recipe], list[BrokenRecipe]]:
    """Every recipe of the folders; a broken one never takes the others down.

    Args:
        folders: Searched in order; `recipe_folders()` by default. Of two recipes with one name
            the first is kept and the second is reported as broken.
    """
    good: dict[str, Recipe] = {}
    broken: list[BrokenRecipe] = []
    for folder in recipe_folders() if folders is None else folders:
        if not folder.is_dir():
            reason = "no such folder; MOTION_RECIPES must name a folder of recipe files"
            broken.append(BrokenRecipe(file=folder, reason=f"{folder}: {reason}"))
        for file in sorted(folder.glob("*.yaml")):
            try:
                recipe = load_recipe(file)
            except RecipeError as error:
                broken.append(BrokenRecipe(file=file, reason=str(error)))
                continue
            if first := good.get(recipe.name):
                reason = f"{file}: name {recipe.name!r} is taken by {first.file}; choose another"
                broken.append(BrokenRecipe(file=file, reason=reason))
            else:
                good[recipe.name] = recipe
    return list(good.values()), broken


def load_recipe(file: Path) -> Recipe:
    """Read one recipe.

    Raises:
        RecipeError: Not YAML, an unknown or missing key, a wrong type, or an impossible value;
            the message names file and field.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{file}: is not YAML: {error}") from error
    if isinstance(content, Mapping) and "file" in content:
        raise RecipeError(f"{file}: file is not a recipe key; it is the path of this file")
    recipe = dataclasses.replace(_value(Recipe, content, f"{file}: "), file=file.resolve())
    _check(recipe)
    return recipe


def _check(recipe: Recipe) -> None:
    rules = (
        (_NAME.fullmatch(recipe.name), "name", "lower-case letters, digits and _"),
        (recipe.sampling.fps > 0, "sampling.fps", "a number above 0"),
        (recipe.sampling.cycles >= 1, "sampling.cycles", "at least 1"),
        (recipe.max_rejected >= 0, "max_rejected", "0 or more"),
        (recipe.training.max_steps > 0, "training.max_steps", "above 0"),
        (recipe.training.num_envs > 0, "training.num_envs", "above 0"),
        (recipe.evaluation.num_envs > 0, "evaluation.num_envs", "above 0"),
        (
            (recipe.selection.strategy == "manual") == bool(recipe.selection.motions),
            "selection.motions",
            "a list of names with strategy manual, and only then",
        ),
    )
    for holds, field_name, expected in rules:
        if not holds:
            found = recipe
            for part in field_name.split("."):
                found = getattr(found, part)
            raise RecipeError(f"{recipe.file}: {field_name} is {found!r}, expected {expected}")


def _value(kind: Any, found: Any, where: str) -> Any:
    """`found`, read from YAML, as a value of the annotated type `kind`."""
    if dataclasses.is_dataclass(kind):
        return _section(typing.cast(type, kind), found, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        if found in arguments:
            return found
        raise _wrong(where, " or ".join(map(repr, arguments)), found)
    if origin is tuple:
        if not isinstance(found, list):
            raise _wrong(where, "a list", found)
        return tuple(_value(arguments[0], x, f"{where}[{i}]") for i, x in enumerate(found))
    if origin is Mapping:
        if not isinstance(found, Mapping):
            raise _wrong(where, "a mapping", found)
        return types.MappingProxyType({str(key): _scalar_text(x) for key, x in found.items()})
    if kind is float and isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    if (kind is int and isinstance(found, bool)) or not isinstance(found, kind):
        raise _wrong(where, kind.__name__, found)
    return found


def _section(kind: type, found: Any, where: str) -> Any:
    if not isinstance(found, Mapping):
        raise _wrong(where, "a mapping", found)
    known = {field.name: field for field in dataclasses.fields(kind)}
    dot = "" if where.endswith(": ") else "."
    for key in found:
        if key not in known:
            raise RecipeError(f"{where}{dot}{key} is unknown; {nearest_names(str(key), known)}")
    for name, field in known.items():
        needed = field.default is field.default_factory is dataclasses.MISSING
        if needed and name not in found:
            raise RecipeError(f"{where}{dot}{name} is missing")
    return kind(
        **{name: _value(known[name].type, x, f"{where}{dot}{name}") for name, x in found.items()}
    )


def _scalar_text(found: Any) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)


def _wrong(where: str, expected: str, found: Any) -> RecipeError:
    return RecipeError(f"{where.removesuffix(': ')} is {found!r}, expected {expected}")

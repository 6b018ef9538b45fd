"""Recipes read strictly from YAML: one file, one asset graph."""

import dataclasses
import os
import re
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from assets.recipes.common import check_trainings
from assets.recipes.paths import RecipeError
from assets.recipes.recordings import AnyRecipe, HumanRecipe
from assets.recipes.retargeting import check_retargeting
from assets.recipes.walking import Recipe
from motionlib.boundary import reason_of
from motionlib.containers.yaml_text import load_yaml, read_text
from motionlib.errors import FormatError, nearest_names
from motionlib.showing import shown, shown_error
from pipelines.problems import problems_in
from training.values import ConfigError, value_from_plain

__all__ = [
    "AnyRecipe",
    "BrokenRecipe",
    "HumanRecipe",
    "Recipe",
    "RecipeError",
    "load_recipe",
    "missing_folder",
    "recipe_folders",
    "recipes",
]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KINDS: Mapping[str, type[AnyRecipe]] = {
    "polynomial": Recipe,
    "amass": HumanRecipe,
    "bvh": HumanRecipe,
}
"""`source.kind` to the sections that a recipe of it has."""
_MAX_FPS = 1000.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRecipe:
    """A recipe file that could not be read, and why."""

    file: Path
    reason: str

    @property
    def is_file(self) -> bool:
        """Whether there is a file; a folder that is not there is reported the same way."""
        return self.file.is_file()


def recipe_folders() -> tuple[Path, ...]:
    """`pipelines/recipes`, then the folder that `MOTION_RECIPES` names, if any."""
    own = Path(__file__).resolve().parent / "recipes"
    users = os.environ.get("MOTION_RECIPES", "")
    return (own, Path(users).expanduser().resolve()) if users else (own,)


def recipes(folders: tuple[Path, ...] | None = None) -> tuple[list[AnyRecipe], list[BrokenRecipe]]:
    """Every recipe of the folders; a broken one never takes the others down.

    Args:
        folders: Searched in order; `recipe_folders()` by default. Of two recipes with one name
            the first is kept and the second is reported as broken.
    """
    good: dict[str, AnyRecipe] = {}
    broken: list[BrokenRecipe] = []
    for folder in recipe_folders() if folders is None else folders:
        if reason := _no_folder(folder):
            broken.append(BrokenRecipe(file=folder, reason=reason))
        for file in sorted(folder.glob("*.yaml")):
            try:
                recipe = load_recipe(file)
            except Exception as error:  # noqa: BLE001 - one recipe never takes the others down
                broken.append(
                    BrokenRecipe(file=file, reason=reason_of(error, str(file), where=str(file)))
                )
                continue
            if first := good.get(recipe.name):
                reason = f"{file}: name {recipe.name!r} is taken by {first.file}; choose another"
                broken.append(BrokenRecipe(file=file, reason=reason))
            else:
                good[recipe.name] = recipe
    return list(good.values()), broken


def missing_folder() -> str:
    """Why the folder that `MOTION_RECIPES` names holds no recipe; empty if it is one, or unset."""
    return next(filter(None, map(_no_folder, recipe_folders())), "")


def _no_folder(folder: Path) -> str:
    if folder.is_dir():
        return ""
    return f"{folder}: no such folder; MOTION_RECIPES must name a folder of recipe files"


def load_recipe(file: Path) -> AnyRecipe:
    """Read one recipe.

    Raises:
        RecipeError: Not YAML, or unknown and missing keys, wrong types and impossible values: all
            of them at once, a line each, with file and field.
    """
    try:
        text = read_text(file)
    except (OSError, FormatError) as error:
        raise RecipeError(f"{file}: cannot be read: {shown_error(error)}") from error
    try:
        content = load_yaml(text)
    except FormatError as error:
        raise RecipeError(f"{file}: is not YAML: {error}") from error
    if not isinstance(content, Mapping):
        raise RecipeError(f"{file}: holds {shown(content)}, expected a mapping of recipe keys")
    if "file" in content:
        raise RecipeError(f"{file}: file is not a recipe key; it is the path of this file")
    try:
        kind = _kind_of(content)
    except ConfigError as error:
        raise RecipeError(f"{file}: {error}") from error
    texts = _texts(content)
    if problems := problems_in(kind, texts):
        raise RecipeError("\n".join(f"{file}: {problem}" for problem in problems))
    recipe = value_from_plain(kind, texts)
    recipe = dataclasses.replace(recipe, file=file.resolve())
    if found := list(_faults(recipe)):
        raise RecipeError("\n".join(found))
    return recipe


def _kind_of(content: Mapping[str, Any]) -> type[AnyRecipe]:
    """The recipe's kind, as its source says it: it decides which sections there are.

    Raises:
        ConfigError: The source is of a kind that nobody reads.
    """
    source = content.get("source")
    kind = source.get("kind", "polynomial") if isinstance(source, Mapping) else "polynomial"
    if not isinstance(kind, str) or kind not in _KINDS:
        choices = ", ".join(_KINDS)
        near = nearest_names(shown(kind), _KINDS)
        raise ConfigError(f"source.kind is {shown(kind)}, expected one of {choices}; {near}")
    return _KINDS[kind]


_Rule: TypeAlias = tuple[object, str, str]
"""Whether it holds, the field, what is expected of it."""


def _faults(recipe: AnyRecipe) -> Iterator[str]:
    """What the values of a recipe cannot be, though each has its type."""
    name = (_NAME.fullmatch(recipe.name), "name", "lower-case letters, digits and _")
    own = _human_rules(recipe) if isinstance(recipe, HumanRecipe) else _walking_rules(recipe)
    for holds, field_name, expected in (name, *own):
        if not holds:
            found = recipe
            for part in field_name.split("."):
                found = getattr(found, part)
            yield f"{recipe.file}: {field_name} is {shown(found)}, expected {expected}"
    for check in (_check_robots, _check_trainings):
        try:
            check(recipe)
        except RecipeError as error:
            yield str(error)


def _check_robots(recipe: AnyRecipe) -> None:
    if isinstance(recipe, HumanRecipe) and recipe.retarget:
        check_retargeting(recipe.file, recipe.retarget)


def _check_trainings(recipe: AnyRecipe) -> None:
    human = isinstance(recipe, HumanRecipe)
    check_trainings(
        recipe.file,
        recipe.training,
        recipe.evaluation,
        packed=recipe.libraries.splits if human else ["train"],
        shards=recipe.libraries.shards if human else 1,
    )


def _walking_rules(recipe: Recipe) -> tuple[_Rule, ...]:
    return (
        (recipe.sampling.fps > 0, "sampling.fps", "a number above 0"),
        (recipe.sampling.cycles >= 1, "sampling.cycles", "at least 1"),
        (recipe.max_rejected >= 0, "max_rejected", "0 or more"),
        (
            (recipe.selection.strategy == "manual") == bool(recipe.selection.motions),
            "selection.motions",
            "a list of names with strategy manual, and only then",
        ),
    )


def _human_rules(recipe: HumanRecipe) -> tuple[_Rule, ...]:
    splits = recipe.libraries.splits
    return (
        (0 < recipe.human.fps <= _MAX_FPS, "human.fps", f"above 0, at most {_MAX_FPS:g}"),
        (
            0.0 <= recipe.max_rejected_share <= 1.0,
            "max_rejected_share",
            "a share between 0 and 1",
        ),
        (recipe.processes >= 0, "processes", "0 (one for each core) or more"),
        (recipe.libraries.shards >= 1, "libraries.shards", "at least 1"),
        (
            splits and len(set(splits)) == len(splits),
            "libraries.splits",
            "one split or more, each once",
        ),
    )


def _texts(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The recipe with a list of trainings, their overrides as text, as a command line gives them."""
    if "training" not in content:
        return content
    trainings = content["training"]
    if isinstance(trainings, Mapping):
        trainings = [trainings]
    if isinstance(trainings, list):
        trainings = [_with_texts(training) for training in trainings]
    return {**content, "training": trainings}


def _with_texts(training: object) -> object:
    overrides = training.get("overrides") if isinstance(training, Mapping) else None
    if not isinstance(overrides, Mapping):
        return training
    texts = {key: str(x).lower() if isinstance(x, bool) else str(x) for key, x in overrides.items()}
    return {**typing.cast(Mapping, training), "overrides": texts}

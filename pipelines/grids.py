"""Grids: experiments × overrides × seeds, read from YAML and compiled to a recipe's trainings."""

import dataclasses
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assets.recipes.common import Training
from assets.recipes.paths import RecipeError
from assets.recipes.recordings import AnyRecipe
from motionlib.containers.yaml_text import load_yaml, read_text
from motionlib.errors import FormatError
from motionlib.showing import counted, listed, shown, shown_error
from pipelines.choosing import choose_recipe, is_path
from training.values import ConfigError, value_from_plain

_MOST = 1000
"""Trainings of one grid: a slip of the pen asks for more."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is varied: every experiment with every set of overrides and every seed is trained."""

    name: str
    """Name of the recipe that it becomes: its reports and its cache."""
    recipe: str
    """Recipe whose motions, robot and evaluation are taken: a name, or a file relative to this one."""
    description: str = ""
    training: str = ""
    """Which of the recipe's trainings is varied; needed where it has several."""
    experiments: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Name to experiment file, relative to this one; the recipe's own if empty."""
    overrides: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    """Name to fields of the experiment and their values, beside the recipe's own; none if empty."""
    seeds: tuple[int, ...] = (0,)
    max_steps: int = 0
    """Environment steps of each training; 0 takes the recipe's."""
    num_envs: int = 0
    """Robots simulated at once; 0 takes the recipe's."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One training of a grid."""

    variant: str
    """Experiment and overrides, of which there is one a seed."""
    training: Training


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A grid as a recipe, and which of its trainings is which cell."""

    recipe: AnyRecipe
    cells: tuple[Cell, ...]


def read_grid(file: Path) -> Grid:
    """Read a grid.

    Raises:
        RecipeError: Not YAML, an unknown or missing key, or a value that cannot be.
    """
    try:
        content = load_yaml(read_text(file))
    except (OSError, FormatError) as error:
        raise RecipeError(f"{file}: cannot be read: {shown_error(error)}") from error
    if not isinstance(content, Mapping):
        raise RecipeError(f"{file}: holds {shown(content)}, expected a mapping of grid keys")
    try:
        grid = value_from_plain(Grid, _texts(content))
    except ConfigError as error:
        raise RecipeError(f"{file}: {error}") from error
    cells = max(1, len(grid.experiments)) * max(1, len(grid.overrides)) * len(grid.seeds)
    rules = (
        (grid.name.isidentifier(), "name", grid.name, "letters, digits and _"),
        (
            len(set(grid.seeds)) == len(grid.seeds) > 0,
            "seeds",
            grid.seeds,
            "one or more, each once",
        ),
        (min(grid.seeds, default=0) >= 0, "seeds", grid.seeds, "0 or more"),
        (grid.max_steps >= 0, "max_steps", grid.max_steps, "0 (the recipe's) or more"),
        (grid.num_envs >= 0, "num_envs", grid.num_envs, "0 (the recipe's) or more"),
        (cells <= _MOST, "seeds", counted(cells, "training"), f"at most {_MOST} trainings"),
        *(
            (name.isidentifier(), part, name, "names of letters, digits and _")
            for part in ("experiments", "overrides")
            for name in getattr(grid, part)
        ),
    )
    for holds, field, found, expected in rules:
        if not holds:
            raise RecipeError(f"{file}: {field} is {shown(found)}, expected {expected}")
    return grid


def compile_grid(file: Path) -> Compiled:
    """The recipe that a grid becomes: one named training a cell, everything else as it is.

    Raises:
        RecipeError: The grid or its recipe cannot be read, or they do not fit.
    """
    grid = read_grid(file)
    base = _base(file, grid)
    trained = _training(file, grid, base)
    experiments = {
        name: str((file.parent / Path(path).expanduser()).resolve())
        for name, path in grid.experiments.items()
    } or {"": trained.experiment}
    cells = tuple(
        _cell(grid, trained, experiment=experiment, overrides=overrides, seed=seed)
        for experiment, overrides, seed in itertools.product(
            experiments.items(), (grid.overrides or {"": {}}).items(), grid.seeds
        )
    )
    names = [cell.training.name for cell in cells]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RecipeError(
            f"{file}: {listed(twice)} would be several trainings of one name; rename experiments "
            "or overrides"
        )
    description = (
        grid.description or f"{base.description} Varied: {counted(len(cells), 'training')}."
    )
    recipe = dataclasses.replace(
        base,
        name=grid.name,
        description=description,
        training=tuple(cell.training for cell in cells),
    )
    return Compiled(recipe=recipe, cells=cells)


def _cell(
    grid: Grid,
    trained: Training,
    *,
    experiment: tuple[str, str],
    overrides: tuple[str, Mapping[str, str]],
    seed: int,
) -> Cell:
    variant = "_".join(filter(None, (experiment[0], overrides[0]))) or "own"
    training = dataclasses.replace(
        trained,
        name=f"{variant}_seed{seed}",
        experiment=experiment[1],
        seed=seed,
        max_steps=grid.max_steps or trained.max_steps,
        num_envs=grid.num_envs or trained.num_envs,
        overrides={**trained.overrides, **overrides[1]},
    )
    return Cell(variant=variant, training=training)


def _base(file: Path, grid: Grid) -> AnyRecipe:
    reference = grid.recipe
    if is_path(reference):
        reference = str((file.parent / Path(reference).expanduser()).resolve())
    try:
        base = choose_recipe(reference)
    except RecipeError as error:
        raise RecipeError(f"{file}: recipe: {error}") from error
    if base.name == grid.name:
        raise RecipeError(
            f"{file}: name is {grid.name!r}, that of its recipe {base.file}; choose another: their "
            "results would be taken for each other"
        )
    return base


def _training(file: Path, grid: Grid, base: AnyRecipe) -> Training:
    by_name = {training.name: training for training in base.training}
    if grid.training in by_name:
        return by_name[grid.training]
    if not grid.training and len(by_name) == 1:
        return next(iter(by_name.values()))
    there = listed(by_name) if by_name else "none"
    raise RecipeError(
        f"{file}: training is {grid.training!r}, expected one of {base.file}: {there}"
    )


def _texts(content: Mapping[str, Any]) -> dict[str, Any]:
    """Values of overrides as text, as a command line gives them."""
    sets = content.get("overrides")
    if not isinstance(sets, Mapping):
        return dict(content)
    texts = {
        name: {key: str(x).lower() if isinstance(x, bool) else str(x) for key, x in one.items()}
        if isinstance(one, Mapping)
        else one
        for name, one in sets.items()
    }
    return {**content, "overrides": texts}

"""A grid run through the graph, and its one table: what every variant reached over its seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.tables import write_rows
from assets.tail.tails import tails_of
from motionlib.files import motion_home, write_text
from motionlib.showing import listed
from pipelines.grids import Compiled

if TYPE_CHECKING:
    from training.evaluation.comparing.seeds import Reached

PAGE, TABLE = "seeds.html", "seeds.parquet"
_MADE = "per_motion_table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """What a run of a grid came to, for one robot."""

    robot: str
    """Empty where there is one only."""
    reached: "Sequence[Reached]"
    """Empty where no training was finished."""
    unfinished: Sequence[str]
    """Names of trainings that were not evaluated."""
    page: Path
    table: Path


def run_grid(compiled: Compiled, instance: dg.DagsterInstance) -> list[Ablation]:
    """Train and evaluate every cell, then put what is there into one table a robot.

    A cell that is finished is found again, one that was interrupted goes on where it stood; one
    that fails leaves the others as they are, and is named.

    Args:
        compiled: The grid.
        instance: Where runs are recorded.
    """
    from pipelines.__main__ import runs_of

    made: dict[tuple[str, str], Path] = {}
    for result in runs_of(compiled.recipe, instance):
        for event in result.get_asset_materialization_events():
            each = event.step_materialization_data.materialization
            if each.asset_key.path[-1] == _MADE:
                name = "/".join(each.asset_key.path[1:-1])
                made[name, each.partition or ""] = Path(str(each.metadata["path"].value))
    keys = dict.fromkeys(key for tail in tails_of(compiled.recipe) for key in tail.robot_keys())
    return [tabulated(compiled, made, robot=key) for key in keys]


def tabulated(
    compiled: Compiled, made: "dict[tuple[str, str], Path]", *, robot: str = ""
) -> Ablation:
    """The table of what is there, written with its page below the recipe's reports.

    Args:
        compiled: The grid.
        made: Name of a training and robot to its per-motion table.
        robot: Key of the robot; empty where there is one only.

    Raises:
        FormatError: A table cannot be read, or they have nothing in common.
    """
    from training.evaluation.comparing.seeds import Replica, over_seeds
    from training.evaluation.comparing.seeds_page import seeds_html
    from training.evaluation.comparing.sides import side_of_table

    names = [cell.training.name for cell in compiled.cells]
    unfinished = [name for name in names if (name, robot) not in made]
    replicas = [
        Replica(
            variant=cell.variant,
            seed=cell.training.seed,
            side=side_of_table(made[cell.training.name, robot], label=cell.training.name),
        )
        for cell in compiled.cells
        if (cell.training.name, robot) in made
    ]
    reached = over_seeds(replicas) if replicas else []
    folder = motion_home() / "reports" / compiled.recipe.name / robot
    if reached:
        notes = [f"not evaluated, and in no mean: {listed(unfinished)}"] if unfinished else []
        title = compiled.recipe.description
        write_text(folder / PAGE, seeds_html(reached, title=title, notes=notes))
        write_rows(folder / TABLE, [each.row() for each in reached])
    return Ablation(
        robot=robot,
        reached=reached,
        unfinished=unfinished,
        page=folder / PAGE,
        table=folder / TABLE,
    )

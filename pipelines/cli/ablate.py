"""`motion ablate`: every experiment with every set of overrides and every seed, and one table."""

import os
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motionlib.errors import MotionError
from motionlib.files import motion_home
from motionlib.showing import counted, listed
from pipelines.cli.terminal import note, show_table

if TYPE_CHECKING:
    from pipelines.ablation import Ablation
    from training.evaluation.comparing.seeds import Reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablate:
    """Train and evaluate a grid: experiments × overrides × seeds, with one table at the end.

    The grid is a YAML file that names a recipe and what is varied. Every cell is a training of the
    recipe's graph: what is finished is found again, what was interrupted goes on, and one that
    fails leaves the others alone. Means are over seeds, with intervals by Student's t; differences
    are from the first variant, with the same seeds.
    """

    grid: Positional[Path]
    """The YAML file."""
    dry: bool = False
    """Only list the trainings that it asks for."""
    measures: tuple[str, ...] = ()
    """Measures shown here; success, survival and the main body errors if left out. The page has all."""

    def run(self) -> int:
        """Run the grid; 1 if a training was not finished."""
        from pipelines.grids import compile_grid
        from pipelines.preflight import missing_inputs, problems_of

        os.environ["MOTION_HOME"] = str(motion_home())
        compiled = compile_grid(self.grid.expanduser().resolve())
        note(f"{counted(len(compiled.cells), 'training')} of {compiled.recipe.file}")
        if self.dry:
            show_table(
                compiled.recipe.description,
                [
                    {
                        "training": cell.training.name,
                        "experiment": cell.training.experiment,
                        "overrides": " ".join(
                            f"{k}={v}" for k, v in cell.training.overrides.items()
                        ),
                        "steps": f"{cell.training.max_steps:,}",
                    }
                    for cell in compiled.cells
                ],
            )
            return 0
        if problems := [*missing_inputs(compiled.recipe), *problems_of(compiled.recipe)]:
            raise MotionError("\n".join(problems))
        import dagster as dg

        from pipelines.ablation import run_grid
        from pipelines.home import open_instance

        # a preview interface inside the pipes client; nothing that a user could change
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        ablations = run_grid(compiled, open_instance())
        for each in ablations:
            self._show(each)
        return int(any(each.unfinished for each in ablations))

    def _show(self, ablation: "Ablation") -> None:
        from training.evaluation.comparing.seeds import METHOD

        if ablation.reached:
            for split in dict.fromkeys(each.split for each in ablation.reached):
                here = [each for each in ablation.reached if each.split == split]
                where = ", ".join(filter(None, (ablation.robot, split)))
                show_table(where or "all motions", _lines(here, self.measures))
            print(f"intervals: 95 %, {METHOD}; motions are the same throughout")
            print(f"page   {ablation.page}\ntable  {ablation.table}")
        if ablation.unfinished:
            note(
                f"not evaluated: {listed(ablation.unfinished)}; the reason is in the log above, and "
                "the same command goes on where it stood"
            )


def _lines(reached: "list[Reached]", measures: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows for the terminal; a measure that was not taken is told, hours of training are not lost."""
    from motionlib.errors import nearest_names
    from training.evaluation.comparing.seeds_page import seed_line
    from training.evaluation.comparison import GLOBAL, RELATIVE

    there = dict.fromkeys(each.measure.name for each in reached)
    for name in measures:
        if name not in there:
            note(f"--measures {name}: {nearest_names(name, there)}")
    shares = {each.measure.name for each in reached if each.measure.share}
    shown = measures or {*shares, GLOBAL, RELATIVE}
    rows = [asdict(seed_line(each)) for each in reached if each.measure.name in shown]
    return [{name.replace("_", " "): text for name, text in row.items()} for row in rows]

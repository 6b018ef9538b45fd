"""`python -m pipelines RECIPE` materialises a recipe's graph; `--ui` opens Dagster on the results."""

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from assets.presentation import VERDICT
from assets.stages.human import human_tables
from assets.stages.report import report_file
from assets.stages.robots import robot_tables
from assets.tables import read_json
from assets.tail.clip_sets import owners
from motionlib.boundary import system_reason, wants_traces
from motionlib.corpus.row import SPLITS
from motionlib.files import motion_home
from motionlib.home import HomeError
from motionlib.showing import counted
from pipelines.choosing import choose_recipe
from pipelines.home import open_instance
from pipelines.inventory import duration
from pipelines.next_steps import next_steps
from pipelines.preflight import missing_inputs, problems_of
from pipelines.recipe import AnyRecipe, HumanRecipe, RecipeError, missing_folder
from pipelines.run_locks import fail_dead_runs, locked_run, one_at_a_time
from pipelines.run_origins import shown_in_ui
from pipelines.stages import run_stages
from training.evaluation.verifications import SUCCESS, SURVIVAL

_EVALUATION = "full_evaluation"


def main() -> int:
    """Parse the command line and do what it asks for; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    parser.add_argument("recipe", nargs="?", help="name of a recipe, or its file")
    parser.add_argument("--ui", action="store_true", help="open the Dagster UI instead")
    parser.add_argument("--port", type=int, default=3000, help="of the UI, on 127.0.0.1")
    arguments = parser.parse_args()
    os.environ["MOTION_HOME"] = str(motion_home())
    try:
        if arguments.ui:
            from pipelines.ui import open_ui

            return open_ui(arguments.port)
        if arguments.recipe is None:
            parser.error("name a recipe, or ask for --ui")
        return materialise(arguments.recipe)
    except HomeError as error:
        print(error, file=sys.stderr)
        return 2
    except Exception as error:
        said = system_reason(error)
        if not said or wants_traces():
            raise
        print(f"{said}; what was finished is kept, the same command does the rest", file=sys.stderr)
        return 2


def materialise(name_or_path: str) -> int:
    """Run a recipe's whole graph through Dagster in this process; 0 if every step was good.

    Args:
        name_or_path: Of the recipe: what `motion list` calls it, or its file.
    """
    if said := missing_folder():
        print(said, file=sys.stderr)
    try:
        recipe = choose_recipe(name_or_path)
    except RecipeError as error:
        print(error, file=sys.stderr)
        return 2
    if problems := [*missing_inputs(recipe), *problems_of(recipe)]:
        print("\n".join(problems), file=sys.stderr)
        return 2
    # a preview interface inside the pipes client; nothing that a user could change
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    return run_recipe(recipe, open_instance())


def run_recipe(recipe: AnyRecipe, instance: dg.DagsterInstance) -> int:
    """Run a recipe in this process and say what came out; 0 if every step and check was good."""
    results = list(runs_of(recipe, instance))
    if not results[-1].success:
        print(f"\nrun {results[-1].run_id} did not finish; the next one picks up where it stood")
        return 1
    print(f"\n{recipe.description}\n")
    for line in _outcome(recipe, results):
        print(f"  {line}".rstrip())
    for line in _verdicts(results):
        print(f"\n{line}")
    tables = _paths_of(results, "clips") if isinstance(recipe, HumanRecipe) else []
    checkpoints = _paths_of(results, "policy")
    steps = next_steps(recipe, checkpoints=checkpoints, clips="".join(tables[-1:]))
    print("\nnext:", *(f"  {line}" for line in steps), sep="\n")
    checks = [check for each in results for check in each.get_asset_check_evaluations()]
    for check in checks:
        if _is_missed(check):
            print(f"\nMISSED {check.check_name}: {check.description}")
        elif not check.passed and check.asset_key.path[-1] == _EVALUATION:
            print(f"\nmissed {check.check_name} (the recipe only warns): {check.description}")
    return 1 if any(_is_missed(check) for check in checks) else 0


def runs_of(recipe: AnyRecipe, instance: dg.DagsterInstance) -> Iterator[dg.ExecuteInProcessResult]:
    """Run a recipe's graph in this process, run by run; ends after the first that fails."""
    from pipelines.definitions import definitions_of

    definitions = definitions_of([recipe])  # it may lie in a folder that the UI does not read
    if isinstance(recipe, HumanRecipe):
        yield from run_stages(recipe, instance, definitions=definitions)
        return
    fail_dead_runs(instance)
    with one_at_a_time(recipe.name), shown_in_ui(instance), locked_run() as run_id:
        yield definitions.resolve_job_def(recipe.name).execute_in_process(
            run_id=run_id,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {}}},
        )


def _outcome(recipe: AnyRecipe, results: Sequence[dg.ExecuteInProcessResult]) -> list[str]:
    """Lines that say what was made, and where it lies."""
    reports = motion_home() / "reports" / recipe.name
    files = [str(file) for file in sorted(reports.rglob("*")) if file.is_file()]
    policies = [str(Path(path).parent) for path in _paths_of(results, "policy")]
    if not isinstance(recipe, HumanRecipe):
        return [*files, *policies]
    packed = [
        str(file)
        for owner in owners(recipe)
        for layer in owner.libraries()
        for folder in _paths_of(results, layer)
        for file in sorted(Path(folder).glob("*.pt"))
    ]
    packed += [f for owner in owners(recipe) if owner.npz for f in _paths_of(results, owner.npz)]
    (clips,) = _paths_of(results, "clips")
    books = _books_lines(Path(clips).with_name(human_tables(recipe).books))
    for table in _paths_of(results, "robot_clips"):
        books += ["", *_robot_books_lines(Path(table).with_name(robot_tables(recipe).books))]
    seen = [
        f"human and {key} side by side: {reports / report_file(key)}" for key in recipe.robot_keys()
    ]
    return [*books, "", *files, *packed, *policies, *(["", *seen] if seen else [])]


def _verdicts(results: Sequence[dg.ExecuteInProcessResult]) -> list[str]:
    """What each policy reached on each split, and what the words mean; empty without a policy."""
    said = [
        f"{'/'.join(m.asset_key.path[1:-1]) or 'policy'} {m.partition or ''}".rstrip()
        + f": {m.metadata[VERDICT].value}"
        for m in _made(results)
        if m.asset_key.path[-1] == _EVALUATION
    ]
    return [*said, f"success: {SUCCESS}; survival: {SURVIVAL}"] if said else []


def _books_lines(path: Path) -> list[str]:
    """Clips and durations of everything and of each split; the subsets' are in the file."""
    pages = [row for row in read_json(path)["pages"] if row["page"] in {"all", *SPLITS}]
    return [f"{row['page']:<11} {row['fate']:<32} {_amount(row)}" for row in pages]


def _robot_books_lines(path: Path) -> list[str]:
    """Human clips and durations that went to each robot."""
    pages = [row for row in read_json(path)["pages"] if row["page"] == "all"]
    return [f"{row['robot']:<11} {row['fate']:<32} {_amount(row)}" for row in pages]


def _amount(row: Mapping[str, Any]) -> str:
    return f"{counted(row['clips'], 'clip'):>14} {duration(3600.0 * row['hours']):>9}"


def _is_missed(check: dg.AssetCheckEvaluation) -> bool:
    return not check.passed and check.severity == dg.AssetCheckSeverity.ERROR


def _paths_of(results: Sequence[dg.ExecuteInProcessResult], stage: str) -> list[str]:
    """Paths of what these runs made in a stage, of each robot and training."""
    made = [m for m in _made(results) if m.asset_key.path[-1] == stage]
    return [str(m.metadata["path"].value) for m in made]


def _made(results: Sequence[dg.ExecuteInProcessResult]) -> list[dg.AssetMaterialization]:
    events = [event for each in results for event in each.get_asset_materialization_events()]
    return [event.step_materialization_data.materialization for event in events]


if __name__ == "__main__":
    sys.exit(main())

"""`python -m pipelines RECIPE` materialises a recipe's graph; `--ui` opens Dagster on the results."""

import argparse
import os
import sys
import warnings
from pathlib import Path

import dagster as dg

from motionlib.errors import nearest_names
from motionlib.files import motion_home
from pipelines.home import open_instance, prepare_dagster_home
from pipelines.living import fail_dead_runs, living_run

_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Parse the command line and do what it asks for; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    parser.add_argument("recipe", nargs="?", help="name of a recipe")
    parser.add_argument("--ui", action="store_true", help="open the Dagster UI instead")
    parser.add_argument("--port", type=int, default=3000, help="of the UI, on 127.0.0.1")
    arguments = parser.parse_args()
    os.environ["MOTION_HOME"] = str(motion_home())
    if arguments.ui:
        return open_ui(arguments.port)
    if arguments.recipe is None:
        parser.error("name a recipe, or ask for --ui")
    return materialise(arguments.recipe)


def open_ui(port: int) -> int:
    """Replace this process by `dagster dev` on the workspace; Ctrl-C ends it."""
    prepare_dagster_home()
    dagster = Path(sys.executable).with_name("dagster")
    os.chdir(_ROOT)
    command = ["dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    os.execv(dagster, [str(dagster), *command])


def materialise(name: str) -> int:
    """Run a recipe's whole graph through Dagster in this process; 0 if every step was good."""
    from pipelines.definitions import defs
    from pipelines.recipe import recipes

    good, broken = recipes()
    for entry in broken:
        if entry.file.stem == name:
            print(f"recipe {name} cannot be read: {entry.reason}", file=sys.stderr)
            return 2
    known = {recipe.name: recipe for recipe in good}
    if name not in known:
        print(f"no recipe {name!r}; {nearest_names(name, known)}", file=sys.stderr)
        return 2
    # a preview interface inside the pipes client; nothing that a user could change
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    instance = open_instance()
    fail_dead_runs(instance)
    with living_run() as run_id:
        result = defs.resolve_job_def(name).execute_in_process(
            run_id=run_id,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {}}},
        )
    if not result.success:
        print(f"\nrun {result.run_id} did not finish; the next one picks up where it stood")
        return 1
    print(f"\n{known[name].description}\n")
    for file in sorted((motion_home() / "reports" / name).iterdir()):
        print(f"  {file}")
    print(f"  {_training_folder(result)}")
    print("\n`make ui` shows the graph, its checks and its history in the browser")
    missed = [check for check in result.get_asset_check_evaluations() if _is_missed(check)]
    for check in missed:
        print(f"\nMISSED {check.check_name}: {check.description}")
    return 1 if missed else 0


def _is_missed(check: dg.AssetCheckEvaluation) -> bool:
    return not check.passed and check.severity == dg.AssetCheckSeverity.ERROR


def _training_folder(result: dg.ExecuteInProcessResult) -> Path:
    events = result.get_asset_materialization_events()
    made = [event.step_materialization_data.materialization for event in events]
    policy = next(m for m in made if m.asset_key.path[-1] == "policy")
    return Path(str(policy.metadata["path"].value)).parent


if __name__ == "__main__":
    sys.exit(main())

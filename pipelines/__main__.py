"""`python -m pipelines RECIPE` materialises a recipe's graph; `--ui` opens Dagster on the results."""

import argparse
import os
import sys
from pathlib import Path

from motionlib.errors import nearest_names
from motionlib.files import motion_home
from pipelines.home import open_instance, prepare_dagster_home

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
    result = defs.resolve_job_def(name).execute_in_process(
        instance=open_instance(),
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "INFO"}}}},
    )
    if not result.success:
        print(f"\nrun {result.run_id} failed; `make ui` shows where", file=sys.stderr)
        return 1
    reports = motion_home() / "reports" / name
    print(f"\n{known[name].description}\n")
    for file in sorted(reports.iterdir()):
        print(f"  {file}")
    print(f"  {motion_home() / 'results'}  (training)")
    print("\nmake ui  opens the graph, its checks and its history in the browser")
    return 0


if __name__ == "__main__":
    sys.exit(main())

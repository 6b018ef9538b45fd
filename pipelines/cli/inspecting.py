"""`motion inspect`: what a file holds, whoever wrote it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from pipelines.cli.terminal import note, print_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Say what a .npz, .pt or .motion file holds; nothing in it is executed.

    The exit status is 1 if something is wrong with the file.
    """

    file: Positional[Path]
    """File of this workbench, BeyondMimic or ProtoMotions."""
    robot: str = ""
    """Name or path: also say whether the file fits this robot."""
    json: bool = False
    """Print everything as JSON."""

    def run(self) -> int:
        """Inspect; 1 if there are problems."""
        from motionlib.formats.inspection import inspect_file
        from motionlib.robot_files import load_robot

        report = inspect_file(self.file, load_robot(self.robot) if self.robot else None)
        if self.json:
            print(json.dumps(report, indent=1))
        else:
            _print_report(report)
        return 1 if report["problems"] else 0


def _print_report(report: Mapping[str, Any]) -> None:
    for key, value in report.items():
        if key in ("keys", "motions", "problems"):
            continue
        print(f"{key:12} {_line(value)}")
    print()
    arrays = [{"key": key, **facts} for key, facts in report["keys"].items()]
    print_table([{**row, "shape": "x".join(map(str, row["shape"]))} for row in arrays])
    print()
    print_table(report.get("motions", []))
    for problem in report["problems"]:
        note(f"problem: {problem}")


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items() if v not in (None, ""))
    if isinstance(value, list):
        return ", ".join(f"{item:g}" for item in value)
    return str(value)

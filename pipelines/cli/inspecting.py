"""`motion inspect`: what a file holds, whoever wrote it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from motionlib.errors import FormatError, KindError, MotionError
from motionlib.showing import type_name
from pipelines.cli.terminal import note, print_table

if TYPE_CHECKING:
    from motionlib.robot import Robot


_MANY = 20
_FIRST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Say what a file of motions holds, whoever wrote it; nothing in it is executed.

    Of .npz, .pt, .motion, .npy, .pkl, .csv and .bvh: what it is, its clips, arrays and rate, what
    is wrong with it, and which command reads it.

    The exit status is 1 if something is wrong with the file.
    """

    file: Positional[Path]
    """The file; the joints of a walking reference .pkl are told with --robot."""
    robot: str = ""
    """Name or path of a robot: also say whether the file fits it."""
    json: bool = False
    """Print everything as JSON."""

    def run(self) -> int:
        """Inspect; 1 if there are problems."""
        from motionlib.inspection.contents import inspect_file
        from motionlib.robots.files import load_robot

        robot = load_robot(self.robot) if self.robot else None
        if self.file.suffix == ".pkl" and _is_references(self.file):
            return _print_references(self.file, robot)
        report = inspect_file(self.file, robot)
        if self.json:
            print(json.dumps(report, indent=1))
        else:
            _print_report(report)
        return 1 if report["problems"] else 0


def _is_references(path: Path) -> bool:
    """Whether a pickle holds walking references; what else it holds is told without a robot too."""
    from motionlib.inspection.foreign import foreign_pickle

    try:
        foreign_pickle(path)
    except MotionError as error:
        return "walking references" in str(error)
    return False


def _print_references(path: Path, robot: "Robot | None") -> int:
    from motionlib.formats.polynomial import read_polynomials

    if robot is None:
        raise MotionError(f"{path}: the order of its joints depends on the robot; add --robot NAME")
    try:
        file = read_polynomials(path, robot)
    except KindError:
        raise
    except FormatError as error:
        note(f"problem: {error}")
        return 1
    print_table(
        [
            {"name": each.name, "command": each.command, "period_s": each.period_s, "fps": each.fps}
            for each in file.motions
        ]
    )
    for each in file.rejected:
        note(f"problem: {each.name}: {each.reason}")
    return 1 if file.rejected else 0


def _print_report(report: Mapping[str, Any]) -> None:
    for key, value in report.items():
        if key in ("keys", "motions", "notes", "problems"):
            continue
        print(f"{key:12} {_line(value)}")
    print()
    print_table(
        [
            {"key": key, "shape": _shape(facts["shape"]), "type": type_name(facts["dtype"])}
            for key, facts in report["keys"].items()
        ]
    )
    print()
    _print_motions(report.get("motions", []), report.get("num_motions", 0))
    for each in report.get("notes", []):
        note(f"note: {each}")
    for problem in report["problems"]:
        note(f"problem: {problem}")


def _shape(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


def _print_motions(motions: Sequence[Mapping[str, Any]], count: int) -> None:
    """All motions, or of many the first few and what they span."""
    if count <= _MANY:
        print_table(motions)
        return
    print_table(motions[:_FIRST])
    print(f"... and {count - _FIRST} more; all of {_span('seconds', motions, 's')}, "
          f"{_span('frames', motions, 'frames')}")  # fmt: skip


def _span(key: str, motions: Sequence[Mapping[str, Any]], unit: str) -> str:
    values = sorted(motion[key] for motion in motions)
    middle = values[len(values) // 2]
    return f"{values[0]:g} to {values[-1]:g} {unit} (median {middle:g})"


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items() if v not in (None, ""))
    if isinstance(value, list):
        return ", ".join(f"{item:g}" for item in value) or "unknown"
    return "unknown" if value is None else str(value)

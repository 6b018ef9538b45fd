"""`motion retarget report`: one HTML file about a run, or about two of them."""

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from motionlib.errors import MotionError
from motionlib.showing import counted
from pipelines.cli.terminal import note


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetReport:
    """Show how good retargeted clips are: books, distributions, the worst clips in pictures.

    Reads retargeted.parquet, motions.pt and source.pt of `motion retarget`, and writes one
    report.html that needs no other file.
    """

    run_folder: Positional[Path]
    """Folder that `motion retarget` wrote, or the table in it."""
    other: Path | None = None
    """A second run, of another method or configuration: compared clip by clip."""
    output: Path | None = None
    """Folder for report.html; that of the run if left out."""
    worst: int = 8
    """Clips shown in pictures."""
    labels: tuple[str, str] | None = None
    """What the two runs are called; their methods or folders if left out."""
    robot: str = ""
    """Name or path of the robot; what the table says if left out."""

    def run(self) -> int:
        """Write the report."""
        from retarget.report.folder import pictures_of, read_folder
        from retarget.report.page import common_clips, write_report

        if self.worst < 0:
            raise MotionError(f"--worst is {self.worst}, expected 0 or more")
        run = read_folder(self.run_folder)
        other = read_folder(self.other) if self.other is not None else None
        labels = self.labels or _labels(run.label, other.label if other else "other", self.other)
        path = write_report(
            self.output or run.path,
            run.rows,
            load=pictures_of(run, other, robot=self.robot),
            title=f"Retargeted clips of {run.path.resolve().name}",
            other_rows=other.rows if other else None,
            labels=labels,
            worst=self.worst,
        )
        note(f"{counted(len(run.rows), 'clip')} in {path}")
        if other is not None:
            note(f"{len(common_clips(run.rows, other.rows))} of them are in {other.path} too")
        return 0


def _labels(first: str, second: str, other: Path | None) -> tuple[str, str]:
    """Labels of two runs; of two by one method, the second is named by its folder."""
    if first == second and other is not None:
        folder = other.resolve()
        second = folder.name if folder.is_dir() else folder.parent.name
    return first, second if second != first else f"{second} (2)"

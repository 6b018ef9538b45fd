"""`motion report worst`: the motions that an evaluation went worst on."""

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from motionlib.errors import MotionError
from motionlib.showing import counted, listed
from pipelines.cli.report_tables import check_table, columns_of, write_table
from pipelines.cli.terminal import note, show_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWorst:
    """Name the worst motions of an evaluation by any measure, with why and when they failed.

    Of a verdict, such as success, those are named that it does not hold of, the earliest failure
    first. The evaluation is named as for `motion report compare`.
    """

    evaluation: Positional[str]
    """A table, a folder with one, a checkpoint, or a name."""
    by: str = ""
    """Measure; the global body error if left out."""
    count: int = 10
    """Motions at most."""
    columns: tuple[str, ...] = ()
    """Columns of another project as ours, theirs=ours or theirs=ours*factor."""
    table: Path | None = None
    """Table to write, .parquet or .csv."""

    def run(self) -> int:
        """Name them."""
        from training.evaluation.comparing.finding import open_side
        from training.evaluation.comparing.wording import value_of
        from training.evaluation.comparing.worst import worst_of

        if self.count < 1:
            raise MotionError(f"--count is {self.count}, expected 1 or more")
        if self.table is not None:
            check_table(self.table)
        side = open_side(self.evaluation, columns=columns_of(self.columns))
        worst = worst_of(side, by=self.by, count=self.count)
        name = worst.measure.name
        shown = [
            {
                "motion": row["motion"],
                "title": row["title"],
                "split": str(row.get("split") or ""),
                name: value_of(worst.measure, row[name]),
                "cause": str(row["failure_cause"] or "").replace("_", " "),
                "failed at": _seconds(row.get("failure_s")),
                "seconds": _seconds(row.get("seconds")),
            }
            for row in worst.rows
        ]
        what = f"worst of {counted(worst.motions, 'motion')} of {side.label} by {name}"
        show_table(what if shown else f"{what}: none", shown)
        if broken := side.not_finite.get(name):
            note(f"no finite number on {counted(len(broken), 'motion')}: {listed(broken)}")
        if worst.unknown:
            note(f"without {name}, in no order: {listed(worst.unknown)}")
        if self.table is not None and worst.rows:
            write_table(self.table, worst.rows)
        return 0


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} s"

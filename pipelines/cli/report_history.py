"""`motion report history`: the evaluations of a training over its checkpoints."""

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from motionlib.errors import MotionError, nearest_names
from motionlib.files import motion_home
from pipelines.cli.report_tables import check_table, write_table
from pipelines.cli.terminal import note, show_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHistory:
    """Show how a policy fared as it learned: a table over environment steps, a page or a picture.

    Read from the evaluations that the training made while it ran, else from the tables of those of
    its checkpoints that were evaluated below its folder, else from the scores of its learning curve.
    """

    training: Positional[str]
    """Folder of a training, or its name in MOTION_HOME/results."""
    columns: tuple[str, ...] = ()
    """Scores to show; success and body errors if left out."""
    output: Path | None = None
    """Page (.html) or picture (.png) to write; history.html in the training's folder if left out."""
    table: Path | None = None
    """Table of all columns to write, .parquet or .csv."""

    def run(self) -> int:
        """Show it."""
        from training.evaluation.comparing.history import history_of
        from training.evaluation.comparing.history_page import SUFFIXES, save_history, words_of

        folder = self._folder()
        output = self.output or folder / "history.html"
        if output.suffix not in SUFFIXES:
            raise MotionError(f"{output}: expected a name that ends in {' or '.join(SUFFIXES)}")
        if self.table is not None:
            check_table(self.table)
        history = history_of(folder)
        columns = history.chosen(self.columns)
        title = f"Evaluations of {folder.name}"
        show_table(f"{title}, from {history.source}", words_of(history, columns))
        save_history(output, history, columns=columns, title=title)
        note(f"{'page' if output.suffix == '.html' else 'picture'}: {output}")
        if self.table is not None:
            write_table(self.table, history.rows)
        return 0

    def _folder(self) -> Path:
        """The training's folder.

        Raises:
            MotionError: There is none; names the nearest.
        """
        results = motion_home() / "results"
        for folder in (Path(self.training).expanduser(), results / self.training):
            if folder.is_dir():
                return folder.resolve()
        names = [each.name for each in results.iterdir()] if results.is_dir() else []
        raise MotionError(
            f"{self.training}: no such folder, and no training of this name in {results}; "
            f"{nearest_names(self.training, names)}"
        )

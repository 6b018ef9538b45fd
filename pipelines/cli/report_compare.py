"""`motion report compare`: evaluations against each other, motion by motion, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motionlib.errors import MotionError
from motionlib.files import write_text
from motionlib.showing import counted
from pipelines.cli.report_tables import check_table, columns_of, write_table
from pipelines.cli.terminal import note, show_table

if TYPE_CHECKING:
    from training.evaluation.comparing.compare import Compared, Found
    from training.evaluation.comparing.pairs import Pairs
    from training.evaluation.comparing.sides import Side

_NAMED = 5
"""Motions named on the terminal for each change."""
_USUAL = (
    "survived_s", "tracked_s", "body_pos_error_mean", "body_pos_error_relative_mean",
    "joint_error_mean", "gt_err", "max_joint_err_max", "mpjpe_g", "mpjpe_l", "return_normalized",
    "foot_slide_mean",
)  # fmt: skip
"""Measures that the terminal shows of a table that has many."""
_MANY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCompare:
    """Compare evaluations: what differs, how sure that is, and which motions got better or worse.

    The first is what the others are held against. Each is a per-motion table (.parquet), a folder
    with one (of an evaluation, a training or reports), a checkpoint that was evaluated, or a name
    from `motion list`; also a .csv or .json of another project with a row a clip. Every measure that
    both have is compared on every split, dataset and kind of motion.
    """

    evaluations: Positional[tuple[str, ...]]
    """Two or more."""
    labels: tuple[str, ...] | None = None
    """What they are called, one each; their folders' names if left out."""
    by: tuple[str, ...] = ("dataset", "subset", "kind")
    """Columns whose values make subsets; `kind` is moving or standing."""
    main: str = ""
    """Measure by which motions are ordered; the global body error if left out."""
    common: bool = False
    """Compare motions of the same name though the libraries differ."""
    columns: tuple[str, ...] = ()
    """Columns of another project as ours: theirs=ours, theirs=ours*factor or theirs=1-ours."""
    output: Path = Path("comparison.html")
    """The page that is written."""
    table: Path | None = None
    """Table of all differences to write, .parquet or .csv."""
    motions: Path | None = None
    """Table of all motions to write, .parquet or .csv."""
    all: bool = False
    """Show every measure here, not only the usual ones; the page has all of them."""
    seed: int = 0
    """Seed of the resampling."""
    resamples: int = 4000
    """How often motions are drawn anew."""

    def run(self) -> int:
        """Compare; 1 if motions of one side are not in the other."""
        from training.evaluation.comparing.compare import compare, motion_table
        from training.evaluation.comparing.page import comparison_html

        self._check()
        first, *others = self._sides()
        options = {"common": self.common, "by": self.by, "main": self.main, "seed": self.seed}
        compared = [compare(first, side, resamples=self.resamples, **options) for side in others]
        names = [side.label for side in (first, *others)]
        title = f"{', '.join(names[1:])} against {names[0]}"
        write_text(self.output, comparison_html(compared, title=title))
        note(f"page: {self.output}")
        if self.table is not None:
            rows = [row for each in compared for row in each.rows()]
            write_table(self.table, rows)
        if self.motions is not None:
            rows = [{**each.sides, **row} for each in compared for row in motion_table(each)]
            write_table(self.motions, rows)
        for each in compared:
            _show(each, whole=self.all)
        return int(any(each.pairs.only_first or each.pairs.only_second for each in compared))

    def _check(self) -> None:
        if len(self.evaluations) < 2:
            raise MotionError(
                f"report compare: {counted(len(self.evaluations), 'evaluation')} given, expected two "
                "or more"
            )
        if self.labels is not None and len(self.labels) != len(self.evaluations):
            raise MotionError(
                f"--labels: {len(self.labels)} given, expected {len(self.evaluations)}, one for each "
                "evaluation"
            )
        if self.resamples < 100:
            raise MotionError(f"--resamples is {self.resamples}, expected 100 or more")
        for path in filter(None, (self.table, self.motions)):
            check_table(path)

    def _sides(self) -> "list[Side]":
        from training.evaluation.comparing.finding import distinct, find_table, label_of, open_side

        labels = list(self.labels or ())
        if not labels:
            labels = [label_of(find_table(each)) for each in self.evaluations]
        return [
            open_side(reference, label=label, columns=columns_of(self.columns))
            for reference, label in zip(self.evaluations, distinct(labels), strict=True)
        ]


def _show(compared: "Compared", *, whole: bool) -> None:
    from training.evaluation.comparing.wording import BOUNDS, by_chance, change_line

    pairs = compared.pairs
    for said in pairs.notes:
        note(f"note: {said}")
    every = compared.of()
    shown = {each.name for each in pairs.measures}
    if len(shown) > _MANY and not whole:
        shares = {e.name for e in pairs.measures if e.share and not e.name.endswith("_scaled")}
        shown &= {*_USUAL, compared.main, *shares}
        note(f"{len(shown)} of {len(pairs.measures)} measures shown here; --all shows every one")
    heads = {compared.main, "success", "survived"}
    for split in dict.fromkeys(each.split for each in every):
        where = f", {split}" if split else ""
        _show_lines(
            f"{pairs.second.label} against {pairs.first.label}{where}",
            [each for each in every if each.split == split and each.measure.name in shown],
            pairs=pairs,
        )
        parts = [e for e in compared.found if e.group and e.split == split]
        parts = [each for each in parts if each.measure.name in heads]
        if parts:
            _show_lines(f"by subset{where}", parts, pairs=pairs)
    for name, (gained, lost) in compared.verdicts.items():
        if name not in shown:
            continue
        measure = next(each for each in pairs.measures if each.name == name)
        for side, changes in ((pairs.second, gained), (pairs.first, lost)):
            if changes:
                lines = [change_line(each, measure) for each in changes]
                print(f"{name} only under {side.label}, {_named(lines)}")
    main = next(each for each in pairs.measures if each.name == compared.main)
    for word, changes in (("better", compared.better), ("worse", compared.worse)):
        if changes:
            lines = [change_line(each, main) for each in changes]
            print(f"{main.name} {word} under {pairs.second.label}, {_named(lines)}")
    print(f"\n{by_chance([compared])}.\n{BOUNDS}")


def _show_lines(title: str, found: "Sequence[Found]", *, pairs: "Pairs") -> None:
    from training.evaluation.comparing.wording import line_of

    rows = []
    for line in map(line_of, found):
        place = {"subset": line.subset} if found[0].group else {}
        rows.append(
            {
                **place,
                "measure": line.measure,
                "motions": line.motions,
                pairs.first.label: line.first,
                pairs.second.label: line.second,
                "difference": line.difference,
                "95 % or p": line.bounds,
                f"{pairs.second.label} is": line.verdict,
            }
        )
    show_table(title, rows)


def _named(lines: Sequence[str]) -> str:
    more = f"; and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    return f"{counted(len(lines), 'motion')}: {'; '.join(lines[:_NAMED])}{more}"

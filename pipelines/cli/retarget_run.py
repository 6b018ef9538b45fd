"""`motion retarget SRC`: human motions become motions of a robot, with a table of how good."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tyro.conf import Positional

from motionlib.errors import MotionError
from pipelines.claiming import claim_home
from pipelines.cli.retarget_sources import Gathered, gather
from pipelines.cli.terminal import Rejected, note, report_rejected

if TYPE_CHECKING:
    from motionlib.robot import Robot
    from retarget.settings import RetargetSettings
    from retarget.stage.outputs import Outcome
    from retarget.stage.run import RetargetResult

Kind = Literal["pt", "npz", "motion", "protomotions"]
TABLE = "retargeted.parquet"
_SHOWN = 24
"""Clips that the table on the terminal has room for."""
_WIDE = 140
"""Characters a line where nobody looks at a terminal."""
_COLUMNS = {
    "keypoints cm": "keypoint_error_mean_cm",
    "skate cm/s": "skate_mean_cm_s",
    "depth mm": "penetration_max_mm",
    "jerk ratio": "jerk_ratio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetRun:
    """Retarget human motions onto a robot.

    Reads recordings (.bvh, AMASS .npz; a folder is searched through), a MotionLib .pt, clips
    (.npz, .motion, .csv) or ProtoMotions' *_keypoints.npy. Writes motions.pt, the human motions of
    the same names as source.pt, and retargeted.parquet, a row a clip with all measures. What was
    solved before is not solved again. Exit status 1 if a clip was rejected.
    """

    src: Positional[Path]
    """File or folder."""
    robot: str
    """The robot: a name (see `motion robot list`) or the path of a robot.yaml."""
    output: Path
    """Folder to write into."""
    source: str = ""
    """The skeleton that the motions are on; what the files say, else smpl."""
    method: Literal["native", "pyroki", "mink"] = "native"
    """native: the solver of the workbench. pyroki: your own installation. mink: frame by frame."""
    fps: float | None = None
    """Rate of the result; if left out 30 for recordings, else that of the motions."""
    pair: Path | None = None
    """Yaml that says which body is which; see `motion retarget init`."""
    format: tuple[Kind, ...] = ("pt",)
    """pt: motions.pt and source.pt. npz, motion: a file a clip. protomotions: its intermediate
    files."""
    csv_fps: float = 30.0
    """Rate of the rows of .csv files."""
    processes: int = 0
    """That work at it; 0 for one a core."""

    def run(self) -> int:
        """Retarget; 1 if any clip was rejected."""
        from motionlib.robots.files import load_robot
        from motionlib.stages.store import ClipStore
        from retarget.settings import RetargetSettings
        from retarget.stage.run import retarget_clips

        target = load_robot(self.robot)
        home = claim_home()
        gathered = gather(
            self.src,
            source=self.source,
            fps=self.fps,
            csv_fps=self.csv_fps,
            processes=self.processes,
        )
        settings = RetargetSettings(
            method=self.method, fps=self.fps or 0.0, pair=str(self.pair or "")
        )
        store = ClipStore(home / "cache" / "robot_clips")
        results = retarget_clips(
            gathered.clips,
            source=gathered.robot,
            target=target,
            settings=settings,
            store=store,
            processes=self.processes,
        )
        self._write(gathered, results, target, store, settings)
        _print_results(results)
        rejected = [
            *gathered.rejected,
            *(Rejected(name=r.clip_id, reason=r.reason) for r in results if r.fate == "rejected"),
        ]
        return report_rejected(rejected, self.output)

    def _write(
        self,
        gathered: Gathered,
        results: "Sequence[RetargetResult]",
        target: "Robot",
        store: Any,
        settings: "RetargetSettings",
    ) -> None:
        from retarget.stage import outputs

        rows = _rows(gathered, results, target, settings)
        self.output.mkdir(parents=True, exist_ok=True)
        _write_table(self.output / TABLE, rows)
        kept = outputs.kept(gathered.clips, results)
        step = f"retargeted from {gathered.robot.name} to {target.name} by {settings.method}"

        def on_robot(outcome: "Outcome") -> Any:
            return outputs.robot_motion(outcome, target, store, step=step)

        def human(outcome: "Outcome") -> Any:
            return outputs.source_motion(outcome, gathered.robot)

        # not for training: the report shows what was rejected
        for name, robot, load in (("", target, on_robot), ("_source", gathered.robot, human)):
            path = self.output / f"rejected{name}.pt"
            path.unlink(missing_ok=True)
            if dropped := outputs.dropped(gathered.clips, results):
                outputs.write_library(path, robot, dropped, load, step=step if not name else "")
        if not kept:
            for name in ("motions.pt", "source.pt"):  # of an earlier run
                (self.output / name).unlink(missing_ok=True)
            return
        if "pt" in self.format:
            outputs.write_library(self.output / "motions.pt", target, kept, on_robot, step=step)
            outputs.write_library(self.output / "source.pt", gathered.robot, kept, human)
        for kind in ("npz", "motion"):
            if kind in self.format:
                outputs.write_clips(self.output / kind, kept, on_robot, kind=kind)
        if "protomotions" in self.format:
            outputs.write_intermediate(
                self.output, kept, on_robot, source=gathered.robot, target=target
            )
        seconds = sum(float(each.result.measures["seconds"]) for each in kept)
        note(f"{len(kept)} clips, {seconds:.1f} s of {target.name} in {self.output}")


def _rows(
    gathered: Gathered,
    results: "Sequence[RetargetResult]",
    target: "Robot",
    settings: "RetargetSettings",
) -> list[dict[str, Any]]:
    """A row a clip, the ones that were never solved included; all have the same columns."""
    names = sorted({name for result in results for name in result.measures})
    names = [name for name in names if name not in ("frames", "fps", "seconds")]
    facts = {"source": gathered.robot.name, "robot": target.name, "method": settings.method}
    none: Mapping[str, Any] = {}
    rows = [
        _row(result.clip_id, facts, result.measures, names)
        | {"fate": result.fate, "reason": result.reason, "notes": list(result.notes)}
        for result in results
    ]
    rows += [
        _row(each.name, facts, none, names) | {"fate": "rejected", "reason": each.reason}
        for each in gathered.rejected
    ]
    return rows


def _row(
    name: str, facts: Mapping[str, str], measures: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    return {
        "name": name,
        **facts,
        **{column: measures.get(column) for column in ("frames", "fps", "seconds")},
        "fate": "",
        "reason": "",
        "notes": [],
        **{column: measures.get(column) for column in names},
    }


def _write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from motionlib.files import atomic_path

    if not rows:
        raise MotionError(f"{path}: no clip at all; nothing was written")
    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), temporary)


def _print_results(results: "Sequence[RetargetResult]") -> None:
    """The clips if they are few, else those that were not accepted; the means; reasons below."""
    from rich.console import Console
    from rich.table import Table

    odd = [result for result in results if result.fate != "accepted"]
    shown = list(results) if len(results) <= _SHOWN else odd[:_SHOWN]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(("clip", "fate", "s", *_COLUMNS)):
        table.add_column(column, justify="left" if number < 2 else "right", overflow="fold")
    for result in shown:
        table.add_row(result.clip_id, result.fate, *_cells(result.measures))
    solved = [result.measures for result in results if result.path]
    if len(solved) > 1:
        means = {name: _mean(solved, name) for name in ("seconds", *_COLUMNS.values())}
        table.add_row(f"mean of {len(solved)}", "", *_cells(means))
    if results:
        Console(width=None if sys.stdout.isatty() else _WIDE).print(table)
    for result in shown:
        if result.fate == "flagged":
            note(f"  flagged {result.clip_id}: {result.reason}")
    if len(shown) < len(odd):
        note(f"  {len(odd) - len(shown)} more were not accepted; see {TABLE}")


def _cells(measures: Mapping[str, Any]) -> list[str]:
    seconds, *numbers = (measures.get(key) for key in ("seconds", *_COLUMNS.values()))
    texts = ["" if value is None else f"{value:.2f}" for value in numbers]
    return ["" if seconds is None else f"{seconds:.1f}", *texts]


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> float | None:
    values = [row[name] for row in rows if row.get(name) is not None and row[name] == row[name]]
    return sum(values) / len(values) if values else None

"""`motion retarget SRC`: human motions become motions of a robot, with a table of how good."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tyro.conf import Positional

from assets.tables import write_rows
from motionlib.errors import MotionError
from motionlib.showing import counted
from pipelines.claiming import claim_home
from pipelines.cli.retarget_sources import Gathered, gather
from pipelines.cli.terminal import Rejected, note, report_rejected

if TYPE_CHECKING:
    from motionlib.robot import Robot
    from retarget.stage.outputs import Outcome

Rows = Sequence[Mapping[str, Any]]
Kind = Literal["pt", "npz", "motion", "protomotions"]
TABLE = "retargeted.parquet"
_SHOWN = 24
"""Clips that the table on the terminal has room for."""
_WIDE = 140
"""Characters a line where nobody looks at a terminal."""
_COLUMNS = {
    "s": "output_seconds",
    "keypoints cm": "keypoint_error_mean_cm",
    "skate cm/s": "skate_mean_cm_s",
    "depth mm": "penetration_max_mm",
    "jerk ratio": "jerk_ratio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetRun:
    """Retarget human motions onto a robot.

    Reads recordings (.bvh, AMASS .npz; a folder is searched through), a MotionLib .pt, clips
    (.npz, .motion, .csv; a robot's .npz or .pkl with --source), ProtoMotions' *_keypoints.npy or a
    .npy of its second version. Writes motions.pt, the human motions of
    the same names as source.pt, and retargeted.parquet, a row a clip with all measures. Clips are
    converted, judged and retargeted as by a recipe that says nothing of its own, and what either
    of them solved before is not solved again. Exit status 1 if a clip was rejected.
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
    joint_map: Path | None = None
    """Yaml that says which joint of a .bvh drives which body; found by the joints' names if left
    out (see data/yaml_files/bvh)."""
    format: tuple[Kind, ...] = ("pt",)
    """pt: motions.pt and source.pt. npz, motion: a file a clip. protomotions: its intermediate
    files."""
    csv_fps: float | None = None
    """Rate of the rows of .csv files that state none; 30 if left out."""
    accept_implausible: bool = False
    """Flag what cannot be true, such as poses in degrees, instead of rejecting it."""
    processes: int = 0
    """That work at it; 0 for one a core."""

    def run(self) -> int:
        """Retarget; 1 if any clip was rejected."""
        from motionlib.robots.files import load_robot
        from motionlib.stages.store import ClipStore
        from retarget.pairs.files import load_pair
        from retarget.quality.gates import RetargetGates
        from retarget.settings import RetargetSettings
        from retarget.stage.run import retarget_clips
        from retarget.stage.table import robot_rows, with_rejected

        target = load_robot(self.robot)
        home = claim_home()
        gathered = gather(
            self.src,
            source=self.source,
            fps=self.fps,
            csv_fps=self.csv_fps,
            processes=self.processes,
            joint_map=self.joint_map,
            accept_implausible=self.accept_implausible,
        )
        settings = RetargetSettings(method=self.method, fps=gathered.fps, pair=str(self.pair or ""))
        store = ClipStore(home / "cache" / "robot_clips")
        results = retarget_clips(
            gathered.clips,
            source=gathered.robot,
            target=target,
            settings=settings,
            store=store,
            processes=self.processes,
        )
        for doubt in load_pair(gathered.robot.name, target, self.pair).doubts:
            note(f"{self.pair or 'pair'}: not sure: {doubt}")
        by_id = {result.clip_id: result for result in results}
        judged = robot_rows(target.name, gathered.kept, by_id, RetargetGates())
        rows = with_rejected(target.name, judged, gathered.human)
        facts = {"source": gathered.robot.name, "method": settings.method}
        self._write(gathered, [{**row, **facts} for row in rows], target, store)
        _print_results(rows)
        left_out = [
            Rejected(name=row["clip_id"], reason=row["reason"])
            for row in rows
            if row["fate"] == "rejected"
        ]
        return report_rejected(left_out, self.output)

    def _write(self, gathered: Gathered, rows: Rows, target: "Robot", store: Any) -> None:
        from retarget.stage import outputs

        if not rows:
            raise MotionError(f"{self.src}: no clip at all; nothing was written")
        self.output.mkdir(parents=True, exist_ok=True)
        write_rows(self.output / TABLE, rows)
        kept = outputs.kept(gathered.clips, rows)
        step = f"retargeted to {target.name} by {self.method}"

        def on_robot(outcome: "Outcome") -> Any:
            return outputs.robot_motion(outcome, target, store, step=step)

        def human(outcome: "Outcome") -> Any:
            return outputs.source_motion(outcome, gathered.robot)

        # not for training: the report shows what was rejected
        for name, robot, load in (("", target, on_robot), ("_source", gathered.robot, human)):
            path = self.output / f"rejected{name}.pt"
            path.unlink(missing_ok=True)
            if dropped := outputs.dropped(gathered.clips, rows):
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
        seconds = sum(each.row["output_seconds"] for each in kept)
        note(f"{counted(len(kept), 'clip')}, {seconds:.1f} s of {target.name} in {self.output}")


def _print_results(rows: Rows) -> None:
    """The clips if they are few, else those that were not accepted; the means; reasons below."""
    from rich.console import Console
    from rich.table import Table

    odd = [row for row in rows if row["fate"] != "accepted"]
    shown = list(rows) if len(rows) <= _SHOWN else odd[:_SHOWN]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(("clip", "fate", *_COLUMNS)):
        table.add_column(column, justify="left" if number < 2 else "right", overflow="fold")
    for row in shown:
        table.add_row(row["clip_id"], row["fate"], *_cells(row))
    solved = [row for row in rows if row["cache_path"]]
    if len(solved) > 1:
        means = {name: _mean(solved, name) for name in _COLUMNS.values()}
        table.add_row(f"mean of {len(solved)}", "", *_cells(means))
    if rows:
        Console(width=None if sys.stdout.isatty() else _WIDE).print(table)
    for row in shown:
        if row["fate"] == "flagged":
            note(f"  flagged {row['clip_id']}: {row['reason']}")
    if len(shown) < len(odd):
        note(f"  {len(odd) - len(shown)} more were not accepted; see {TABLE}")


def _cells(row: Mapping[str, Any]) -> list[str]:
    seconds, *numbers = (row.get(name) for name in _COLUMNS.values())
    texts = ["" if value is None else f"{value:.2f}" for value in numbers]
    return ["" if seconds is None else f"{seconds:.1f}", *texts]


def _mean(rows: Rows, name: str) -> float | None:
    values = [row[name] for row in rows if row.get(name) is not None and row[name] == row[name]]
    return sum(values) / len(values) if values else None

"""`motion import`: trajectories that others wrote as CSV become clips on a robot."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from motionlib.errors import MotionError
from pipelines.cli.clips import at_fps
from pipelines.cli.terminal import Rejected, note, progress, report_rejected

if TYPE_CHECKING:
    from motionlib.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """Import robot trajectories from CSV: root position, root quaternion, joint angles, no header.

    A file that cannot be used is left out, with its reason, and the exit status is 1.
    """

    sources: Positional[tuple[Path, ...]]
    """.csv files, or folders of them."""
    robot: str
    """Name (see `motion robot list`) or path of a robot.yaml."""
    output: Path
    """A .pt (MotionLib), a .npz (all clips in one), or a folder (one .npz for each clip)."""
    fps: float = 30.0
    """Rate of the rows."""
    quat_order: Literal["wxyz", "xyzw"] | None = None
    """wxyz: Kimodo. xyzw: Unitree, mjlab. Detected if left out; an error where it is ambiguous."""
    floor: Literal["shift", "keep"] = "shift"
    """shift: move each clip vertically until its lowest sole touches the ground."""
    output_fps: float | None = None
    """Resample every clip to this rate."""

    def run(self) -> int:
        """Import; 1 if any file was left out."""
        from motionlib.formats.csv import load_csv
        from motionlib.robot_files import load_robot

        robot = load_robot(self.robot)
        motions: list[Motion] = []
        rejected: list[Rejected] = []
        for path in progress(self._files(), "importing"):
            try:
                motion = load_csv(
                    path, robot, fps=self.fps, quat_order=self.quat_order, floor=self.floor
                )
                motions += at_fps([motion], self.output_fps)
            except MotionError as error:
                rejected.append(Rejected(name=path.name, reason=str(error)))
        if not motions:
            raise MotionError(rejected[0].reason)
        self._save(motions)
        note(f"{len(motions)} clips of {robot.name} in {self.output}")
        return report_rejected(rejected, self.output)

    def _files(self) -> list[Path]:
        files: list[Path] = []
        for path in self.sources:
            files += sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not files:
            where = ", ".join(map(str, self.sources)) or "nothing named"
            raise MotionError(f"{where}: no .csv files there; name files or folders of them")
        return files

    def _save(self, motions: "list[Motion]") -> None:
        from motionlib.formats.beyondmimic import save_npz
        from motionlib.formats.protomotions import save_motion_lib
        from motionlib.library import library_from_motions

        # the library also refuses two clips of one name, before anything is written
        library = library_from_motions(motions, velocity_rule="forward_min3")
        if self.output.suffix == ".pt":
            save_motion_lib(self.output, library)
        elif self.output.suffix == ".npz":
            save_npz(self.output, motions)
        else:
            for motion in progress(motions, "writing"):
                save_npz(self.output / f"{motion.name}.npz", [motion])

"""`motion convert`: walking cycles as polynomials become one `.npz` for each motion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from motionlib.boundary import reason_of
from motionlib.errors import MotionError
from motionlib.showing import counted
from pipelines.cli.terminal import REPORTS, Rejected, note, progress, report_rejected, save_table

if TYPE_CHECKING:
    from motionlib.formats.polynomial import PolynomialFile, PolynomialMotion
    from motionlib.robot import Robot

REPAIRS_TABLE = "repairs.csv"
_USUAL_S = 10.0
"""s; what `motion new` writes into recipes of walking references, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """Convert walking references (.pkl) into one BeyondMimic .npz for each motion.

    The base travels: its mean velocity is the command, its sway comes from the stance foot. What
    had to be repaired (joint limits, a cycle that does not close) stands in reports/repairs.csv,
    one row for each motion; a motion that cannot be used stands in reports/rejected.csv with its
    reason, the others are converted, and the exit status is 1.
    """

    source: Positional[Path]
    """Reference-motion pickle; nothing in it is executed."""
    output_dir: Path
    """Folder for <motion name>.npz."""
    robot: str = "microduck"
    """Name (see `motion robot list`) or path of a robot.yaml; the pickle does not say whose it is."""
    fps: float = 50.0
    """Frames per second."""
    body_names: tuple[str, ...] = ()
    """Bodies to write, root first; all, in robot order, if none is named."""
    motion_keys: tuple[str, ...] = ()
    """Motions to convert, as dx_dy_dtheta; all if none is named."""
    cycles: int | None = None
    """Whole walking periods in a clip; as many as --min-seconds asks for if left out."""
    min_seconds: float | None = None
    """Least length of a clip, s: whole periods are added to --cycles until it is reached. 10 if both
    are left out, so that there is enough to follow: a period is half a second."""
    order: Literal["mjlab", "isaaclab"] = "mjlab"
    """Order of bodies and joints: depth first (mjlab, MuJoCo) or breadth first (Isaac Lab)."""

    def run(self) -> int:
        """Convert; 1 if any motion was rejected."""
        from motionlib.formats.polynomial import read_polynomials
        from motionlib.robots.files import load_robot

        if self.cycles is not None and self.cycles < 1:
            raise MotionError(f"--cycles is {self.cycles}, expected 1 or more")
        robot = load_robot(self.robot)
        file = read_polynomials(self.source, robot)
        chosen = file.selected(self.motion_keys) if self.motion_keys else file.motions
        unread = () if self.motion_keys else file.rejected
        rejected = [Rejected(name=each.name, reason=each.reason) for each in unread]
        repairs: list[Mapping[str, object]] = []
        for poly in progress(chosen, "converting"):
            try:
                repairs.append(self._convert(poly, file, robot))
            except OSError:  # of the output, which all motions share
                raise
            except Exception as error:  # noqa: BLE001 - what one motion brings about is its own fate
                rejected.append(Rejected(name=poly.name, reason=reason_of(error, poly.name)))
        self.output_dir.mkdir(parents=True, exist_ok=True)
        if repairs:
            save_table(self.output_dir / REPORTS / REPAIRS_TABLE, repairs)
        self._warn_of_others([str(row["motion_name"]) for row in repairs])
        motions = counted(len(chosen) + len(unread), "motion")
        note(f"{len(repairs)} of {motions} written to {self.output_dir}")
        return report_rejected(rejected, self.output_dir)

    def _least_seconds(self) -> float:
        if self.min_seconds is not None:
            return self.min_seconds
        return _USUAL_S if self.cycles is None else 0.0

    def _convert(
        self, poly: "PolynomialMotion", file: "PolynomialFile", robot: "Robot"
    ) -> Mapping[str, object]:
        from motionlib.formats.beyondmimic import save_npz
        from motionlib.walking.cycles import motion_from_polynomial

        motion, repairs = motion_from_polynomial(
            poly,
            robot,
            fps=self.fps,
            cycles=self.cycles or 1,
            min_seconds=self._least_seconds(),
            source=f"{file.source}:{poly.name}",
            source_sha256=file.sha256,
        )
        save_npz(
            self.output_dir / f"{motion.name}.npz",
            [motion],
            body_names=self.body_names or None,
            order=self.order,
        )
        return repairs.row()

    def _warn_of_others(self, written: Sequence[str]) -> None:
        others = {path.stem for path in self.output_dir.glob("*.npz")} - set(written)
        if others:
            note(
                f"note: {self.output_dir} holds {len(others)} .npz files that this command did not "
                "write; `motion concat` would take them too"
            )

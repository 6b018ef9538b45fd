"""`motion retarget film`: one clip of one or more runs as an animated picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motionlib.errors import MotionError, nearest_names
from motionlib.files import write_bytes
from pipelines.cli.terminal import note

if TYPE_CHECKING:
    from motionlib.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetFilm:
    """Draw a retargeted clip as an animated GIF: the human, and the robot of each run beside it.

    Reads what `motion retarget` wrote: motions.pt and source.pt of each folder, which must hold the
    same clip.
    """

    run_folders: Positional[tuple[Path, ...]]
    """Folders that `motion retarget` wrote, one a robot."""
    clip: str
    """The clip by its id, as in the table that `motion retarget` prints."""
    output: Path
    """The .gif to write."""
    seconds: float | None = None
    """From the start of the clip; all of it if left out."""

    def run(self) -> int:
        """Write the film."""
        from retarget.report.film import film_clip

        if self.output.suffix.lower() != ".gif":
            raise MotionError(f"--output is {self.output}, expected a name that ends in .gif")
        if not self.run_folders:
            raise MotionError("no folder was named; expected one that `motion retarget` wrote")
        motions = self._motions()
        write_bytes(self.output, film_clip(motions, seconds=self.seconds))
        note(f"{self.clip}: {', '.join(motions)} in {self.output}")
        return 0

    def _motions(self) -> "dict[str, Motion]":
        from retarget.report.folder import pictures_of, read_folder

        motions: dict[str, Motion] = {}
        for path in self.run_folders:
            run = read_folder(path)
            ids = [str(row["clip_id"]) for row in run.rows]
            if self.clip not in ids:
                raise MotionError(f"{path}: no clip {self.clip!r}; {nearest_names(self.clip, ids)}")
            drawn = pictures_of(run)(self.clip)
            if drawn is None:
                raise MotionError(
                    f"{path}: {self.clip} has no motion there: it was rejected before it was solved, "
                    f"or was written without --format pt"
                )
            motions.setdefault("human", drawn.human)
            motions[drawn.robot.robot.name] = drawn.robot
        return motions

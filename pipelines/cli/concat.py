"""`motion concat`: many clips become one `.npz` that remembers where each begins."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from motionlib.errors import MotionError, nearest_names
from motionlib.showing import counted
from pipelines.cli.clips import at_fps, load_clips, motion_files, robot_for
from pipelines.cli.terminal import note, report_rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """Concatenate clips into one BeyondMimic .npz that records the clip boundaries.

    Which clips: --strategy edges takes standing and the extremes of dx, dy and dtheta (seven),
    grid a regular grid of commands, all every clip; or name them with --motion-files, in order.
    No velocity is computed across a boundary. A file of the folder that cannot be read is left
    out, with its reason, and the exit status is 1.
    """

    folder: Annotated[Positional[Path | None], arg(metavar="[DIR]")] = None
    """Folder of .npz files; may be left out with --motion-files."""
    output: Path
    """The .npz to write."""
    strategy: Literal["edges", "grid", "all"] | None = None
    """Rule that chooses among the folder's clips."""
    motion_files: tuple[str, ...] = ()
    """Files in the wanted order: paths, or names in DIR with or without .npz."""
    blend: float = 0.0
    """Seconds of blended transition between neighbours; 0 for none."""
    fps: float | None = None
    """Resample every clip to this rate; needed if the clips differ in theirs."""
    robot: str = ""
    """Name or path of the robot; what the files say if left out."""
    order: Literal["mjlab", "isaaclab"] = "mjlab"
    """Order of bodies and joints: depth first (mjlab, MuJoCo) or breadth first (Isaac Lab)."""

    def run(self) -> int:
        """Concatenate; 1 if any file was left out."""
        from motionlib.formats.beyondmimic import save_npz
        from motionlib.walking.concatenation import concatenate

        if bool(self.motion_files) == (self.strategy is not None):
            raise MotionError("choose the clips by --strategy or by --motion-files, one of the two")
        files = self._named_files() if self.motion_files else self._folder_files()
        motions, rejected = load_clips(files, robot_for(self.robot, files))
        if self.motion_files and rejected:
            raise MotionError(rejected[0].reason)
        motions = at_fps(motions, self.fps)
        names = [motion.name for motion in motions] if self.motion_files else []
        chosen = concatenate(motions, self.strategy or "manual", names=names, blend_s=self.blend)
        save_npz(self.output, chosen, order=self.order)
        frames = sum(motion.num_frames for motion in chosen)
        clips = counted(len(chosen), "clip")
        note(f"{clips}, {counted(frames, 'frame')} at {chosen[0].fps:g}/s in {self.output}:")
        for motion in chosen:
            note(f"  {motion.name}  {counted(motion.num_frames, 'frame')}")
        return report_rejected(rejected, self.output)

    def _folder_files(self) -> list[Path]:
        if self.folder is None:
            raise MotionError("name the folder of clips: motion concat DIR --strategy ...")
        output = self.output.resolve()
        return [path for path in motion_files([self.folder]) if path.resolve() != output]

    def _named_files(self) -> list[Path]:
        return [self._find(name) for name in self.motion_files]

    def _find(self, name: str) -> Path:
        places = [Path(name)]
        if self.folder is not None:
            places += [self.folder / name, self.folder / f"{name}.npz"]
        for place in places:
            if place.is_file():
                return place
        where = self.folder or Path(name).parent
        near = [path.name for path in where.glob("*.npz")]
        raise MotionError(f"{places[-1]}: no such motion file; {nearest_names(name, near)}")

"""`motion pack`: clips become a MotionLib `.pt`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from motionlib.showing import counted
from pipelines.cli.clips import at_fps, load_clips, motion_files, robot_for
from pipelines.cli.terminal import note, report_rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Pack clips into a MotionLib .pt that ProtoMotions loads too.

    Velocities are made by ProtoMotions' rule, forward_min3, and the file says so. A file that
    cannot be read is left out, with its reason, and the exit status is 1.
    """

    sources: Positional[tuple[Path, ...]]
    """.npz, .motion, .csv or .pt files, or folders of them."""
    output: Path
    """The .pt to write."""
    layout: Literal["native", "protomotions"] = "native"
    """Bodies. native: our robot's. protomotions: with the marker bodies that its own robot has."""
    fps: float | None = None
    """Resample every clip to this rate."""
    shards: int = 1
    """Number of files to write; more than one needs slurmrank in the output's name."""
    robot: str = ""
    """Name or path of the robot; what the files say if left out."""

    def run(self) -> int:
        """Pack; 1 if any file was left out."""
        from motionlib.formats.header import check_one_kind
        from motionlib.formats.protomotions.packed_clip import clips_of_motions
        from motionlib.formats.protomotions.writer import write_motion_lib

        files = motion_files(self.sources)
        robot = robot_for(self.robot, files)
        motions, rejected = load_clips(files, robot)
        motions = at_fps(motions, self.fps)
        check_one_kind(motions, str(self.output))
        paths = write_motion_lib(
            self.output,
            robot,
            clips_of_motions(motions, velocity_rule="forward_min3"),
            velocity_rule="forward_min3",
            layout=self.layout,
            shards=self.shards,
            progress=True,
        )
        seconds = sum(motion.seconds for motion in motions)
        where = ", ".join(str(path) for path in paths)
        note(f"{counted(len(motions), 'motion')}, {seconds:.1f} s of {robot.name} in {where}")
        return report_rejected(rejected, self.output)

"""`motion synthesize-amass`: human motion as an AMASS folder, without anyone's licence."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from motionlib.errors import MotionError
from motionlib.showing import counted
from pipelines.cli.terminal import note


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizeAmass:
    """Make human motion and write it as an AMASS download lies on disk.

    Walking, running, turning, squats, waves, jumps, sitting down and standing, in SMPL joint
    coordinates, SMPL+H and SMPL-X files, in datasets of all three splits. The same seed gives the
    same files.
    """

    output: Path
    """Folder to write to; what is in it stays."""
    clips: int = 100
    """Number of recordings."""
    seed: int = 0
    """Seed of everything random."""
    seconds: tuple[float, float] = (6.0, 264.0)
    """Median and longest length, s; as in AMASS if left out."""
    rates: tuple[float, ...] = ()
    """Frames a second, all alike; AMASS's mixture of 120, 100, 60 and 250 if left out."""
    actions: tuple[str, ...] = ()
    """Actions to make, such as walk run squat; all of them if left out."""
    robot: str = "smpl"
    """Humanoid whose feet stand on the ground: name, or path of a robot.yaml."""
    processes: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 0
    """Processes that write at once; this one alone if 0."""
    bad: bool = False
    """Add one broken file of each kind, to see what becomes of them."""

    def run(self) -> int:
        """Write the folder."""
        from motionlib.robots.files import load_robot
        from motionlib.synthesis.amass_folder import write_amass_folder
        from motionlib.synthesis.amass_plan import AMASS_RATES

        robot = load_robot(self.robot)
        try:
            paths = write_amass_folder(
                self.output,
                clips=self.clips,
                seed=self.seed,
                robot=robot,
                seconds=self.seconds,
                rates=self.rates or AMASS_RATES,
                actions=self.actions,
                bad=self.bad,
                processes=self.processes,
            )
        except ValueError as error:
            raise MotionError(str(error)) from error
        broken = len(paths) - self.clips
        also = f" and {counted(broken, 'broken file')}" if broken else ""
        note(f"{counted(self.clips, 'clip')}{also} in {self.output}")
        return 0

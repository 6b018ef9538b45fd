"""`motion retarget init`: a pair proposed for a robot that nobody configured."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.cli.terminal import note


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetInit:
    """Propose the yaml that says which body of a robot is which of a human.

    Feet, hands and head come from the robot's yaml; knees, elbows, hips and shoulders from its tree
    and its joints' axes; the pose in which it stands as the human does from both skeletons. Read
    the proposal, then give it to `motion retarget` as --pair.
    """

    robot: str
    """The robot: a name (see `motion robot list`) or the path of a robot.yaml."""
    source: str = "smpl"
    """The skeleton that motions are on: smpl, smplx, or the path of one built from a body model."""
    output: Path | None = None
    """File to write; <source>_to_<robot>.yaml here if left out."""
    force: bool = False
    """Overwrite a file that is there."""

    def run(self) -> int:
        """Propose, write, and read back."""
        from motionlib.errors import MotionError
        from motionlib.files import write_text
        from motionlib.robots.files import load_robot
        from retarget.pairs.checks import check_source
        from retarget.pairs.files import load_pair
        from retarget.pairs.proposal import propose_pair

        source, target = load_robot(self.source), load_robot(self.robot)
        path = self.output or Path(f"{source.name}_to_{target.name}.yaml")
        if path.exists() and not self.force:
            raise MotionError(
                f"{path}: is there already; name another --output, or overwrite it with --force"
            )
        write_text(path, propose_pair(source, target))
        pair = load_pair(source.name, target, path)
        check_source(pair, source, target)
        asked = sum(bool(point.position or point.orientation) for point in pair.keypoints)
        print(f"{path}: {asked} keypoints, {len(pair.matching_pose)} joints in the matching pose")
        for doubt in pair.doubts:
            note(f"  not sure: {doubt}")
        note(f"read it, then: motion retarget SRC --robot {self.robot} --pair {path} --output DIR")
        return 0

"""`motion synthesize`: walking references for a biped, made from commands."""

from dataclasses import dataclass, replace
from pathlib import Path

from tyro.conf import Positional

from motionlib.errors import MotionError
from pipelines.cli.terminal import Rejected, note, report_rejected

Range = tuple[float, float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesize:
    """Synthesize walking references for a grid of commands, as a reference-motion .pkl.

    Each axis is given as MIN MAX COUNT. Commands that the legs cannot follow are left out, with
    their reasons in reports/; standing (0, 0, 0) is always part of the grid.
    """

    robot: Positional[str]
    """A biped: name (see `motion robot list`) or path of a robot.yaml."""
    output: Path
    """The .pkl to write."""
    dx: Range = (-0.09, 0.09, 7)
    """Speeds forwards, m/s."""
    dy: Range = (-0.06, 0.06, 5)
    """Speeds to the left, m/s."""
    dtheta: Range = (-0.9, 0.9, 7)
    """Turning rates counter-clockwise, rad/s."""
    period: float | None = None
    """Seconds for a step of either foot; fitting the robot's legs if left out."""
    lift: float | None = None
    """Lift of the swinging sole, m; fitting the robot's legs if left out."""

    def run(self) -> int:
        """Synthesize; 1 if any command was out of reach."""
        from motionlib.formats.polynomial import save_polynomials
        from motionlib.robots.files import load_robot
        from motionlib.synthesis.gait import default_shape, synthesize_references, with_period

        robot = load_robot(self.robot)
        shape = default_shape(robot)
        if self.period is not None:
            shape = with_period(shape, self.period)
        if self.lift is not None:
            shape = replace(shape, lift=self.lift)
        dx, dy, dtheta = (_values(each) for each in (self.dx, self.dy, self.dtheta))
        motions, missed = synthesize_references(robot, dx=dx, dy=dy, dtheta=dtheta, shape=shape)
        if not motions:
            raise MotionError(f"{robot.name}: no command of the grid is in reach; narrow the grid")
        save_polynomials(self.output, motions, robot)
        count = len(motions) + len(missed)
        note(f"{len(motions)} of {count} walking references of {robot.name} in {self.output}")
        rejected = [
            Rejected(name="_".join(f"{v:g}" for v in each.command), reason=each.reason)
            for each in missed
        ]
        return report_rejected(rejected, self.output)


def _values(axis: Range) -> list[float]:
    """MIN MAX COUNT as values; 0 is added if the grid passes it by."""
    low, high, count = axis
    if count < 1 or low > high or (count == 1 and low != high):
        raise MotionError(
            f"{low:g} {high:g} {count}: expected MIN MAX COUNT with MIN <= MAX and enough values"
        )
    step = (high - low) / max(count - 1, 1)
    # rounded, so that a name says 0.05 and not 0.05000000000000002
    return sorted({round(low + step * index, 9) + 0.0 for index in range(count)} | {0.0})

"""The entry point of this room: a motion on a source skeleton in, a motion on a robot out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, get_args

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from motionlib.errors import MotionError, RobotError, nearest_names
from motionlib.motion import Motion
from motionlib.resampling import resample_motion
from motionlib.robot import Robot
from motionlib.rotations import quat_unroll
from retarget.backends.mink import MinkBackEnd
from retarget.backends.pyroki import PyrokiBackEnd
from retarget.pairs.checks import check_source
from retarget.pairs.files import load_pair
from retarget.pairs.pair import UNSURE, Pair
from retarget.settings import Method, RetargetSettings
from retarget.solver.native import Solver, Trajectory
from retarget.targets import Correspondence, Goal


class BackEnd(Protocol):
    """What solves a goal for one robot and pair."""

    def solve(self, goal: Goal) -> Trajectory:
        """The robot's trajectory, on exactly the goal's frames."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retargeted:
    """One clip on its robot, with what was asked for: quality is measured against it."""

    motion: Motion
    goal: Goal
    iterations: int
    source: Motion | None = None
    """The clip on its own skeleton, at the result's rate."""
    notes: tuple[str, ...] = ()
    """What people should know: a ground that was moved, feet that never touch it."""


class Retargeter:
    """Retargets motions of one source skeleton onto one robot."""

    def __init__(
        self,
        source: Robot,
        target: Robot,
        settings: RetargetSettings | None = None,
        *,
        pair: Pair | None = None,
    ) -> None:
        self.source, self.target = source, target
        self.settings = settings or RetargetSettings()
        path = Path(self.settings.pair).expanduser() if self.settings.pair else None
        self.pair = pair or load_pair(source.name, target, path)
        check_source(self.pair, source, target)
        self._correspondence = Correspondence(source, target, self.pair)
        self._back_end = self._open()

    def retarget(self, motion: Motion) -> Retargeted:
        """One clip, whole, at its own rate or at the asked one.

        Raises:
            MotionError: The clip belongs to another skeleton, or cannot be solved.
        """
        if motion.robot.semantic_sha256 != self.source.semantic_sha256:
            raise RobotError(
                f"{motion.name}: is on {motion.robot.name}, expected {self.source.name}"
            )
        if self.settings.fps:
            motion = resample_motion(motion, self.settings.fps)
        goal = self._correspondence.goal(motion, self.settings.contacts)
        solution = self._back_end.solve(goal)
        if not all(np.isfinite(each).all() for each in solution[:3]):
            raise MotionError(f"{motion.name}: the solution is not finite")
        return Retargeted(
            motion=self._motion(motion, goal, solution),
            goal=goal,
            iterations=solution.iterations,
            source=motion,
            notes=(*_notes(goal), *(f"{UNSURE}{doubt}" for doubt in self.pair.doubts)),
        )

    def _open(self) -> BackEnd:
        parts = self.target, self.pair, self.settings.solver
        if self.settings.method == "mink":
            return MinkBackEnd(*parts)
        if self.settings.method == "pyroki":
            return PyrokiBackEnd(*parts)
        if self.settings.method == "native":
            return Solver(*parts)
        raise ValueError(
            f"method {self.settings.method!r}; "
            f"{nearest_names(self.settings.method, get_args(Method))}"
        )

    def _motion(self, motion: Motion, goal: Goal, solution: Trajectory) -> Motion:
        quats = Rotation.from_matrix(solution.root_rot).as_quat(scalar_first=True)
        step = f"retargeted from {self.source.name} to {self.target.name} by {self.settings.method}"
        return Motion(
            name=motion.name,
            robot=self.target,
            fps=motion.fps,
            root_pos=torch.as_tensor(solution.root_pos).float(),
            root_quat_wxyz=quat_unroll(torch.as_tensor(quats)).float(),
            dof_pos=torch.as_tensor(solution.dof_pos).float(),
            foot_contact=torch.as_tensor(goal.contact.any(-1)),
            provenance=motion.provenance.then(step),
            weight=motion.weight,
        )


def _notes(goal: Goal) -> tuple[str, ...]:
    notes = []
    if abs(goal.ground) > 0.02:
        notes.append(f"the floor lay at {goal.ground:.3f} m and was moved to 0")
    if not goal.contact.any():
        notes.append("no foot ever touches the ground")
    return tuple(notes)

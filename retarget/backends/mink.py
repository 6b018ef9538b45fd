"""The per-frame baseline: differential inverse kinematics with mink, set up as GMR does it.

Two passes a frame of at most eleven quadratic programs each, hinge limits as constraints, every
frame started from the solution of the last. It knows no contacts, no time, and no clip: what the
trajectory solver is measured against.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from motionlib.exponential_map import dofs_from_hinges, hinge_angles
from motionlib.robot import Robot
from motionlib.robots.model import robot_model
from retarget.errors import RetargetError, optional_module
from retarget.pairs.pair import Pair
from retarget.settings import SolverSettings
from retarget.solver.native import Trajectory
from retarget.targets import Goal
from retarget.tree import chain_to, standing

INSTALL = "pip install -e '.[mink]'  (in the checkout)"

_SOLVER, _DAMPING, _LM_DAMPING = "daqp", 0.5, 1.0
_MORE_ITERATIONS = 10
"""Iterations after the first of a pass, while they pay."""
_LEAST_GAIN = 1e-3
"""Fall of the norm of all errors, m and rad, below which a pass ends."""
_SPEED_LIMIT = 3.0 * np.pi
"""rad/s."""


_ROOT = (100.0, 10.0), (100.0, 5.0)
_FOOT = (100.0, 10.0), (100.0, 50.0)
_LIMB = (0.0, 10.0), (10.0, 5.0)
"""Costs of position and orientation in the first pass and in the second."""


class _Frame(NamedTuple):
    """A body that is asked for its pose."""

    keypoint: int
    body: int
    turn: np.ndarray
    """(3, 3) rotation of the body in the frame of the keypoint's body, matching pose."""
    place: np.ndarray
    """(3,) m from the keypoint to the body's origin, frame of the keypoint's body."""


class MinkBackEnd:
    """Solves clips of one robot and pair, one frame after the other."""

    def __init__(
        self,
        robot: Robot,
        pair: Pair,
        settings: SolverSettings | None = None,
        *,
        limit_speed: bool = False,
    ) -> None:
        """Set up the tasks.

        Args:
            robot: Target.
            pair: Tells which keypoints there are; the weights are GMR's.
            settings: Not used: GMR has one recipe.
            limit_speed: Bound every hinge by 3 pi rad/s, which GMR offers as an option.

        Raises:
            RetargetError: mink or its quadratic-program solver is not installed.
        """
        del settings
        self.robot, self.pair = robot, pair
        for name in ("qpsolvers", _SOLVER):
            optional_module(name, method="mink", install=INSTALL)
        self._mink: Any = optional_module("mink", method="mink", install=INSTALL)
        self._model = robot_model(robot, floor=False)
        self._frames = task_frames(robot, pair)
        self._passes = [self._tasks(number) for number in (0, 1)]
        self._limits = [
            self._mink.ConfigurationLimit(self._model, min_distance_from_limits=pair.limit_margin)
        ]
        if limit_speed:
            speeds = dict.fromkeys(robot.dof_names, _SPEED_LIMIT)
            self._limits.append(self._mink.VelocityLimit(self._model, speeds))

    def solve(self, goal: Goal) -> Trajectory:
        """The robot's trajectory for a goal, on exactly its frames.

        Raises:
            RetargetError: A quadratic program has no solution; names the frame.
        """
        configuration = self._mink.Configuration(self._model, q=self._start(goal))
        targets = self._targets(goal)
        frames = len(goal.points)
        qpos, most = np.empty((frames, self._model.nq)), 0
        for frame in range(frames):
            steps = 0
            for tasks in self._passes:
                for task, target in zip(tasks, targets, strict=True):
                    task.set_target(self._mink.SE3(target[frame]))
                try:
                    steps += self._converge(configuration, tasks)
                except self._mink.NoSolutionFound as error:
                    raise RetargetError(f"mink: frame {frame}: {error}") from error
            qpos[frame], most = configuration.q, max(most, steps)
        dofs = dofs_from_hinges(self.robot, torch.as_tensor(qpos[:, 7:])).numpy()
        root_rot = Rotation.from_quat(qpos[:, 3:7], scalar_first=True).as_matrix()
        return Trajectory(qpos[:, :3].copy(), root_rot, dofs, most)

    def _converge(self, configuration: Any, tasks: list[Any]) -> int:
        """One pass of one frame; how many programs were solved."""
        dt = self._model.opt.timestep
        error, steps = _error(configuration, tasks), 0
        while steps <= _MORE_ITERATIONS:
            velocity = self._mink.solve_ik(
                configuration, tasks, dt, _SOLVER, _DAMPING, limits=self._limits
            )
            configuration.integrate_inplace(velocity, dt)
            steps += 1
            before, error = error, _error(configuration, tasks)
            if before - error <= _LEAST_GAIN:
                break
        return steps

    def _start(self, goal: Goal) -> np.ndarray:
        """(Q,) the default joints at the first frame's target of the root."""
        limits = self._model.jnt_range[1:] + np.array([1.0, -1.0]) * self.pair.limit_margin
        angles = hinge_angles(self.robot.default_dof_pos, self.robot.dof_coordinates)
        quat = Rotation.from_matrix(goal.turns[0, 0]).as_quat(scalar_first=True)
        return np.concatenate((goal.points[0, 0], quat, np.clip(angles, *limits.T)))

    def _targets(self, goal: Goal) -> list[np.ndarray]:
        """(T, 7) of each frame: quaternion wxyz and position m."""
        targets = []
        for frame in self._frames:
            turns = goal.turns[:, frame.keypoint]
            quats = Rotation.from_matrix(turns @ frame.turn).as_quat(scalar_first=True)
            place = goal.points[:, frame.keypoint] + turns @ frame.place
            targets.append(np.concatenate((quats, place), axis=-1))
        return targets

    def _tasks(self, number: int) -> list[Any]:
        tasks = []
        for frame in self._frames:
            body = self.robot.body_names[frame.body]
            position, orientation = self._costs(body)[number]
            tasks.append(
                self._mink.FrameTask(
                    frame_name=body,
                    frame_type="body",
                    position_cost=position,
                    orientation_cost=orientation,
                    lm_damping=_LM_DAMPING,
                )
            )
        return tasks

    def _costs(self, body: str) -> tuple[tuple[float, float], tuple[float, float]]:
        if body == self.robot.body_names[0]:
            return _ROOT
        return _FOOT if body in self.robot.foot_bodies else _LIMB


def task_frames(robot: Robot, pair: Pair) -> list[_Frame]:
    """One frame for each body that has a keypoint with a weight on its position.

    A keypoint on the second axis of a joint of three asks its rotation of the third: GMR puts the
    shoulder's task on the G1's yaw link, because the roll link cannot follow the arm's twist.
    """
    pos, rot = _matching_pose(robot, pair)
    bodies = {point.name: robot.body_names.index(point.body) for point in pair.keypoints}
    asked, frames = {}, {}
    for k, point in enumerate(pair.keypoints):
        body = bodies[point.name]
        before = asked.get(point.after, 0)
        asked[point.name] = carrier = _third_axis(robot, pair, point.name, before, bodies)
        if not point.position or body in frames:
            continue
        place = rot[body].T @ (pos[carrier] - pos[body]) - np.array(point.offset)
        frames[body] = _Frame(k, carrier, rot[body].T @ rot[carrier], place)
    return list(frames.values())


def _third_axis(robot: Robot, pair: Pair, name: str, before: int, bodies: dict[str, int]) -> int:
    """Body that has all three axes of a keypoint's joint; its own where that is not cut short."""
    body = bodies[name]
    if _dofs_between(robot, before, body) != 2:
        return body
    for point in pair.keypoints:
        way = chain_to(robot, bodies[point.name])
        if point.after == name and point.position and body in way[:-2]:
            return way[way.index(body) + 1]
    return body


def _dofs_between(robot: Robot, first: int, last: int) -> int:
    """Dofs of the bodies from `first`, left out, to `last`; zero if that is no way down."""
    way = chain_to(robot, last)
    return int(np.isin(robot.dof_bodies, way[way.index(first) + 1 :]).sum()) if first in way else 0


def _matching_pose(robot: Robot, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """(B, 3) m and (B, 3, 3) of the robot as it stands when the source's joints are zero."""
    angles = np.zeros((1, robot.num_dofs))
    for joint, angle in pair.matching_pose.items():
        angles[0, robot.dof_names.index(joint)] = angle
    pos, rot = standing(robot, angles)
    return pos[0], rot[0]


def _error(configuration: Any, tasks: list[Any]) -> float:
    return float(np.linalg.norm(np.concatenate([t.compute_error(configuration) for t in tasks])))

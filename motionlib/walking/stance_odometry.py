"""How the base travels over its stance soles: pitch, path and height recovered from the legs."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from motionlib.contacts import sole_corners
from motionlib.errors import MotionError
from motionlib.kinematics import Kinematics
from motionlib.robot import Robot

_VOTE_HEIGHT = 1e-3
"""m: height above the lowest corner at which a sole corner's say in the odometry falls to 1/e."""
_GROUND_HEIGHT = 2.5e-4
"""m: the same for the height of the base."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeetOverPeriod:
    """Soles at M equidistant phases, in the level frame that travels and turns with the base."""

    corners: np.ndarray
    """(M, F, 4, 3) m."""
    stance: np.ndarray
    """(M, F) bool."""
    pitch: float
    """rad of the base, constant, nose down positive."""
    tilt: np.ndarray
    """(M, F) rad of each sole against the level."""

    def yaw_rate(self, period_s: float) -> float:
        """rad/s: how fast the base turns over its stance soles, in the mean."""
        diagonal = self.corners[:, :, 2, :2] - self.corners[:, :, 0, :2]
        angle = np.unwrap(np.arctan2(diagonal[..., 1], diagonal[..., 0]), axis=0)
        rate = np.gradient(angle, period_s / len(self.corners), axis=0)
        return float(-rate[self.stance].mean())


def feet_over_period(
    robot: Robot, dof_pos: np.ndarray, stance: np.ndarray, *, where: str
) -> FeetOverPeriod:
    """Soles over a period, the base pitched so that the stance soles are level in the mean.

    Args:
        robot: The robot.
        dof_pos: (M, D) rad at M equidistant phases.
        stance: (M, F) bool.
        where: Name of the motion, for the message.

    Raises:
        MotionError: No foot is ever in contact.
    """
    if not stance.any():
        raise MotionError(f"{where}: no foot is ever in contact; expected a walking cycle")
    count = len(dof_pos)
    poses = Kinematics(robot, dtype=torch.float64).forward(
        torch.zeros(count, 3, dtype=torch.float64),
        torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64).expand(count, 4),
        torch.as_tensor(dof_pos),
    )
    corners = sole_corners(robot, poses.body_pos, poses.body_quat_wxyz).numpy()
    normals = _normals(corners)
    mean = normals[stance].mean(axis=0)
    pitch = -math.atan2(mean[0], mean[2])
    cos, sin = math.cos(pitch), math.sin(pitch)
    level = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    tilt = np.arccos(np.clip((normals @ level.T)[..., 2], -1.0, 1.0))
    return FeetOverPeriod(corners=corners @ level.T, stance=stance, pitch=pitch, tilt=tilt)


def _normals(corners: np.ndarray) -> np.ndarray:
    """Unit normals of soles, turned upwards: (M, F, 4, 3) to (M, F, 3)."""
    first = corners[:, :, 1] - corners[:, :, 0]
    second = corners[:, :, 2] - corners[:, :, 0]
    normal = np.cross(first, second)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return normal * np.sign(normal[..., 2:])


class BaseTravel:
    """Path, turn and height of the base over one period and its continuation.

    Every sole corner votes for the velocity that would keep it at rest, the more the nearer it is
    to the ground; the votes are shifted so that their mean over the period is the command.
    """

    def __init__(
        self, feet: FeetOverPeriod, command: tuple[float, float, float], period_s: float
    ) -> None:
        self._turn = command[2] * period_s
        corners, time_step = feet.corners, period_s / len(feet.corners)
        heights = corners[..., 2]
        lowest = heights.min(axis=(1, 2), keepdims=True)
        votes = np.exp(-(heights - lowest) / _VOTE_HEIGHT)
        votes /= votes.sum(axis=(1, 2), keepdims=True)
        moving = (np.roll(corners, -1, axis=0) - np.roll(corners, 1, axis=0)) / (2.0 * time_step)
        turning = command[2] * np.stack((-corners[..., 1], corners[..., 0]), axis=-1)
        relative = moving[..., :2] + turning
        votes_for = -(relative * votes[..., None]).sum(axis=(1, 2))
        self.odometry = votes_for.mean(axis=0)
        """(2,) m/s, mean velocity that the soles alone would give, level body frame."""
        self.velocity = votes_for + np.asarray(command[:2]) - self.odometry
        """(M, 2) m/s, level body frame."""
        self.slip = np.linalg.norm(relative + self.velocity[:, None, None], axis=-1)
        """(M, F, 4) m/s of every sole corner over the ground."""
        # a soft maximum, so that the base does not jerk when the load changes corners
        carried = np.exp(-(heights - lowest) / _GROUND_HEIGHT).sum(axis=(1, 2)) / 4.0
        self.height = _GROUND_HEIGHT * np.log(carried) - lowest[:, 0, 0]
        """(M,) m of the base above the ground."""
        self._path = self._integrate(command[2], time_step)

    def _integrate(self, turn_rate: float, time_step: float) -> np.ndarray:
        """(M + 1, 2) m from the start of the period, world axes of its start."""
        velocity = np.concatenate((self.velocity, self.velocity[:1]))
        world = _rotate(velocity, turn_rate * time_step * np.arange(len(velocity)))
        steps = 0.5 * time_step * (world[1:] + world[:-1])
        return np.concatenate((np.zeros((1, 2)), np.cumsum(steps, axis=0)))

    def at(self, cycle: np.ndarray, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Base position (N, 3) m and yaw (N,) rad after whole cycles (N,) and phases (N,)."""
        starts = np.zeros((int(cycle.max()) + 1, 2))
        for index in range(1, len(starts)):
            step = _rotate(self._path[-1:], np.array([self._turn * (index - 1)]))
            starts[index] = starts[index - 1] + step[0]
        grid = np.linspace(0.0, 1.0, len(self._path))
        local = np.stack([np.interp(phase, grid, self._path[:, axis]) for axis in (0, 1)], axis=1)
        height = np.interp(phase, grid, np.append(self.height, self.height[0]))
        planar = starts[cycle.astype(int)] + _rotate(local, self._turn * cycle)
        return np.column_stack((planar, height)), self._turn * (cycle + phase)


def _rotate(vectors: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(yaw), np.sin(yaw)
    x, y = vectors[:, 0], vectors[:, 1]
    return np.stack((cos * x - sin * y, sin * x + cos * y), axis=-1)

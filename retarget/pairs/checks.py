"""What a pair must hold for the robot and the source that it joins: names, order, limits, sides."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch

from motionlib.errors import RobotError, nearest_names
from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from retarget.pairs.pair import Pair

_SIDE = 0.02
"""m: a body nearer to the middle than this is on neither side."""


def check_target(where: str, pair: Pair, target: Robot) -> None:
    """Whether all that a pair names is there in the robot.

    Args:
        where: File, for messages.
        pair: As read.
        target: Its robot.

    Raises:
        RobotError: An unknown body, joint, keypoint or scale; an angle outside its joint's limits.
    """
    earlier: list[str] = []
    for point in pair.keypoints:
        field = f"{where}: keypoints.{point.name}"
        _known(f"{field}.body", [point.body], target.body_names, target.name)
        if point.after:
            _known(f"{field}.after", [point.after], earlier, "the keypoints above it")
        elif earlier:
            raise RobotError(
                f"{field}: only the first keypoint is the root; say which one it hangs from, "
                f"`after: {earlier[0]}`"
            )
        if point.scale:
            _known(f"{field}.scale", [point.scale], list(pair.scales), "scales")
        earlier.append(point.name)
    _known(f"{where}: matching_pose", pair.matching_pose, target.dof_names, target.name)
    for joint, angle in pair.matching_pose.items():
        low, high = target.dof_limits[target.dof_names.index(joint)]
        if not low - 1e-3 <= angle <= high + 1e-3:
            raise RobotError(
                f"{where}: matching_pose.{joint}: the limits of {target.name} exclude it: expected "
                f"{low:.4f} to {high:.4f} rad, found {angle:g}"
            )
    for pattern in pair.rest_weights:
        if not fnmatch.filter(target.dof_names, pattern):
            _known(f"{where}: rest_weights", [pattern], target.dof_names, target.name)
    for names in pair.self_collision:
        _known(f"{where}: self_collision", names, target.body_names, target.name)
    _limits(where, pair, target)


def check_source(pair: Pair, source: Robot, target: Robot) -> None:
    """Whether a pair fits a source: its bodies, and left on left.

    Raises:
        RobotError: A body that the source does not have; a keypoint that joins a body of one side
            with one of the other.
    """
    where = f"{pair.source}_to_{pair.target}"
    for point in pair.keypoints:
        field = f"{where}: keypoints.{point.name}.source"
        _known(field, [point.source], source.body_names, source.name)
    human, robot = _widths(source, {}), _widths(target, pair.matching_pose)
    for point in pair.keypoints:
        ours = robot[target.body_names.index(point.body)]
        theirs = human[source.body_names.index(point.source)]
        if min(abs(ours), abs(theirs)) > _SIDE and ours * theirs < 0.0:
            raise RobotError(
                f"{where}: keypoints.{point.name}: {point.source} is at y {theirs:.2f} m and "
                f"{point.body} at y {ours:.2f} m: the sides are mirrored; swap left and right, or "
                "turn the robot to look along x"
            )


def _limits(where: str, pair: Pair, target: Robot) -> None:
    low, high = target.dof_limits.T
    for dof in np.flatnonzero(high - low < 2.0 * pair.limit_margin):
        raise RobotError(
            f"{where}: limit_margin: {pair.limit_margin:g} rad leave {target.dof_names[dof]} no "
            f"range, it has {high[dof] - low[dof]:.4f} rad"
        )


def _widths(robot: Robot, pose: Mapping[str, float]) -> np.ndarray:
    """(B,) m: y of the bodies of an upright robot in a pose."""
    angles = torch.zeros(robot.num_dofs, dtype=torch.float64)
    for joint, angle in pose.items():
        angles[robot.dof_names.index(joint)] = angle
    root = torch.zeros(3, dtype=torch.float64), torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    return Kinematics(robot, dtype=torch.float64).forward(*root, angles).body_pos[:, 1].numpy()


def _known(field: str, names: Iterable[str], known: Sequence[str], of: str) -> None:
    for name in names:
        if name not in known:
            raise RobotError(f"{field}: found no {name!r} in {of}; {nearest_names(name, known)}")

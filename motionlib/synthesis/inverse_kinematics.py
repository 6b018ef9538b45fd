"""Inverse kinematics of legs: a flat, turned sole at a place, for many poses at once."""

from dataclasses import dataclass, replace

import numpy as np

from motionlib.errors import RobotError
from motionlib.robot import Robot

_ITERATIONS = 40
_DAMPING = 1e-9
_MAX_STEP = 0.3
"""rad, largest joint change of one iteration."""
_ANGLE_ARM = 0.1
"""m/rad: how much a radian of sole tilt weighs against a metre of misplacement."""
_SOFT_CORNER = 5e-4
"""m: corners within this height of the lowest one carry together."""
_CONVERGED = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leg:
    """Chain from the trunk to one foot; n dofs."""

    foot: str
    dofs: tuple[int, ...]
    """Robot dof indices, trunk first."""
    offset_pos: np.ndarray
    """(L, 3) m of each link in its parent's frame; the last link is the foot."""
    offset_rot: np.ndarray
    """(L, 3, 3)."""
    dof_links: tuple[int, ...]
    """Link that each dof moves."""
    axes: np.ndarray
    """(n, 3) unit, link frame."""
    limits: np.ndarray
    """(n, 2) rad."""
    default: np.ndarray
    """(n,) rad."""
    corners: np.ndarray
    """(4, 3) m of the sole, foot frame."""
    foot_axes: np.ndarray
    """(3, 3) rows forward, left, up of the level sole, foot frame."""
    holds_roll: bool
    """Whether the leg has the dof that keeps the sole from rolling sideways."""


def leg_of(robot: Robot, foot_index: int) -> Leg:
    """The leg of one foot, its sole axes taken from the default pose with a level trunk.

    Raises:
        RobotError: The foot hangs on fewer than five dofs.
    """
    foot = robot.foot_bodies[foot_index]
    path = _path(robot, foot)
    dofs = [d for b in path for d in np.flatnonzero(robot.dof_bodies == b).tolist()]
    if len(dofs) < 5:
        raise RobotError(
            f"robot {robot.name}: foot {foot} hangs on {len(dofs)} dofs, "
            "expected five or six to place a sole"
        )
    sole = next(sole for sole in robot.soles if sole.body == foot)
    leg = Leg(
        foot=foot,
        dofs=tuple(dofs),
        offset_pos=np.asarray(robot.body_offset_pos, dtype=np.float64)[path],
        offset_rot=np.stack([_matrix(robot.body_offset_quat_wxyz[b]) for b in path]),
        dof_links=tuple(path.index(int(robot.dof_bodies[d])) for d in dofs),
        axes=np.asarray(robot.dof_axes, dtype=np.float64)[dofs],
        limits=np.asarray(robot.dof_limits, dtype=np.float64)[dofs],
        default=np.asarray(robot.default_dof_pos, dtype=np.float64)[dofs],
        corners=np.asarray(sole.corners, dtype=np.float64),
        foot_axes=np.eye(3),
        holds_roll=len(dofs) >= 6,
    )
    return _with_foot_axes(leg)


def _path(robot: Robot, foot: str) -> list[int]:
    body, path = robot.body_names.index(foot), []
    while body > 0:
        path.append(body)
        body = int(robot.parents[body])
    return path[::-1]


def _with_foot_axes(leg: Leg) -> Leg:
    _, rotation, _, _ = forward(leg, leg.default[None])
    first, second = leg.corners[1] - leg.corners[0], leg.corners[2] - leg.corners[0]
    up = np.cross(first, second)
    up /= np.linalg.norm(up)
    up *= np.sign((rotation[0] @ up)[2])
    ahead = rotation[0].T @ np.array([1.0, 0.0, 0.0])
    ahead -= up * (up @ ahead)
    ahead /= np.linalg.norm(ahead)
    return replace(leg, foot_axes=np.stack((ahead, np.cross(up, ahead), up)))


def forward(leg: Leg, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pose of the foot and of its joints in the trunk frame.

    Args:
        leg: The leg.
        q: (N, n) rad.

    Returns:
        Foot position (N, 3) m and rotation (N, 3, 3); joint origins (N, n, 3) m and axes
        (N, n, 3).
    """
    count = len(q)
    position, rotation = np.zeros((count, 3)), np.broadcast_to(np.eye(3), (count, 3, 3))
    origins, axes = np.empty((count, len(leg.dofs), 3)), np.empty((count, len(leg.dofs), 3))
    for link in range(len(leg.offset_pos)):
        position = position + rotation @ leg.offset_pos[link]
        rotation = rotation @ leg.offset_rot[link]
        for joint in (j for j, moved in enumerate(leg.dof_links) if moved == link):
            origins[:, joint] = position
            axes[:, joint] = rotation @ leg.axes[joint]
            rotation = rotation @ _hinge(leg.axes[joint], q[:, joint])
    return position, rotation, origins, axes


def sole_of(leg: Leg, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre of the sole with the height of its lowest corners, and its axes.

    Returns:
        (N, 3) m, trunk frame; (N, 3, 3) rows forward, left, up.
    """
    position, rotation, _, _ = forward(leg, q)
    centre, _, _ = _ground_point(leg, position, rotation)
    return centre, leg.foot_axes @ rotation.transpose(0, 2, 1)


def solve_leg(
    leg: Leg, target_pos: np.ndarray, target_yaw: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Joint angles that set the sole down at a place, heading somewhere, not pitched.

    Legs with six dofs keep the sole level; with five it rolls about its length as the leg
    leans, and its lowest corners, not its centre, take the target's height.

    Args:
        leg: The leg.
        target_pos: (N, 3) m, trunk frame, trunk level: centre of the sole, height of its
            lowest corners.
        target_yaw: (N,) rad of the sole's forward axis.

    Returns:
        (N, n) rad within the limits, and (N,) m what is missing to the target (0.1 m a radian).
    """
    q = np.tile(leg.default, (len(target_pos), 1))
    for _ in range(_ITERATIONS):
        error, jacobian = _error(leg, q, target_pos, target_yaw)
        step = _step(jacobian, error)
        # joints that lean on a limit and would go beyond it leave the others to do the work
        pinned = ((q <= leg.limits[:, 0]) & (step > 0)) | ((q >= leg.limits[:, 1]) & (step < 0))
        if pinned.any():
            rows = pinned.any(axis=1)
            step[rows] = _step(jacobian[rows] * ~pinned[rows, None], error[rows])
        step *= np.minimum(1.0, _MAX_STEP / np.maximum(np.abs(step).max(1, keepdims=True), 1e-12))
        moved = np.clip(q - step, leg.limits[:, 0], leg.limits[:, 1])
        change = float(np.abs(moved - q).max(initial=0.0))
        q = moved
        if change < _CONVERGED:
            break
    error, _ = _error(leg, q, target_pos, target_yaw)
    return q, np.linalg.norm(error, axis=1)


def _step(jacobian: np.ndarray, error: np.ndarray) -> np.ndarray:
    transposed = jacobian.transpose(0, 2, 1)
    normal = transposed @ jacobian + _DAMPING * np.eye(jacobian.shape[2])
    return np.linalg.solve(normal, transposed @ error[..., None])[..., 0]


def _error(
    leg: Leg, q: np.ndarray, target_pos: np.ndarray, target_yaw: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (N, 5 or 6) in m and their Jacobian (N, 5 or 6, n)."""
    position, rotation, origins, axes = forward(leg, q)
    centre, lever, middle = _ground_point(leg, position, rotation)
    ahead, left = rotation @ leg.foot_axes[0], rotation @ leg.foot_axes[1]
    cos, sin = np.cos(target_yaw), np.sin(target_yaw)
    # the side-ways part of the forward axis is the sine of the heading error
    aside = cos * ahead[:, 1] - sin * ahead[:, 0]
    rows = [*(centre - target_pos).T, _ANGLE_ARM * ahead[:, 2], _ANGLE_ARM * aside]
    move_middle = np.cross(axes, middle[:, None] - origins)
    move_lever = np.cross(axes, lever[:, None] - origins)
    move_ahead = np.cross(axes, ahead[:, None])
    columns = [
        move_middle[..., 0],
        move_middle[..., 1],
        move_lever[..., 2],
        _ANGLE_ARM * move_ahead[..., 2],
        _ANGLE_ARM * (cos[:, None] * move_ahead[..., 1] - sin[:, None] * move_ahead[..., 0]),
    ]
    if leg.holds_roll:
        rows.append(_ANGLE_ARM * left[:, 2])
        columns.append(_ANGLE_ARM * np.cross(axes, left[:, None])[..., 2])
    return np.stack(rows, axis=1), np.stack(columns, axis=1)


def _ground_point(
    leg: Leg, position: np.ndarray, rotation: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sole centre at the soft height of the lowest corners, their mean place, the true centre."""
    corners = position[:, None] + leg.corners @ rotation.transpose(0, 2, 1)
    lowest = corners[..., 2].min(axis=1, keepdims=True)
    weights = np.exp(-(corners[..., 2] - lowest) / _SOFT_CORNER)
    total = weights.sum(axis=1, keepdims=True)
    lever = (corners * (weights / total)[..., None]).sum(axis=1)
    middle = corners.mean(axis=1)
    height = lowest[:, 0] - _SOFT_CORNER * np.log(total[:, 0] / len(leg.corners))
    return np.column_stack((middle[:, :2], height)), lever, middle


def _matrix(quat_wxyz: np.ndarray) -> np.ndarray:
    w, x, y, z = np.asarray(quat_wxyz, dtype=np.float64) / np.linalg.norm(quat_wxyz)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _hinge(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """(N, 3, 3) rotations about one unit axis, Rodrigues' formula."""
    cross = np.array([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    sin, cos = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.eye(3) + sin * cross + (1.0 - cos) * (cross @ cross)

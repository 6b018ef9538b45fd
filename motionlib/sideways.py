"""Whether a body stands along an axis of its file that is not up: a world on its side."""

import numpy as np

from motionlib.robot import Robot

_STRAIGHT = 0.8
"""Share of the distance from feet to head of the standing body from which a body is straight."""
_ALONG = np.cos(np.radians(25.0))
"""Cosine of the angle up to which a body lies along an axis."""
_ALL = 0.95
"""Share of the frames that stands for all of them."""
_WALK = 0.4
"""m/s of the root of a human's size from which it goes somewhere."""
_PLANTED = 0.4
"""Speed up to which a foot is planted, as a part of the root's."""
_TRAVEL = 0.5
"""m that feet of a human's size go in a walk, or a body rises that does not lie."""
_LOOKS = 0.6
"""Cosine between where a body looks and goes."""
_LEVEL = 0.06
"""m of a human's size by which a floor at 0 may be missed, beside the height of an ankle."""
_TABLE = 0.9
"""m of a human's size: beds and tables that people lie on are lower."""
_HUMAN = 0.93
"""m, height of a human's root to which these lengths belong."""


def sideways_stand_s(
    robot: Robot, fps: float, body_pos: np.ndarray, root_quat_wxyz: np.ndarray
) -> float:
    """How long a body stands along an axis of the file that is not up, s; see the table.

    Args:
        robot: Whose clip; of one whose head is no further from its feet than its root nothing is told.
        fps: Frames a second.
        body_pos: (T, B, 3) m, world, as recorded.
        root_quat_wxyz: (T, 4) unit, x forward.
    """
    feet = [robot.body_names.index(name) for name in robot.foot_bodies]
    head, size = robot.body_names.index(robot.head_body), robot.default_root_height / _HUMAN
    line = body_pos[:, head] - body_pos[:, feet].mean(1)
    length = np.sqrt(np.einsum("ti,ti->t", line, line))
    along = line / np.maximum(length, 1e-9)[:, None]
    signed = np.concatenate((along, -along), axis=1)
    straight = length > _STRAIGHT * _standing_length(robot)
    axis = int(signed.mean(0).argmax())
    if axis == 2 or (signed[:, axis] > _ALONG).mean() < _ALL or straight.mean() < 0.5:
        return 0.0
    level = body_pos[..., axis % 3] * (1.0 if axis < 3 else -1.0)
    walked = _walks(body_pos, root_quat_wxyz, feet, axis=axis % 3, fps=fps, size=size)
    stood = _stands(body_pos, level, axis=axis, size=size) & straight
    return float((walked | stood).sum()) / fps


def _walks(
    body_pos: np.ndarray, quats: np.ndarray, feet: list[int], *, axis: int, fps: float, size: float
) -> np.ndarray:
    """(T,) bool: goes over planted feet across the axis, the way it looks or up and down."""
    frames, flat = len(body_pos), [i for i in range(3) if i != axis]
    root, soles = body_pos[:, 0][:, flat], body_pos[:, feet][..., flat]
    velocity = np.gradient(root, 1.0 / fps, axis=0)
    speed = np.sqrt(np.einsum("ti,ti->t", velocity, velocity))
    slower = np.linalg.norm(np.gradient(soles, 1.0 / fps, axis=0), axis=-1).min(-1)
    moving = (speed > _WALK * size) & (slower < _PLANTED * speed)
    if np.ptp(soles.mean(1), axis=0).max() < _TRAVEL * size:
        return np.zeros(frames, dtype=bool)
    # a body that lies stays as high as the ground: over planted feet it does not rise by half a metre
    rises = axis != 2 and np.ptp(body_pos[:, 0, 2]) > _TRAVEL * size
    w, x, y, z = quats.astype(float).T
    forward = np.stack((1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)), 1)
    looks = np.einsum("ti,ti->t", forward[:, flat], velocity) > _LOOKS * speed
    return moving & (looks | rises)


def _stands(body_pos: np.ndarray, level: np.ndarray, *, axis: int, size: float) -> np.ndarray:
    """(T,) bool: feet stay at 0 of the axis while the body is under 0 or far above it."""
    frames = len(body_pos)
    if axis % 3 == 2:
        return np.zeros(frames, dtype=bool)
    lowest, bottom = level.min(1), body_pos[..., 2].min(1)
    on_axis = (lowest > -_LEVEL * size) & (lowest < 2.0 * _LEVEL * size)
    on_floor = (bottom > -_LEVEL * size) & (bottom < _TABLE * size)
    evident = on_axis.mean() >= _ALL and on_floor.mean() <= 1.0 - _ALL
    return on_axis & ~on_floor if evident else np.zeros(frames, dtype=bool)


def _standing_length(robot: Robot) -> float:
    """Distance of head and feet, m, with all joints at zero."""
    pos = zero_pose(robot)
    feet = [robot.body_names.index(name) for name in robot.foot_bodies]
    line = pos[robot.body_names.index(robot.head_body)] - pos[feet].mean(0)
    return float(np.linalg.norm(line))


def zero_pose(robot: Robot) -> np.ndarray:
    """(B, 3) m, body origins with all joints at zero and the root at its own axes' origin."""
    pos, turns = np.zeros((robot.num_bodies, 3)), np.zeros((robot.num_bodies, 3, 3))
    turns[0] = np.eye(3)
    for body in range(1, robot.num_bodies):
        parent = int(robot.parents[body])
        pos[body] = pos[parent] + turns[parent] @ robot.body_offset_pos[body]
        turns[body] = turns[parent] @ _matrix(robot.body_offset_quat_wxyz[body])
    return pos


def _matrix(quat: np.ndarray) -> np.ndarray:
    w, x, y, z = map(float, quat)
    return np.array((
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ))  # fmt: skip

"""When an episode has failed: errors against thresholds."""

import math

import torch
from torch import Tensor

from training.envs.config import TerminationsConfig
from training.envs.reference import BodySelection, BodyStates

FAILURES = (
    "anchor_height",
    "anchor_tilt",
    "end_height",
    "anchor_distance",
    "anchor_angle",
    "unstable",
)
"""Causes, in the order of the columns of `failures`."""


def up_component(quat_wxyz: Tensor) -> Tensor:
    """Z of the world's up direction in the frames of (..., 4) rotations, 1 when upright."""
    _, x, y, _ = quat_wxyz.unbind(-1)
    return 1.0 - 2.0 * (x.square() + y.square())


def failures(
    reference: BodyStates,
    robot: BodyStates,
    unstable: Tensor,
    *,
    selection: BodySelection,
    config: TerminationsConfig,
) -> Tensor:
    """Which causes apply, (E, causes) bool in the order of `FAILURES`.

    Args:
        reference: (E, N) selected bodies.
        robot: The same bodies of the robots.
        unstable: (E,) bool, the engine gave up on the state.
        selection: Names the anchor's and the end bodies' rows.
        config: Thresholds.
    """
    anchor, ends = selection.anchor, selection.ends
    away = reference.pos - robot.pos
    height = away[..., 2].abs()
    tilt = up_component(reference.quat_wxyz[:, anchor]) - up_component(robot.quat_wxyz[:, anchor])
    # |q · q'| is the cosine of half the angle between two rotations
    half = (reference.quat_wxyz[:, anchor] * robot.quat_wxyz[:, anchor]).sum(-1).abs()
    worst_end = height[:, ends].amax(-1) if len(ends) else torch.zeros_like(tilt)
    columns = (
        height[:, anchor] > config.anchor_height,
        tilt.abs() > config.anchor_tilt,
        worst_end > config.end_height,
        away[:, anchor, :2].square().sum(-1) > config.anchor_distance**2,
        half < _half_cosine(config.anchor_angle),
        unstable,
    )
    return torch.stack(columns, dim=-1)


def _half_cosine(angle: float) -> float:
    return math.cos(angle / 2.0) if angle < math.pi else -1.0

"""What a step logs: means over environments."""

from collections.abc import Sequence

import torch
from torch import Tensor

from training.envs.commands import TrackingErrors
from training.envs.reference import Snapshot


def mean_columns(table: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Means over the rows of (E, N) as 0-dim tensors by name."""
    return dict(zip(names, table.mean(dim=0).unbind(), strict=True))


def error_metrics(errors: TrackingErrors, robot: Snapshot, target: Snapshot) -> dict[str, Tensor]:
    """Tracking errors by BeyondMimic's names, `metric/error_...`.

    Of bodies the mean distance over tracked bodies; of joints the L2 norm over dofs.
    """
    columns = {
        "anchor_pos": errors.anchor_pos,
        "anchor_rot": errors.anchor_ori,
        "anchor_lin_vel": errors.anchor_lin_vel,
        "anchor_ang_vel": errors.anchor_ang_vel,
        "body_pos": errors.body_pos.mean(-1),
        "body_rot": errors.body_ori.mean(-1),
        "body_lin_vel": errors.body_lin_vel.mean(-1),
        "body_ang_vel": errors.body_ang_vel.mean(-1),
        "joint_pos": (robot.dof_pos - target.dof_pos).norm(dim=-1),
        "joint_vel": (robot.dof_vel - target.dof_vel).norm(dim=-1),
    }
    table = torch.stack(tuple(columns.values()), dim=-1)
    return mean_columns(table, [f"metric/error_{name}" for name in columns])

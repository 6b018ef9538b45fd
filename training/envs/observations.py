"""What actor and critic see: tensors in, tensors out."""

import torch
from torch import Tensor

from motionlib.rotations import matrix_from_quat
from training.envs.config import ObservationsConfig
from training.envs.reference import Snapshot


def rotation_columns(quat_wxyz: Tensor) -> Tensor:
    """First two columns of rotation matrices as rows: (..., 4) to (..., 2, 3)."""
    w, x, y, z = quat_wxyz.unbind(-1)
    columns = (
        1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y),
        2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x),
    )  # fmt: skip
    return torch.stack(columns, dim=-1).unflatten(-1, (2, 3))


def in_frame(frame_quat_wxyz: Tensor, vectors: Tensor) -> Tensor:
    """(E, N, 3) world vectors in the axes of (E, 4) frames."""
    return torch.bmm(vectors, matrix_from_quat(frame_quat_wxyz))


def body_frames_in_anchor(
    pos: Tensor, quat_wxyz: Tensor, *, anchor_pos: Tensor, anchor_quat_wxyz: Tensor
) -> tuple[Tensor, Tensor]:
    """Poses of N bodies as a robot's anchor sees them.

    Args:
        pos: (E, N, 3) m, world.
        quat_wxyz: (E, N, 4), world.
        anchor_pos: (E, 3) m, world.
        anchor_quat_wxyz: (E, 4), world.

    Returns:
        (E, N, 3) m, and (E, N, 6): two columns of the relative rotation matrix, row-major 3 × 2.
    """
    count = pos.shape[1]
    columns = rotation_columns(quat_wxyz).flatten(1, 2)
    vectors = torch.cat((pos - anchor_pos.unsqueeze(1), columns), dim=1)
    local = in_frame(anchor_quat_wxyz, vectors)
    columns = local[:, count:].unflatten(1, (count, 2)).transpose(-1, -2)
    return local[:, :count], columns.flatten(2)


def observations(
    robot: Snapshot,
    target: Snapshot,
    *,
    last_action: Tensor,
    default_dof_pos: Tensor,
    anchor: int,
    num_tracked: int,
) -> tuple[Tensor, Tensor]:
    """Noise-free observations in BeyondMimic's order.

    Args:
        robot: E robots.
        target: Their reference at the frame that the next action should reach.
        last_action: (E, D).
        default_dof_pos: (D,) rad.
        anchor: Row of the anchor body.
        num_tracked: K, the tracked bodies come first.

    Returns:
        (E, A) for both: command (dof_pos, dof_vel), anchor position and orientation error in the
        robot's anchor frame, root velocities in the root's frame, dof_pos − default, dof_vel,
        last action. And (E, 9K) for the critic alone: positions and orientations of tracked
        bodies in the anchor's frame.
    """
    own, bodies = slice(anchor, anchor + 1), robot.bodies
    pos, ori = body_frames_in_anchor(
        torch.cat((target.bodies.pos[:, own], bodies.pos[:, :num_tracked]), dim=1),
        torch.cat((target.bodies.quat_wxyz[:, own], bodies.quat_wxyz[:, :num_tracked]), dim=1),
        anchor_pos=bodies.pos[:, anchor],
        anchor_quat_wxyz=bodies.quat_wxyz[:, anchor],
    )
    velocities = torch.stack((bodies.lin_vel[:, 0], bodies.ang_vel[:, 0]), dim=1)
    shared = torch.cat(
        (
            target.dof_pos,
            target.dof_vel,
            pos[:, 0],
            ori[:, 0],
            in_frame(bodies.quat_wxyz[:, 0], velocities).flatten(1),
            robot.dof_pos - default_dof_pos,
            robot.dof_vel,
            last_action,
        ),
        dim=-1,
    )
    return shared, torch.cat((pos[:, 1:].flatten(1), ori[:, 1:].flatten(1)), dim=-1)


class ActorView:
    """Noise and selection that turn the shared observation into the actor's."""

    def __init__(
        self, config: ObservationsConfig, *, num_dofs: int, device: torch.device | str
    ) -> None:
        widths = (
            [0.0] * (2 * num_dofs)
            + [config.anchor_pos] * 3
            + [config.anchor_ori] * 6
            + [config.base_lin_vel] * 3
            + [config.base_ang_vel] * 3
            + [config.joint_pos] * num_dofs
            + [config.joint_vel] * num_dofs
            + [0.0] * num_dofs
        )
        first = 2 * num_dofs
        self._width = torch.tensor(widths, device=device)
        self._noisy = any(widths)
        self._joint_pos = slice(first + 15, first + 15 + num_dofs)
        estimated = {*range(first, first + 3), *range(first + 9, first + 12)}
        kept = [c for c in range(len(widths)) if config.state_estimation or c not in estimated]
        self._kept = torch.tensor(kept, device=device) if len(kept) < len(widths) else None
        self.size = len(kept)
        """Width of the actor's observation."""

    def __call__(
        self, shared: Tensor, joint_bias: Tensor, *, generator: torch.Generator | None
    ) -> Tensor:
        """(E, A) shared and (E, D) rad encoder bias to (E, size); no generator means no noise."""
        seen = shared.clone()
        seen[:, self._joint_pos] += joint_bias
        if self._noisy and generator is not None:
            noise = torch.empty_like(seen).uniform_(-1.0, 1.0, generator=generator)
            seen.addcmul_(noise, self._width)
        return seen if self._kept is None else seen.index_select(1, self._kept)

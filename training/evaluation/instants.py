"""Every measure of one instant, from the robot's state and the reference's."""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.evaluation import metrics
from training.simulators.base import SimState


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredBodies:
    """Body indices that the measures look at."""

    tracked: Tensor
    """(K,) int64."""
    feet: Tensor
    """(F,) int64."""
    anchor: int


def scored_bodies(robot: Robot, *, device: torch.device | str = "cpu") -> ScoredBodies:
    """Indices of a robot's tracked bodies, feet and anchor."""
    index = {name: i for i, name in enumerate(robot.body_names)}
    return ScoredBodies(
        tracked=torch.tensor([index[name] for name in robot.tracked_bodies], device=device),
        feet=torch.tensor([index[name] for name in robot.foot_bodies], device=device),
        anchor=index[robot.anchor_body],
    )


def instant_errors(
    state: SimState, reference: MotionStates, bodies: ScoredBodies
) -> dict[str, Tensor]:
    """Measures of one instant by name, each (E,); see `metrics` for what each does not see."""
    tracked, anchor = bodies.tracked, bodies.anchor
    pos, ref_pos = state.body_pos[:, tracked], reference.body_pos[:, tracked]
    quat, ref_quat = state.body_quat_wxyz[:, tracked], reference.body_quat_wxyz[:, tracked]
    relative_pos, _ = metrics.relative_targets(
        ref_pos,
        ref_quat,
        reference_anchor_pos=reference.body_pos[:, anchor],
        reference_anchor_quat_wxyz=reference.body_quat_wxyz[:, anchor],
        anchor_pos=state.body_pos[:, anchor],
        anchor_quat_wxyz=state.body_quat_wxyz[:, anchor],
    )
    return {
        "body_pos_error": metrics.body_pos_error(pos, ref_pos),
        "body_pos_error_relative": metrics.body_pos_error(pos, relative_pos),
        "root_pos_error": metrics.vector_error(state.body_pos[:, 0], reference.body_pos[:, 0]),
        "root_rot_error": metrics.rotation_error(
            state.body_quat_wxyz[:, 0], reference.body_quat_wxyz[:, 0]
        ),
        "body_rot_error": metrics.rotation_error(quat, ref_quat),
        "joint_error": metrics.joint_error(state.dof_pos, reference.dof_pos),
        "body_lin_vel_error": metrics.vector_error(
            state.body_lin_vel[:, tracked], reference.body_lin_vel[:, tracked]
        ),
        "body_ang_vel_error": metrics.vector_error(
            state.body_ang_vel[:, tracked], reference.body_ang_vel[:, tracked]
        ),
        "dof_vel_error": metrics.joint_error(state.dof_vel, reference.dof_vel),
        "contact_accuracy": metrics.contact_accuracy(
            state.foot_contact, reference.body_contact[:, bodies.feet]
        ),
    }


def posture(state: SimState, reference: MotionStates, anchor: int) -> tuple[Tensor, Tensor]:
    """Tilt against the reference, (E,) rad, and depth of the anchor under its own, (E,) m."""
    leaning = metrics.tilt(state.body_quat_wxyz[:, anchor], reference.body_quat_wxyz[:, anchor])
    return leaning, reference.body_pos[:, anchor, 2] - state.body_pos[:, anchor, 2]


def copy_state(state: SimState) -> SimState:
    """A state that later steps do not overwrite."""
    return replace(state, **{f.name: getattr(state, f.name).clone() for f in fields(state)})


def finite_envs(state: SimState) -> Tensor:
    """(E,) bool: every number of the environment's state is finite."""
    finite = torch.ones_like(state.unstable)
    for field in fields(state):
        values = getattr(state, field.name)
        if values.is_floating_point():
            finite &= torch.isfinite(values).reshape(len(values), -1).all(dim=-1)
    return finite


def hold(state: SimState, previous: SimState, frozen: Tensor) -> SimState:
    """`state`, with the pose of `previous` and no velocity where the (E,) bool `frozen` holds."""
    held: dict[str, Tensor] = {}
    for field in fields(state):
        now, before = getattr(state, field.name), getattr(previous, field.name)
        if field.name.endswith("_vel"):
            before = torch.zeros_like(before)
        mask = frozen.view(-1, *[1] * (now.ndim - 1))
        held[field.name] = torch.where(mask, before, now)
    return replace(state, **held)

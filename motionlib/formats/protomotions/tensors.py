"""Tensors of a packaged MotionLib from states of ours."""

from collections.abc import Sequence

import torch
from torch import Tensor

from motionlib.contacts import label_contacts
from motionlib.formats.protomotions.marker_layout import BodyLayout
from motionlib.frames import local_rotations
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from motionlib.rotations import xyzw_from_wxyz
from motionlib.velocities import VelocityRule, linear_velocity

Row = tuple[tuple[int, ...], torch.dtype]


def frame_rows(robot: Robot, bodies: BodyLayout) -> dict[str, Row]:
    """Shape and dtype of one frame of each state tensor, in the order of the file.

    `lrs`, the rotations to the parent, is there for robots whose dofs are exponential maps.
    """
    count = len(bodies.body_names)
    rows: dict[str, Row] = {
        "gts": ((count, 3), torch.float32),
        "grs": ((count, 4), torch.float32),
        "gvs": ((count, 3), torch.float32),
        "gavs": ((count, 3), torch.float32),
        "dps": ((robot.num_dofs,), torch.float32),
        "dvs": ((robot.num_dofs,), torch.float32),
        "contacts": ((count,), torch.bool),
    }
    if robot.dof_coordinates == "exponential_map":
        rows["lrs"] = ((count, 4), torch.float32)
    return rows


def clip_tensors(
    states: MotionStates, robot: Robot, bodies: BodyLayout, fps: float, rule: VelocityRule
) -> dict[str, Tensor]:
    """Frames of one clip in a layout, as `frame_rows` says.

    Args:
        states: Ours, (T, B, ...), velocities by `rule`.
        robot: Whose states they are.
        bodies: The file's bodies.
        fps: Rate.
        rule: By which the velocities of marker bodies are made.
    """
    tensors = {
        "gts": states.body_pos,
        "grs": xyzw_from_wxyz(states.body_quat_wxyz),
        "gvs": states.body_lin_vel,
        "gavs": states.body_ang_vel,
        "dps": states.dof_pos,
        "dvs": states.dof_vel,
        "contacts": states.body_contact,
    }
    if len(bodies.body_names) != robot.num_bodies:
        tensors |= _with_markers(states, bodies, fps, rule)
    if robot.dof_coordinates == "exponential_map":
        local = local_rotations(states.body_quat_wxyz[:, 0], states.dof_pos)
        tensors["lrs"] = xyzw_from_wxyz(local)
    return tensors


def _with_markers(
    states: MotionStates, bodies: BodyLayout, fps: float, rule: VelocityRule
) -> dict[str, Tensor]:
    native, sources = list(bodies.native), list(bodies.sources)
    positions, quats = bodies.place(states.body_pos.double(), states.body_quat_wxyz.double())
    lin_vel = linear_velocity(positions, fps, rule).float()
    contacts = label_contacts(positions.float(), lin_vel)
    contacts[:, native] = states.body_contact
    lin_vel[:, native] = states.body_lin_vel
    return {
        "gts": positions.float(),
        "grs": xyzw_from_wxyz(quats).float(),
        "gvs": lin_vel,
        "gavs": states.body_ang_vel[:, sources],
        "contacts": contacts,
    }


def motion_tensors(
    counts: Sequence[int], rates: Sequence[float], weights: Sequence[float]
) -> dict[str, Tensor]:
    """The (M,) tables: first frame, frames, seconds a frame, seconds, weight.

    Args:
        counts: Frames of each motion.
        rates: Frames per second of each.
        weights: Sampling weight of each.
    """
    num_frames = torch.tensor(counts, dtype=torch.int64)
    fps = torch.tensor(rates, dtype=torch.float64)
    return {
        "length_starts": num_frames.cumsum(0) - num_frames,
        "motion_num_frames": num_frames,
        "motion_dt": (1.0 / fps).float(),
        "motion_lengths": ((num_frames - 1).double() / fps).float(),
        "motion_weights": torch.tensor(weights, dtype=torch.float32),
    }

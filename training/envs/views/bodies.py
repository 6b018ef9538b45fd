"""Bodies of the robot, as its own frames see them."""

import torch
from torch import Tensor

from training.envs.geometry import body_frames_in_anchor, in_frame
from training.envs.measures.tracking import has_reference, reference
from training.envs.moment import Moment
from training.envs.views.base import view


def seen_from_anchor(now: Moment) -> tuple[Tensor, Tensor]:
    """The reference's anchor, where there is one, then the robot's K tracked bodies.

    (E, 1 + K, 3) m and (E, 1 + K, 6), in the axes of the robot's anchor: one product for all.
    """
    anchor, bodies, tracked = now.facts.anchor, now.robot.bodies, slice(now.facts.num_tracked)
    pos, quat = bodies.pos[:, tracked], bodies.quat_wxyz[:, tracked]
    if has_reference(now):
        wanted, own = reference(now).bodies, slice(anchor, anchor + 1)
        pos = torch.cat((wanted.pos[:, own], pos), dim=1)
        quat = torch.cat((wanted.quat_wxyz[:, own], quat), dim=1)
    return body_frames_in_anchor(
        pos,
        quat,
        anchor_pos=bodies.pos[:, anchor],
        anchor_quat_wxyz=bodies.quat_wxyz[:, anchor],
    )


def root_velocities(now: Moment) -> Tensor:
    """(E, 2, 3) linear and angular velocity of the root in its own frame."""
    bodies = now.robot.bodies
    velocities = torch.stack((bodies.lin_vel[:, 0], bodies.ang_vel[:, 0]), dim=1)
    return in_frame(bodies.quat_wxyz[:, 0], velocities)


@view(unit="m/s")
def root_lin_vel(now: Moment) -> Tensor:
    """(E, 3) of the root, in its own frame."""
    return now.of(root_velocities)[:, 0]


@view(unit="rad/s")
def root_ang_vel(now: Moment) -> Tensor:
    """(E, 3) of the root, in its own frame."""
    return now.of(root_velocities)[:, 1]


@view(unit="m")
def body_pos(now: Moment) -> Tensor:
    """(E, 3K) positions of tracked bodies in the anchor's frame."""
    return now.of(seen_from_anchor)[0][:, -now.facts.num_tracked :].flatten(1)


@view(unit="1")
def body_ori(now: Moment) -> Tensor:
    """(E, 6K) orientations of tracked bodies in the anchor's frame, two columns each."""
    return now.of(seen_from_anchor)[1][:, -now.facts.num_tracked :].flatten(1)

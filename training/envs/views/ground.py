"""The ground about a robot."""

import torch
from torch import Tensor

from training.envs.moment import Moment
from training.envs.views.base import view

_SIDE = 5
_REACH = 0.5
"""Standing heights from the root to the edge of the grid."""


@view(unit="m")
def height_scan(now: Moment) -> Tensor:
    """(E, 25) how far the ground lies under the root, on a grid along the robot's heading."""
    bodies = now.robot.bodies
    w, x, y, z = bodies.quat_wxyz[:, 0].unbind(-1)
    yaw = torch.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)).unsqueeze(-1)
    reach = _REACH * now.facts.standing_height
    line = torch.linspace(-reach, reach, _SIDE, device=yaw.device)
    ahead, left = (part.flatten() for part in torch.meshgrid(line, line, indexing="ij"))
    cos, sin = yaw.cos(), yaw.sin()
    there = torch.stack((cos * ahead - sin * left, sin * ahead + cos * left), dim=-1)
    xy = bodies.pos[:, :1, :2] + there
    return bodies.pos[:, 0, 2:] - now.facts.heights(xy)

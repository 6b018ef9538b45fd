"""The ground about a robot."""

import math
from collections.abc import Callable

import torch

from motionlib.rotations import quat_from_rotvec
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.views import VIEWS


def test_a_slope_is_seen_along_the_heading(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    """The ground rises by .1 m a metre along x."""
    robot = snapshot(0, count=2)
    quat, pos = robot.bodies.quat_wxyz.clone(), robot.bodies.pos.clone()
    quat[:, 0] = quat_from_rotvec(torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, math.pi]]))
    pos[:, 0] = torch.tensor([2.0, 3.0, 1.0])
    now = moment_of(
        robot._replace(bodies=robot.bodies._replace(quat_wxyz=quat, pos=pos)), snapshot(1, count=2)
    )
    found = VIEWS["height_scan"](now).view(2, 5, 5)
    ahead = 1.0 - 0.1 * (2.0 + torch.tensor([-0.5, -0.25, 0.0, 0.25, 0.5]))
    torch.testing.assert_close(found[0], ahead[:, None].expand(5, 5))
    torch.testing.assert_close(found[1], ahead.flip(0)[:, None].expand(5, 5))

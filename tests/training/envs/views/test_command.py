"""The reference as the robot sees it."""

from collections.abc import Callable

import torch

from motionlib.rotations import matrix_from_quat, quat_apply_inverse
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.views import VIEWS


def test_dofs_are_the_reference_s_and_its_anchor_is_seen_from_the_robot_s(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    robot, target = snapshot(0), snapshot(1)
    now = moment_of(robot, target)
    anchor = robot.bodies.quat_wxyz[:, 1]
    ahead = target.bodies.pos[:, 1] - robot.bodies.pos[:, 1]
    relative = matrix_from_quat(anchor).mT @ matrix_from_quat(target.bodies.quat_wxyz[:, 1])
    expected = {
        "target_dof_pos": target.dof_pos,
        "target_dof_vel": target.dof_vel,
        "anchor_pos": quat_apply_inverse(anchor, ahead),
        "anchor_ori": relative[..., :2].flatten(1),
    }
    for name, wanted in expected.items():
        torch.testing.assert_close(VIEWS[name](now), wanted, atol=1e-5, rtol=1e-5, msg=name)

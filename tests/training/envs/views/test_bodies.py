"""Bodies as the robot's own frames see them."""

from collections.abc import Callable

import torch

from motionlib.rotations import matrix_from_quat, quat_apply_inverse
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.views import VIEWS

E, K = 5, 4


def test_the_critic_sees_the_bodies_from_the_anchor(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    robot = snapshot(0)
    now = moment_of(robot, snapshot(1))
    pos, ori = VIEWS["body_pos"](now), VIEWS["body_ori"](now)
    anchor = robot.bodies.quat_wxyz[:, 1:2].expand(-1, K, -1)
    offset = robot.bodies.pos - robot.bodies.pos[:, 1:2]
    torch.testing.assert_close(
        pos.view(E, K, 3), quat_apply_inverse(anchor, offset), atol=1e-5, rtol=1e-5
    )
    relative = matrix_from_quat(anchor).mT @ matrix_from_quat(robot.bodies.quat_wxyz)
    torch.testing.assert_close(
        ori.view(E, K, 6), relative[..., :2].flatten(2), atol=1e-5, rtol=1e-5
    )
    identity = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]).expand(E, 6)
    torch.testing.assert_close(ori.view(E, K, 6)[:, 1], identity, atol=1e-5, rtol=0)


def test_bodies_are_seen_without_a_reference_too(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    class Nothing:
        def take(self, env_ids: torch.Tensor) -> "Nothing":
            return self

    followed = moment_of(snapshot(0), snapshot(1))
    alone = followed.asked(Nothing())
    for name in ("body_pos", "body_ori"):
        torch.testing.assert_close(VIEWS[name](alone), VIEWS[name](followed))


def test_root_velocities_are_in_the_root_s_axes(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    robot = snapshot(0)
    now, root = moment_of(robot, snapshot(1)), robot.bodies.quat_wxyz[:, 0]
    for name, vectors in (
        ("root_lin_vel", robot.bodies.lin_vel),
        ("root_ang_vel", robot.bodies.ang_vel),
    ):
        expected = quat_apply_inverse(root, vectors[:, 0])
        torch.testing.assert_close(VIEWS[name](now), expected, atol=1e-5, rtol=1e-5)

"""Relative targets and errors."""

import math

import torch

from motionlib.rotations import (
    matrix_from_quat,
    quat_angle,
    quat_apply,
    quat_from_rotvec,
    quat_mul,
)
from training.envs.geometry import (
    length,
    relative_targets,
    rotation_columns,
    rotation_distance,
    up_angle,
    up_component,
)
from training.envs.snapshot import BodyStates

HALF = math.sqrt(0.5)


def random_bodies(count: int = 5, bodies: int = 4, seed: int = 0) -> BodyStates:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    quats = draw(count, bodies, 4)
    return BodyStates(
        draw(count, bodies, 3),
        quats / quats.norm(dim=-1, keepdim=True),
        draw(count, bodies, 3),
        draw(count, bodies, 3),
    )


def moved(bodies: BodyStates, *, yaw: float, offset: tuple[float, float, float]) -> BodyStates:
    turn = quat_from_rotvec(torch.tensor([0.0, 0.0, yaw]))
    return bodies._replace(
        pos=quat_apply(turn.expand_as(bodies.quat_wxyz), bodies.pos) + torch.tensor(offset),
        quat_wxyz=quat_mul(turn.expand_as(bodies.quat_wxyz), bodies.quat_wxyz),
    )


def test_place_and_heading_do_not_count() -> None:
    reference = random_bodies()
    robot = moved(reference, yaw=1.3, offset=(3.0, -2.0, 0.0))
    pos, quat = relative_targets(reference, robot, anchor=1)
    torch.testing.assert_close(pos, robot.pos, atol=1e-5, rtol=0)
    assert quat_angle(quat, robot.quat_wxyz).max() < 1e-3


def test_height_counts() -> None:
    reference = random_bodies()
    robot = moved(reference, yaw=-0.4, offset=(0.5, 0.5, 0.2))
    pos, _ = relative_targets(reference, robot, anchor=0)
    expected = torch.tensor([0.0, 0.0, 0.2]).expand_as(pos)
    torch.testing.assert_close(robot.pos - pos, expected, atol=1e-5, rtol=0)


def test_a_case_by_hand() -> None:
    """Reference at the origin facing x, a body 1 m ahead; the robot at (5, 5, 2) faces y."""
    still = torch.zeros(1, 2, 3)
    upright = torch.tensor([[[1.0, 0, 0, 0], [1.0, 0, 0, 0]]])
    reference = BodyStates(torch.tensor([[[0.0, 0, 1], [1.0, 0, 1.5]]]), upright, still, still)
    facing_y = torch.tensor([[[HALF, 0, 0, HALF]]]).repeat(1, 2, 1)
    robot = BodyStates(torch.tensor([[[5.0, 5, 2], [0.0, 0, 0]]]), facing_y, still, still)
    pos, quat = relative_targets(reference, robot, anchor=0)
    torch.testing.assert_close(pos, torch.tensor([[[5.0, 5, 1], [5.0, 6, 1.5]]]))
    torch.testing.assert_close(quat, facing_y)


def test_rotation_distance_is_the_geodesic_angle() -> None:
    a, b = random_bodies(seed=1).quat_wxyz, random_bodies(seed=2).quat_wxyz
    torch.testing.assert_close(rotation_distance(a, b), quat_angle(a, b), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(rotation_distance(a, -b), rotation_distance(a, b))
    tiny = quat_from_rotvec(torch.tensor([1e-4, 0.0, 0.0]))
    identity = torch.tensor([1.0, 0.0, 0.0, 0.0])
    torch.testing.assert_close(
        rotation_distance(identity, tiny), torch.tensor(1e-4), rtol=1e-3, atol=0
    )


def test_lengths_and_angles_have_slopes_at_zero() -> None:
    """An error of nothing pulls nowhere; a root of zero would pull with NaN."""
    vectors = torch.zeros(3, 3, requires_grad=True)
    length(vectors).sum().backward()
    assert vectors.grad is not None
    assert vectors.grad.abs().max() == 0.0
    here = torch.tensor([[1.0, 0.0, 0.0, 0.0], [HALF, 0.0, HALF, 0.0]], requires_grad=True)
    for angle in (rotation_distance, up_angle):
        here.grad = None
        angle(here, here.detach()).sum().backward()
        assert here.grad is not None
        assert here.grad.isfinite().all()


def test_lengths_are_norms() -> None:
    vectors = torch.tensor([[3.0, 4.0, 0.0], [1e-4, 0.0, 0.0]])
    torch.testing.assert_close(length(vectors), torch.tensor([5.0, 1e-4]), rtol=1e-6, atol=0)


def test_yaw_is_no_tilt() -> None:
    turned = quat_from_rotvec(torch.tensor([[0.0, 0.0, 2.0], [math.pi / 2, 0.0, 0.0]]))
    torch.testing.assert_close(up_component(turned), torch.tensor([1.0, 0.0]), atol=1e-6, rtol=0)
    upright = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(2, 1)
    angles = up_angle(turned, upright)
    torch.testing.assert_close(angles, torch.tensor([0.0, math.pi / 2]), atol=1e-6, rtol=0)


def test_rotation_columns_are_those_of_the_matrix() -> None:
    quats = random_bodies(seed=2).quat_wxyz
    torch.testing.assert_close(rotation_columns(quats), matrix_from_quat(quats).mT[..., :2, :])

"""Relative targets and errors."""

import math

import torch

from motionlib.rotations import quat_angle, quat_apply, quat_from_rotvec, quat_mul
from training.envs.commands import relative_targets, rotation_distance, tracking_errors
from training.envs.reference import BodyStates

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
    errors = tracking_errors(reference, robot, anchor=0, num_tracked=2)
    torch.testing.assert_close(errors.anchor_pos, torch.tensor([math.sqrt(51.0)]))
    torch.testing.assert_close(errors.anchor_ori, torch.tensor([math.pi / 2]))
    torch.testing.assert_close(errors.body_pos[0, 0], torch.tensor(1.0))
    torch.testing.assert_close(errors.body_ori, torch.zeros(1, 2))


def test_rotation_distance_is_the_geodesic_angle() -> None:
    a, b = random_bodies(seed=1).quat_wxyz, random_bodies(seed=2).quat_wxyz
    torch.testing.assert_close(rotation_distance(a, b), quat_angle(a, b), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(rotation_distance(a, -b), rotation_distance(a, b))
    tiny = quat_from_rotvec(torch.tensor([1e-4, 0.0, 0.0]))
    identity = torch.tensor([1.0, 0.0, 0.0, 0.0])
    torch.testing.assert_close(
        rotation_distance(identity, tiny), torch.tensor(1e-4), rtol=1e-3, atol=0
    )


def test_errors_vanish_on_the_reference_and_measure_velocities() -> None:
    reference = random_bodies()
    for value in tracking_errors(reference, reference, anchor=2, num_tracked=3):
        assert value.abs().max() < 1e-5
    faster = reference._replace(lin_vel=reference.lin_vel + torch.tensor([0.0, 3.0, 4.0]))
    errors = tracking_errors(reference, faster, anchor=2, num_tracked=3)
    torch.testing.assert_close(errors.body_lin_vel, torch.full((5, 3), 5.0))
    assert errors.body_ang_vel.max() < 1e-6

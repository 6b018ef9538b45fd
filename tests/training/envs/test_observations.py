"""What actor and critic see."""

import torch

from motionlib.rotations import matrix_from_quat, quat_apply_inverse
from training.envs.config import ObservationsConfig
from training.envs.observations import ActorView, observations, rotation_columns
from training.envs.reference import BodyStates, Snapshot

D, K, E = 4, 3, 5


def snapshot(seed: int) -> Snapshot:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    quats = draw(E, K, 4)
    bodies = BodyStates(
        draw(E, K, 3), quats / quats.norm(dim=-1, keepdim=True), draw(E, K, 3), draw(E, K, 3)
    )
    return Snapshot(draw(E, D), draw(E, D), bodies)


def observe() -> tuple[Snapshot, Snapshot, torch.Tensor, torch.Tensor]:
    robot, target = snapshot(0), snapshot(1)
    shared, privileged = observations(
        robot,
        target,
        last_action=torch.arange(E * D).view(E, D).float(),
        default_dof_pos=torch.ones(D),
        anchor=1,
        num_tracked=K,
    )
    return robot, target, shared, privileged


def test_order_and_frames() -> None:
    robot, target, shared, _ = observe()
    parts = shared.split([D, D, 3, 6, 3, 3, D, D, D], dim=-1)
    anchor_quat, root_quat = robot.bodies.quat_wxyz[:, 1], robot.bodies.quat_wxyz[:, 0]
    ahead = target.bodies.pos[:, 1] - robot.bodies.pos[:, 1]
    relative = matrix_from_quat(anchor_quat).mT @ matrix_from_quat(target.bodies.quat_wxyz[:, 1])
    expected = (
        target.dof_pos,
        target.dof_vel,
        quat_apply_inverse(anchor_quat, ahead),
        relative[..., :2].flatten(1),
        quat_apply_inverse(root_quat, robot.bodies.lin_vel[:, 0]),
        quat_apply_inverse(root_quat, robot.bodies.ang_vel[:, 0]),
        robot.dof_pos - 1.0,
        robot.dof_vel,
        torch.arange(E * D).view(E, D).float(),
    )
    for found, wanted in zip(parts, expected, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


def test_the_critic_sees_the_bodies_from_the_anchor() -> None:
    robot, _, _, privileged = observe()
    pos, ori = privileged.split([3 * K, 6 * K], dim=-1)
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


def test_rotation_columns_are_those_of_the_matrix() -> None:
    quats = snapshot(2).bodies.quat_wxyz
    torch.testing.assert_close(rotation_columns(quats), matrix_from_quat(quats).mT[..., :2, :])


def test_noise_stays_in_its_bounds_and_off_what_is_known() -> None:
    config = ObservationsConfig()
    view = ActorView(config, num_dofs=D, device="cpu")
    clean = torch.zeros(20_000, 15 + 5 * D)
    noisy = view(clean, torch.zeros(D), generator=torch.Generator().manual_seed(0))
    bounds = noisy.abs().amax(0).split([2 * D, 3, 6, 3, 3, D, D, D])
    widths = (0.0, 0.25, 0.05, 0.5, 0.2, 0.01, 0.5, 0.0)
    for found, width in zip(bounds, widths, strict=True):
        assert (found <= width).all()
        assert (found >= 0.99 * width).all()
    assert clean.abs().max() == 0.0, "the critic's copy stays clean"


def test_encoder_bias_touches_joint_positions_alone() -> None:
    silent = ObservationsConfig(
        anchor_pos=0, anchor_ori=0, base_lin_vel=0, base_ang_vel=0, joint_pos=0, joint_vel=0
    )
    view = ActorView(silent, num_dofs=D, device="cpu")
    seen = view(torch.zeros(E, 15 + 5 * D), torch.full((E, D), 0.1), generator=None)
    parts = seen.split([2 * D + 15, D, 2 * D], dim=-1)
    assert parts[0].abs().max() == 0.0
    assert (parts[1] == 0.1).all()
    assert parts[2].abs().max() == 0.0


def test_without_state_estimation_position_and_speed_are_unseen() -> None:
    _, _, shared, _ = observe()
    view = ActorView(ObservationsConfig(state_estimation=False), num_dofs=D, device="cpu")
    seen = view(shared, torch.zeros(D), generator=None)
    assert seen.shape[1] == view.size == shared.shape[1] - 6
    parts = shared.split([2 * D, 3, 6, 3, 3 + 3 * D], dim=-1)
    torch.testing.assert_close(seen, torch.cat((parts[0], parts[2], parts[4]), dim=-1))

import math

import pytest
import torch

from motionlib.rotations import quat_from_euler_xyz, quat_mul
from training.evaluation import metrics


def turn(roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> torch.Tensor:
    return quat_from_euler_xyz(
        *(torch.tensor([x], dtype=torch.float64) for x in (roll, pitch, yaw))
    )


def test_body_pos_error_is_the_mean_distance_over_bodies():
    reference = torch.zeros(1, 2, 3)
    body_pos = torch.tensor([[[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]])
    assert metrics.body_pos_error(body_pos, reference).tolist() == [3.0]  # (5 + 1) / 2


def test_relative_targets_forgive_place_and_heading_but_not_height_or_lean():
    reference_pos = torch.tensor([[[1.0, 0.0, 0.5], [2.0, 0.0, 0.5]]], dtype=torch.float64)
    reference_quat = torch.stack([turn(), turn()], dim=1)
    anchor_pos = torch.tensor([[10.0, 5.0, 0.4]], dtype=torch.float64)
    pos, quat = metrics.relative_targets(
        reference_pos,
        reference_quat,
        reference_anchor_pos=reference_pos[:, 0],
        reference_anchor_quat_wxyz=reference_quat[:, 0],
        anchor_pos=anchor_pos,
        anchor_quat_wxyz=turn(roll=0.3, yaw=math.pi / 2),
    )
    # x, y and heading of the robot's anchor, height of the reference's, lean ignored
    expected = torch.tensor([[[10.0, 5.0, 0.5], [10.0, 6.0, 0.5]]], dtype=torch.float64)
    torch.testing.assert_close(pos, expected)
    # yaw alone is passed on; the roll of .3 stays an error
    assert float(metrics.rotation_error(quat[:, 1], turn(yaw=math.pi / 2))) < 1e-6


def test_relative_error_does_not_change_when_the_world_turns():
    torch.manual_seed(0)
    reference = torch.rand(1, 4, 3, dtype=torch.float64)
    quats = torch.nn.functional.normalize(torch.randn(1, 4, 4, dtype=torch.float64), dim=-1)
    body = reference + 0.1 * torch.rand(1, 4, 3, dtype=torch.float64)

    def error(yaw: float) -> float:
        world = turn(yaw=yaw)
        spin = world[:, None].expand(1, 4, 4)
        moved = metrics.quat_apply(spin, body) + torch.tensor([2.0, -1.0, 0.0])
        targets, _ = metrics.relative_targets(
            reference,
            quats,
            reference_anchor_pos=reference[:, 0],
            reference_anchor_quat_wxyz=quats[:, 0],
            anchor_pos=moved[:, 0],
            anchor_quat_wxyz=quat_mul(world, quats[:, 0]),
        )
        return float(metrics.body_pos_error(moved, targets))

    assert error(0.0) > 0.01
    assert error(2.1) == pytest.approx(error(0.0), rel=1e-9)


def test_rotation_error_averages_bodies():
    quats = torch.stack([turn(roll=0.2), turn(yaw=0.4)], dim=1)
    still = torch.stack([turn(), turn()], dim=1)
    assert metrics.rotation_error(quats, still).tolist() == pytest.approx([0.3], abs=1e-6)


def test_joint_error_is_the_mean_absolute_difference():
    assert metrics.joint_error(torch.tensor([[1.0, -2.0]]), torch.zeros(1, 2)).tolist() == [1.5]


def test_contact_accuracy_counts_feet():
    contact = torch.tensor([[True, False], [True, True]])
    reference = torch.tensor([[True, True], [True, True]])
    assert metrics.contact_accuracy(contact, reference).tolist() == [0.5, 1.0]


def test_tilt_sees_lean_and_not_heading():
    assert float(metrics.tilt(turn(yaw=1.0), turn(yaw=-2.0))) == pytest.approx(0.0, abs=1e-9)
    assert float(metrics.tilt(turn(pitch=0.7), turn())) == pytest.approx(0.7, abs=1e-9)
    leaning = metrics.tilt(quat_mul(turn(yaw=2.0), turn(roll=0.5)), turn())
    assert float(leaning) == pytest.approx(0.5, abs=1e-9)


def test_target_rate_is_per_second():
    rate = metrics.target_rate(torch.tensor([[0.1, 0.3]]), torch.zeros(1, 2), 0.02)
    assert rate.tolist() == pytest.approx([10.0])


def test_normalized_jerk_of_a_cubic():
    # x = t³ sampled every second: jerk 6 everywhere, path 27 over a window of 4 frames, 3 s
    body_pos = torch.zeros(4, 1, 3, dtype=torch.float64)
    body_pos[:, 0, 0] = torch.tensor([0.0, 1.0, 8.0, 27.0])
    value = metrics.normalized_jerk(body_pos, 1.0, window_s=4.0, epsilon=0.1)
    assert value.shape == (1, 1)
    assert float(value) == pytest.approx(3.0**5 * 36.0 / (27.0**2 + 0.1))


def test_normalized_jerk_of_a_clip_shorter_than_a_window_is_empty():
    assert metrics.normalized_jerk(torch.zeros(19, 2, 3), 0.02).shape == (0, 2)
    assert metrics.normalized_jerk(torch.zeros(20, 2, 3), 0.02).shape == (1, 2)


def test_a_nan_is_not_hidden():
    broken = torch.tensor([[[math.nan, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    assert math.isnan(float(metrics.body_pos_error(broken, torch.zeros(1, 2, 3))))

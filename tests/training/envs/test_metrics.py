"""Logged means."""

import pytest
import torch

from training.envs.commands import TrackingErrors
from training.envs.metrics import error_metrics, mean_columns
from training.envs.reference import BodyStates, Snapshot


def test_means_are_0_dim_and_named_in_order() -> None:
    found = mean_columns(torch.tensor([[1.0, 2.0], [3.0, 6.0]]), ["a", "b"])
    assert {name: value.item() for name, value in found.items()} == {"a": 2.0, "b": 4.0}
    assert all(value.ndim == 0 for value in found.values())


def test_joint_errors_are_norms_and_body_errors_mean_distances() -> None:
    nothing = BodyStates(*[torch.zeros(1, 1, 3)] * 4)
    robot = Snapshot(torch.tensor([[3.0, 4.0]]), torch.zeros(1, 2), nothing)
    target = Snapshot(torch.zeros(1, 2), torch.zeros(1, 2), nothing)
    many = torch.tensor([[0.1, 0.3]])
    errors = TrackingErrors(*[torch.tensor([0.5])] * 4, *[many] * 4)
    found = error_metrics(errors, robot, target)
    assert found["metric/error_joint_pos"].item() == pytest.approx(5.0)
    assert found["metric/error_body_pos"].item() == pytest.approx(0.2)
    assert found["metric/error_anchor_rot"].item() == pytest.approx(0.5)

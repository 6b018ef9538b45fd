"""Actions about the default pose or the reference."""

import pytest
import torch

from motionlib.robot import Robot
from training.envs.actions import ActionMap
from training.envs.config import ActionConfig


def targets(config: ActionConfig, robot: Robot, *, profile: str = "") -> torch.Tensor:
    mapped = ActionMap(config, robot, profile=profile, device="cpu")
    reference = torch.full((2, robot.num_dofs), 0.3)
    return mapped.targets(torch.full((2, robot.num_dofs), 2.0), reference)


def test_about_the_default_pose_with_the_profile_s_scale(microduck: Robot) -> None:
    pose = torch.as_tensor(microduck.default_dof_pos, dtype=torch.float32)
    expected = (pose + 2.0 * 0.5).expand(2, -1)
    torch.testing.assert_close(targets(ActionConfig(), microduck), expected)
    soft = targets(ActionConfig(), microduck, profile="soft")
    torch.testing.assert_close(soft, (pose + 2.0 * 1.0).expand(2, -1))


def test_about_the_reference_with_an_own_scale(microduck: Robot) -> None:
    found = targets(ActionConfig(base="reference", scale=0.25, gain=0.5), microduck)
    assert found[0, 0].item() == pytest.approx(0.3 + 2.0 * 0.125)
    assert (found == found[0, 0]).all()

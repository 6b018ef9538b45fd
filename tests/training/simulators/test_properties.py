"""What may be drawn for a robot, and what may not."""

import pytest
import torch

from motionlib.robot import Robot
from training.simulators.properties import check_properties, nominal_properties

CPU = torch.device("cpu")


def check(robot: Robot, **values: torch.Tensor) -> None:
    nominal = nominal_properties(robot, 2, device=CPU)
    check_properties(values, nominal, engine="mujoco", decimation=4)


def test_nominal_values_are_the_robots_own(microduck: Robot) -> None:
    nominal = nominal_properties(microduck, 2, device=CPU)
    assert nominal["foot_friction"].tolist() == pytest.approx([microduck.foot_friction] * 2)
    assert nominal["anchor_com_offset"].tolist() == [[0.0] * 3] * 2
    assert nominal["mass_scale"].tolist() == [1.0, 1.0]
    assert nominal["command_delay"].tolist() == [0, 0]
    check(microduck, **nominal)


def test_bounds_are_allowed(microduck: Robot) -> None:
    check(microduck, command_delay=torch.tensor([0, 3]), foot_friction=torch.tensor([0.0, 5.0]))


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("feet_friction", torch.ones(2), "mujoco cannot randomize 'feet_friction'; nearest: foot_"),
        ("foot_friction", torch.ones(3), r"foot_friction has shape \(3,\), expected \(2,\)"),
        ("foot_friction", torch.tensor([1.0, -0.1]), "foot_friction: expected 0.0 to inf, found"),
        ("mass_scale", torch.tensor([1.0, 0.0]), "mass_scale: expected"),
        ("mass_scale", torch.tensor([1.0, torch.nan]), "mass_scale holds a number that is not"),
        ("command_delay", torch.tensor([0, 4]), "command_delay: expected 0 to 3, found 0 to 4"),
        ("command_delay", torch.tensor([-1, 0]), "command_delay: expected 0 to 3, found -1 to 0"),
    ],
)
def test_what_no_robot_can_have_is_refused(
    microduck: Robot, name: str, value: torch.Tensor, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        check(microduck, **{name: value})

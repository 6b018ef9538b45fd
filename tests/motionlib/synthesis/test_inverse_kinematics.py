from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.contacts import sole_corners
from motionlib.errors import RobotError
from motionlib.kinematics import Kinematics
from motionlib.synthesis.inverse_kinematics import leg_of, sole_of, solve_leg


def corners_by_kinematics(robot, leg, foot_index, q):
    dof_pos = np.tile(robot.default_dof_pos, (len(q), 1))
    dof_pos[:, leg.dofs] = q
    origin = torch.zeros(len(q), 3, dtype=torch.float64)
    level = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64).expand(len(q), 4)
    poses = Kinematics(robot, dtype=torch.float64).forward(origin, level, torch.tensor(dof_pos))
    return sole_corners(robot, poses.body_pos, poses.body_quat_wxyz)[:, foot_index].numpy()


@pytest.fixture(params=["microduck", "g1"])
def robot(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("foot", [0, 1])
def test_soles_land_where_they_are_sent(robot, foot):
    leg = leg_of(robot, foot)
    home = sole_of(leg, leg.default[None])[0][0]
    size = -home[2]
    random = np.random.default_rng(0)
    target = home + size * random.uniform((-0.12, -0.1, 0.04), (0.12, 0.1, 0.12), (50, 3))
    yaw = random.uniform(-0.3, 0.3, 50)
    q, error = solve_leg(leg, target, yaw)
    assert error.max() < 1e-6
    assert (q >= leg.limits[:, 0]).all()
    assert (q <= leg.limits[:, 1]).all()
    corners = corners_by_kinematics(robot, leg, foot, q)
    np.testing.assert_allclose(corners.mean(axis=1)[:, :2], target[:, :2], atol=1e-6)
    # "lowest" is soft by less than a millimetre
    np.testing.assert_allclose(corners[..., 2].min(axis=1), target[:, 2], atol=1e-3)
    forward = sole_of(leg, q)[1][:, 0]
    np.testing.assert_allclose(np.arctan2(forward[:, 1], forward[:, 0]), yaw, atol=1e-5)
    np.testing.assert_allclose(forward[:, 2], 0.0, atol=1e-5)


def test_six_dofs_keep_the_sole_level_and_five_let_it_roll(microduck, g1):
    for robot, level in ((g1, True), (microduck, False)):
        leg = leg_of(robot, 0)
        assert leg.holds_roll is level
        home = sole_of(leg, leg.default[None])[0]
        aside = home + np.array([0.0, -0.1, -0.05]) * home[0, 2]
        q, _ = solve_leg(leg, aside, np.zeros(1))
        left = sole_of(leg, q)[1][0, 1]
        assert bool(abs(left[2]) < 1e-5) is level


def test_what_is_out_of_reach_is_told_and_limits_hold(microduck):
    leg = leg_of(microduck, 0)
    home = sole_of(leg, leg.default[None])[0]
    q, error = solve_leg(leg, home + np.array([0.2, 0.0, 0.0]), np.zeros(1))
    assert error[0] > 0.05
    assert (q >= leg.limits[:, 0]).all()
    assert (q <= leg.limits[:, 1]).all()


def test_a_foot_on_too_few_dofs_is_refused(microduck):
    hanging = replace(microduck, foot_bodies=("left_shank", "right_foot"))
    with pytest.raises(RobotError, match="left_shank hangs on 4 dofs"):
        leg_of(hanging, 0)

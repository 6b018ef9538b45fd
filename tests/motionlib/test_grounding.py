"""Vertical placement of clips: on the floor that they stand on."""

from dataclasses import replace

import pytest
import torch

from motionlib.contacts import sole_heights
from motionlib.formats.csv import load_csv
from motionlib.grounding import floor_height, shifted_to_floor
from motionlib.motion import states_from_motion


@pytest.fixture
def standing(make_motion):
    """`standing(robot, height)`: two seconds at ease on a floor of that height."""

    def make(robot, height):
        still = make_motion(robot, frames=100)
        return replace(
            still,
            root_pos=torch.tensor([0.0, 0.0, robot.default_root_height + height]).repeat(100, 1),
            root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(100, 1),
            dof_pos=torch.as_tensor(robot.default_dof_pos).float().repeat(100, 1),
        )

    return make


def lowered(motion, frames, by):
    root_pos = motion.root_pos.clone()
    root_pos[frames, 2] -= by
    return replace(motion, root_pos=root_pos)


@pytest.mark.parametrize("name", ["walk", "jumpjack"])
def test_real_recordings_that_are_right_stay_where_they_are(test_data, g1, name):
    read = [
        load_csv(test_data / "g1_csv" / f"{name}.csv", g1, quat_order="wxyz", floor=floor)
        for floor in ("keep", "shift")
    ]
    assert torch.equal(read[0].root_pos, read[1].root_pos)


def soles(motion):
    states = states_from_motion(motion)
    return sole_heights(motion.robot, states.body_pos, states.body_quat_wxyz)


@pytest.mark.parametrize("height", [-0.2, 0.03, 1.0])
def test_a_floor_that_lies_elsewhere_is_brought_to_the_ground(standing, g1, height):
    before = standing(g1, height)
    assert floor_height(before) == pytest.approx(height, abs=1e-4)
    after = shifted_to_floor(before)
    assert soles(after).amin((1, 2)).abs().max() < 1e-4
    old, new = states_from_motion(before), states_from_motion(after)
    assert torch.allclose(old.body_lin_vel, new.body_lin_vel, atol=1e-4)
    assert torch.equal(before.root_pos[:, :2], after.root_pos[:, :2])
    assert f"moved vertically by {-height:+.4f} m" in after.provenance.steps[-1]


@pytest.mark.parametrize("dip", [0.04, -0.3])
def test_what_dips_or_jumps_for_a_moment_moves_no_clip(standing, g1, dip):
    before = lowered(standing(g1, 0.0), slice(40, 44), dip)
    after = shifted_to_floor(before)
    assert torch.equal(before.root_pos, after.root_pos)
    assert "height kept" in after.provenance.steps[-1]


def test_millimetres_are_left_alone_by_the_size_of_the_robot(standing, g1, microduck):
    for robot, height, moved in ((g1, 0.004, False), (g1, 0.012, True), (microduck, 0.004, True)):
        before = standing(robot, height)
        assert torch.equal(before.root_pos, shifted_to_floor(before).root_pos) != moved


def test_who_lies_with_his_feet_up_does_not_stand_in_the_air(standing, g1):
    """Upside down with the feet in the air, slowly: the floor is where the lowest body is."""
    before = standing(g1, 0.0)
    flipped = replace(before, root_quat_wxyz=torch.tensor([0.0, 1.0, 0.0, 0.0]).repeat(100, 1))
    lowest = float(states_from_motion(flipped).body_pos[..., 2].min())
    assert floor_height(flipped) == pytest.approx(lowest, abs=1e-4)

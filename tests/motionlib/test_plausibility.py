"""What is impossible is refused, what is doubtful is told, what is sound is left alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError
from motionlib.plausibility import DOUBTFUL, doubts_of, measured, plausible
from motionlib.rotations import quat_from_euler_xyz, quat_mul
from motionlib.velocities import dof_velocity


def swinging(make_motion, robot):
    """Half a second of joints that swing about the default pose, at walking speed."""
    motion = make_motion(robot)
    t = torch.arange(motion.num_frames) / motion.fps
    swing = 0.2 * torch.sin(6.0 * t)[:, None]
    root_pos = torch.stack((1.2 * t, 0.0 * t, 0.0 * t + robot.default_root_height), 1)
    dof_pos = torch.as_tensor(robot.default_dof_pos).float() + swing
    return replace(motion, root_pos=root_pos, dof_pos=dof_pos)


def test_a_sound_motion_is_left_alone(g1, make_motion):
    motion = swinging(make_motion, g1)
    rates = dof_velocity(g1, motion.dof_pos, motion.fps, "forward_min3")
    assert plausible(motion, "x", dof_vel=rates).provenance == motion.provenance
    assert doubts_of(motion) == ()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda m: replace(m, dof_pos=torch.rad2deg(m.dof_pos)), "limit_excess_median.*degrees"),
        (lambda m: replace(m, root_pos=m.root_pos * 100.0), "root_speed_held.*centimetres"),
        (lambda m: replace(m, root_pos=m.root_pos * 1000.0), "root_height_ratio.*millimetres"),
        (lambda m: replace(m, fps=m.fps * 200.0), "root_speed_held.*true --fps"),
    ],
)
def test_impossible_motions_are_refused_with_the_likely_cause(g1, make_motion, edit, message):
    with pytest.raises(MotionError, match=rf"f\.csv: cannot be a motion of g1: .*{message}"):
        plausible(edit(swinging(make_motion, g1)), "f.csv")


def test_one_wild_frame_or_joint_is_no_matter_of_units(g1, make_motion):
    motion = swinging(make_motion, g1)
    motion.root_pos[10] += 3.0
    motion.dof_pos[10] += 50.0
    assert measured(motion)["root_speed_held"] < 8.0
    assert measured(motion)["limit_excess_median"] == 0.0


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (
            lambda m: replace(m, root_pos=m.root_pos + torch.tensor([0.0, 0.0, 1.2])),
            "sole_above_ground",
        ),
        (
            lambda m: replace(m, root_pos=m.root_pos - torch.tensor([0.0, 0.0, 0.5])),
            "sole_below_ground",
        ),
        (lambda m: replace(m, root_pos=m.root_pos * 8.0), "root_speed_held"),
        (lambda m: replace(m, dof_pos=m.dof_pos + 1.3 * (torch.arange(29) == 4)), "limit_excess"),
    ],
)
def test_doubts_are_told_by_name(g1, make_motion, edit, name):
    motion = plausible(edit(swinging(make_motion, g1)), "x")
    assert any(each.startswith(DOUBTFUL + name) for each in doubts_of(motion)), doubts_of(motion)


def test_a_world_that_lies_on_its_side_is_doubtful(g1, make_motion):
    motion = swinging(make_motion, g1)
    quarter = quat_from_euler_xyz(*torch.tensor([np.pi / 2, 0.0, 0.0], dtype=torch.float32))
    motion = replace(motion, root_quat_wxyz=quat_mul(quarter, motion.root_quat_wxyz))
    doubts = "".join(doubts_of(plausible(motion, "x", ground=False)))
    assert "root_tilt_median is 1.57 rad" in doubts
    assert "y axis is up" in doubts


def test_a_rate_that_contradicts_velocities(g1, make_motion):
    motion = swinging(make_motion, g1)
    rates = dof_velocity(g1, motion.dof_pos, motion.fps, "central")
    with pytest.raises(MotionError, match=r"rate_ratio is 1\.67.*wrong fps"):
        plausible(motion, "x", dof_vel=rates * 0.6)
    assert "rate_ratio" in doubts_of(plausible(motion, "x", dof_vel=rates * 1.15))[0]
    assert measured(motion, dof_vel=torch.zeros_like(rates))["rate_ratio"] == 1.0
    assert measured(motion, dof_vel=rates.flip(0))["rate_ratio"] == 1.0


def test_exponential_maps_and_single_frames_are_measured_where_they_can_be(smpl, make_motion):
    motion = make_motion(smpl, frames=1)
    assert measured(motion)["limit_excess_median"] == 0.0
    assert "root_speed_held" not in measured(motion)

"""Up axis and unit of a file: found out and said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.human.skeleton.rest_pose import rest_pose_of
from motionlib.human.skeleton.transfer import robot_rest
from motionlib.human.skeleton.tree import Skeleton
from motionlib.human.skeleton.world import UP_ROWS, metres_per_unit, world_up


def skeleton_like(robot, *, units=1.0, world=""):
    offsets = units * robot.body_offset_pos
    offsets[0] = 0.0
    joints = {name: name for name in robot.body_names}
    return Skeleton(
        path=Path("a.bvh"), names=robot.body_names, parents=tuple(robot.parents.tolist()),
        offsets=offsets, end_sites={}, map=SkeletonMap(name="m", joints=joints, world_up=world),
    )  # fmt: skip


def standing(robot, rows):
    """(1, J, 3) the robot at rest in a file whose axes `rows` turn into z up."""
    return robot_rest(robot).body_pos[None] @ torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("axis", UP_ROWS)
def test_every_row_table_is_a_rotation_that_lifts_its_axis(axis):
    rows = np.array(UP_ROWS[axis], dtype=float)
    assert np.linalg.det(rows) == pytest.approx(1.0)
    up = np.zeros(3)
    up["xyz".index(axis[-1])] = -1.0 if axis.startswith("-") else 1.0
    np.testing.assert_array_equal(rows @ up, [0, 0, 1])


def test_who_tells_the_up_axis(smpl):
    skeleton = skeleton_like(smpl)
    rest = rest_pose_of(skeleton)
    assert world_up(skeleton, rest, standing(smpl, UP_ROWS["z"])) == (
        "z", "up axis z: the rest pose and the motion agree")  # fmt: skip
    axis, said = world_up(skeleton, rest, standing(smpl, UP_ROWS["-y"]))
    assert (axis, said) == ("-y", "up axis -y: from the motion, though the rest pose says z")
    mapped = skeleton_like(smpl, world="y")
    assert world_up(mapped, rest, standing(smpl, UP_ROWS["y"]))[1].endswith("the motion agree")


def test_a_motion_that_is_not_upright_tells_nothing(smpl):
    skeleton = skeleton_like(smpl)
    lying = torch.cat([standing(smpl, UP_ROWS[axis]) for axis in ("x", "-x", "y", "-y")])
    axis, said = world_up(skeleton, rest_pose_of(skeleton), lying)
    assert axis == "z"
    assert "the motion is not upright and does not tell" in said


@pytest.mark.parametrize(
    ("units", "said"),
    [(1.0, "unit m:"), (100.0, "unit cm:"), (1000.0, "unit mm:"), (1 / 0.0254, "unit inch:"),
     (0.45 / 0.0254, "unit CMU (0.45 inch):"), (3.0, "unit unknown:"), (0.3, "unit unknown:")],
)  # fmt: skip
def test_the_unit_follows_from_the_legs(smpl, units, said):
    skeleton = skeleton_like(smpl, units=units)
    metres, note = metres_per_unit(skeleton, rest_pose_of(skeleton), smpl, robot_rest(smpl))
    assert metres * units == pytest.approx(1.0)
    assert note.startswith(said)


def test_legs_of_two_lengths_count_alike(smpl):
    skeleton = skeleton_like(smpl)
    offsets = skeleton.offsets.copy()
    offsets[smpl.body_names.index("L_Ankle")] *= 1.5
    uneven = replace(skeleton, offsets=offsets)
    metres, _ = metres_per_unit(uneven, rest_pose_of(uneven), smpl, robot_rest(smpl))
    assert 0.85 < metres < 0.95

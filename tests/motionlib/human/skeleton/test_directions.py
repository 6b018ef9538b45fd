"""What is a direction: lines long enough, feet level enough."""

from pathlib import Path

import numpy as np

from motionlib.human.skeleton.directions import foot_bones, level_bone, size_of, tip_of
from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.human.skeleton.tree import Skeleton

NAMES = ("ankle", "heel", "toe", "toe_end")
OFFSETS = np.array([[0, 0, 0], [-2, 0, -1], [0, 0, -2], [3, 0, 0]], dtype=float)


def foot(*, mapped):
    joints = {"L_Ankle": "ankle"} | ({"L_Toe": "toe"} if mapped else {})
    return Skeleton(
        path=Path("a.bvh"), names=NAMES, parents=(-1, 0, 0, 2), offsets=OFFSETS,
        end_sites={3: (1.0, 0.0, 0.0)}, map=SkeletonMap(name="m", joints=joints),
    )  # fmt: skip


def poses(tree):
    pos = np.zeros((4, 3))
    for index, parent in enumerate(tree.parents[1:], 1):
        pos[index] = pos[parent] + tree.offsets[index]
    return pos, np.tile(np.eye(3), (4, 1, 1))


def test_a_foot_is_followed_from_the_ankle_to_its_tip():
    tree = foot(mapped=True)
    bones = foot_bones(tree, *poses(tree), "L")
    np.testing.assert_allclose(bones, [[0, 0, -2], [3, 0, 0], [1, 0, 0]])


def test_a_bone_ends_between_its_children_or_at_its_end_site():
    tree = foot(mapped=False)
    pos, rotation = poses(tree)
    np.testing.assert_allclose(tip_of(tree, pos, rotation, 0), [-1, 0, -1.5])
    np.testing.assert_allclose(tip_of(tree, pos, rotation, 3), [4, 0, -2])
    np.testing.assert_allclose(tip_of(tree, pos, rotation, 1), pos[1])


def test_the_first_level_bone_says_where_a_foot_points():
    down, ahead = np.array([1e-5, 1e-5, -2.0]), np.array([3.0, 0.3, -1.0])
    np.testing.assert_array_equal(level_bone([down, ahead], 50.0), [3.0, 0.3, 0.0])
    assert level_bone([down], 50.0) is None
    assert level_bone([], 50.0) is None
    # a toe on the ankle, but for rounding
    assert level_bone([np.array([0.0, 1e-5, 0.0])], 50.0) is None


def test_a_size_is_the_diagonal_of_the_box():
    assert size_of(np.array([[0, 0, 0], [3, 0, 0], [3, 4, 0]], dtype=float)) == 5.0

"""Rest poses: standing, facing, and what is refused instead of twisted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.human.skeleton.rest_pose import axis_name, rest_pose_of
from motionlib.human.skeleton.tree import Skeleton

BONES = {
    "Pelvis": ("", (0, 0, 0)), "Chest": ("Pelvis", (0, 4, 0)), "Head": ("Chest", (0, 2, 0)),
    **{
        f"{side}_{body}": (f"{side}_{parent}" if parent in {"Hip", "Knee", "Shoulder", "Elbow"}
                           else parent, (sign * x, y, z))
        for side, sign in (("L", 1), ("R", -1))
        for body, parent, (x, y, z) in (
            ("Hip", "Pelvis", (1, 0, 0)), ("Knee", "Hip", (0, -4, 0)), ("Ankle", "Knee", (0, -4, 0)),
            ("Shoulder", "Chest", (2, 1, 0)), ("Elbow", "Shoulder", (3, 0, 0)),
            ("Wrist", "Elbow", (3, 0, 0)),
        )
    },
}  # fmt: skip
FEET = {"L_Ankle": (0.0, 0.0, 1.0), "R_Ankle": (0.0, 0.0, 1.0)}


def skeleton(*, changes=None, tips=None, rest_pose=None):
    """A stick figure, y up, facing z, joints named as bodies."""
    bones = BONES | {k: (BONES[k][0], v) for k, v in (changes or {}).items()}
    names = tuple(bones)
    tips = FEET if tips is None else tips
    return Skeleton(
        path=Path("a.bvh"),
        names=names,
        parents=tuple(names.index(parent) if parent else -1 for parent, _ in bones.values()),
        offsets=np.array([offset for _, offset in bones.values()], dtype=float),
        end_sites={names.index(name): tip for name, tip in tips.items()},
        map=SkeletonMap(name="m", joints={n: n for n in names}, rest_pose=rest_pose or {}),
    )


def test_axes_of_a_standing_figure():
    rest = rest_pose_of(skeleton())
    np.testing.assert_array_equal(rest.axes, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert (rest.up_name(), rest.notes) == ("y", ())
    # a lean of the spine is no other up axis
    assert rest_pose_of(skeleton(changes={"Chest": (0, 4, 1)})).up_name() == "y"


def test_axis_names():
    assert [axis_name(np.array(v)) for v in ((0, -1, 0), (1, 0, 0))] == ["-y", "x"]
    assert axis_name(np.array([0.6, 0.8, 0.0])) == "oblique"


def test_swapped_sides_are_refused():
    with pytest.raises(MotionError, match=r"swapped.*L_Hip lies on the right"):
        rest_pose_of(skeleton(tips={name: (0, 0, -1) for name in FEET}))
    swapped_hips = {"L_Hip": (-1, 0, 0), "R_Hip": (1, 0, 0)}
    with pytest.raises(MotionError, match="L_Shoulder and L_Hip lie on different sides"):
        rest_pose_of(skeleton(changes=swapped_hips))


def test_without_feet_it_is_said_that_sides_are_not_known():
    assert "feet do not show" in rest_pose_of(skeleton(tips={})).notes[0]


def test_a_folded_figure_needs_its_map():
    folded = {"L_Knee": (0, 4, 0), "R_Knee": (0, 4, 0), "L_Ankle": (0, 4, 0), "R_Ankle": (0, 4, 0)}
    tips = {name: (0.0, 0.0, -1.0) for name in FEET}
    with pytest.raises(MotionError, match=r"expected a T- or A-pose.*rest_pose"):
        rest_pose_of(skeleton(changes=folded, tips=tips))
    turns = {f"{side}_Hip": (("x", 180.0),) for side in "LR"}
    rest = rest_pose_of(skeleton(changes=folded, tips=tips, rest_pose=turns))
    assert "as the joint map says" in rest.notes[0]
    knee = rest.pos[list(BONES).index("L_Knee")]
    np.testing.assert_allclose(knee, [1, -4, 0], atol=1e-12)
    # a file of the same names that stands already is taken as it is
    straight = rest_pose_of(skeleton(rest_pose=turns))
    np.testing.assert_allclose(straight.pos, rest_pose_of(skeleton()).pos)


def test_bones_without_length_are_refused():
    flat = replace(skeleton(), offsets=np.zeros((len(BONES), 3)))
    with pytest.raises(MotionError, match="from the hips to the head is zero"):
        rest_pose_of(flat)


@pytest.mark.parametrize("gap", [0.0, 1e-5])
def test_hips_in_one_place_leave_the_sides_to_the_shoulders(gap):
    hips = {"L_Hip": (0, 0, gap), "R_Hip": (0, 0, -gap)}
    np.testing.assert_array_equal(
        rest_pose_of(skeleton(changes=hips)).axes, [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    )


def test_what_is_no_direction_swaps_no_sides():
    straight_down = {name: (0.0, -1.0, -1e-5) for name in FEET}
    no_foot = {name: (0.0, 0.0, -1e-5) for name in FEET}
    for tips in (straight_down, no_foot):
        assert "feet do not show" in rest_pose_of(skeleton(tips=tips)).notes[0]
    short_arm = {"L_Elbow": (0, 1e-5, 0), "L_Wrist": (0, 0, 0)}
    with pytest.raises(
        MotionError, match=r"a\.bvh: the distance of the left arm is zero or next to it"
    ):
        rest_pose_of(skeleton(changes=short_arm))

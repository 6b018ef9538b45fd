"""A foreign skeleton's tree: joints by the body that they drive."""

from pathlib import Path

import numpy as np

from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.human.skeleton.tree import Skeleton


def test_joints_are_found_by_the_body_that_they_drive():
    tree = Skeleton(
        path=Path("a.bvh"),
        names=("hip", "chest"),
        parents=(-1, 0),
        offsets=np.zeros((2, 3)),
        end_sites={},
        map=SkeletonMap(name="m", joints={"Pelvis": "hip", "Chest": "chest"}),
    )
    assert [tree.joint(body) for body in ("Pelvis", "Chest", "Head")] == [0, 1, None]

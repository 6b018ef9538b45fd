import numpy as np
import pytest

from motionlib.kinematic_tree import joints_between

#        0
#      1   4
#      2   5
#      3
PARENTS = np.array([-1, 0, 1, 2, 0, 4])


@pytest.mark.parametrize(
    ("a", "b", "joints"), [(0, 0, 0), (3, 3, 0), (0, 3, 3), (2, 3, 1), (3, 5, 5), (1, 4, 2)]
)
def test_the_way_is_counted_from_both_ends(a: int, b: int, joints: int) -> None:
    assert joints_between(PARENTS, a, b) == joints
    assert joints_between(PARENTS, b, a) == joints

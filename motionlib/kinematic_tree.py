"""Ways through a robot's tree of bodies."""

import numpy as np


def joints_between(parents: np.ndarray, a: int, b: int) -> int:
    """Joints on the way from one body to another.

    Args:
        parents: (B,) int64 parent of each body, -1 for the root.
        a: A body.
        b: Another, or the same.
    """
    steps = {a: 0}
    while parents[a] >= 0:
        steps[int(parents[a])] = steps[a] + 1
        a = int(parents[a])
    count = 0
    while b not in steps:
        b, count = int(parents[b]), count + 1
    return steps[b] + count

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from motionlib.kernels.segments import squared_gap


def gap(m, u, n, v) -> float:
    return float(
        squared_gap(np.asarray(m, float), *map(float, u), np.asarray(n, float), *map(float, v))
    )


@pytest.mark.parametrize(
    ("m", "u", "n", "v", "expected"),
    [
        ((0, 0, 0), (1, 0, 0), (0, 0, 2), (0, 1, 0), 4.0),  # they cross, two above each other
        ((0, 0, 0), (1, 0, 0), (4, 0, 0), (1, 0, 0), 4.0),  # on one line
        ((0, 0, 0), (1, 0, 0), (0, 3, 0), (1, 0, 0), 9.0),  # side by side
        ((0, 0, 0), (0, 0, 0), (3, 4, 0), (0, 0, 0), 25.0),  # two points
        ((0, 0, 0), (0, 0, 0), (0, 2, 0), (5, 0, 0), 4.0),  # a point and a segment
    ],
)
def test_distances_that_one_sees(m, u, n, v, expected):
    assert gap(m, u, n, v) == pytest.approx(expected)
    assert gap(n, v, m, u) == pytest.approx(expected)


def test_no_pair_of_points_is_nearer():
    draw = np.random.default_rng(3)
    for _ in range(100):
        m, u, n, v = draw.normal(size=(4, 3))
        found = lsq_linear(np.column_stack((u, -v)), n - m, bounds=(-1.0, 1.0), tol=1e-14)
        assert gap(m, u, n, v) == pytest.approx(2.0 * found.cost, rel=1e-6, abs=1e-9)

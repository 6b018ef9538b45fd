"""The ground's heights, by hand and by its triangles."""

import numpy as np
import pytest
import torch

from training.simulators.terrain import FLAT, Ground, Terrain

CPU = torch.device("cpu")


def ground(heights: list[list[float]], extent: tuple[float, float]) -> Ground:
    return Ground(Terrain(heights=np.array(heights), extent=extent), CPU)


def height(of: Ground, x: float, y: float) -> float:
    return float(of.heights(torch.tensor([x, y])))


def test_the_plane_is_at_zero_everywhere() -> None:
    assert FLAT.is_flat
    found = Ground(FLAT, CPU).heights(torch.randn(3, 5, 2))
    assert found.shape == (3, 5)
    assert not found.any()


def test_rows_run_along_y_and_columns_along_x() -> None:
    field = ground([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]], (4.0, 2.0))
    corners = [(-2.0, -1.0), (0.0, -1.0), (2.0, -1.0), (-2.0, 1.0), (0.0, 1.0), (2.0, 1.0)]
    found = [height(field, x, y) for x, y in corners]
    assert found == pytest.approx([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])


def test_a_cell_is_two_triangles_along_its_diagonal() -> None:
    """One corner of a unit cell is raised: the other triangle stays where it was."""
    raised_x = ground([[0.0, 1.0], [0.0, 0.0]], (1.0, 1.0))
    assert height(raised_x, 0.25, -0.25) == pytest.approx(0.5)
    assert height(raised_x, -0.25, 0.25) == 0.0
    raised_y = ground([[0.0, 0.0], [1.0, 0.0]], (1.0, 1.0))
    assert height(raised_y, -0.25, 0.25) == pytest.approx(0.5)
    assert height(raised_y, 0.25, -0.25) == 0.0
    raised_end = ground([[0.0, 0.0], [0.0, 1.0]], (1.0, 1.0))
    # bilinear interpolation would say a quarter here
    assert height(raised_end, 0.0, 0.0) == pytest.approx(0.5)


def test_a_slope_is_exact_between_corners() -> None:
    x, y = np.meshgrid(np.linspace(-2.0, 2.0, 9), np.linspace(-1.0, 1.0, 5))
    slope = Ground(Terrain(heights=0.3 * x - 0.2 * y + 0.1, extent=(4.0, 2.0)), CPU)
    places = torch.rand(200, 2) * torch.tensor([4.0, 2.0]) - torch.tensor([2.0, 1.0])
    expected = 0.3 * places[:, 0] - 0.2 * places[:, 1] + 0.1
    torch.testing.assert_close(slope.heights(places), expected, atol=1e-6, rtol=0)


def test_beyond_the_edge_it_is_the_edge() -> None:
    field = ground([[0.0, 1.0], [2.0, 4.0]], (1.0, 1.0))
    assert height(field, 9.0, 9.0) == pytest.approx(4.0)
    assert height(field, -9.0, 0.0) == pytest.approx(1.0)
    assert height(field, 0.0, -9.0) == pytest.approx(0.5)


def test_no_place_has_no_height() -> None:
    """A robot that broke down is somewhere that is not a number."""
    field = ground([[0.0, 1.0], [2.0, 4.0]], (1.0, 1.0))
    assert np.isnan(height(field, float("nan"), 0.0))


@pytest.mark.parametrize(
    ("heights", "extent", "complaint"),
    [
        ([[0.0, 1.0]], (1.0, 1.0), r"heights has shape \(1, 2\), expected \(rows, columns\)"),
        ([[0.0, np.nan], [0.0, 0.0]], (1.0, 1.0), "heights holds a number that is not finite"),
        ([[0.0, 1.0], [0.0, 0.0]], (1.0, 0.0), r"extent is \(1.0, 0.0\), expected two lengths"),
        ([[0.0, 1.0], [0.0, 0.0]], (np.inf, 1.0), "extent is"),
    ],
)
def test_what_is_no_field_is_refused(
    heights: list, extent: tuple[float, float], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Terrain(heights=np.array(heights), extent=extent)

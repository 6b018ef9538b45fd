"""The ground that a simulator stands its robots on, and how high it is anywhere."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terrain:
    """A plane at height zero, or a height field centred on the world's origin.

    A field's surface is what bodies collide with: each cell is two triangles that meet along the
    diagonal from its low x and y to its high x and y. Beyond its extent there is no ground.
    """

    heights: np.ndarray | None = None
    """(R, C) m, world height of the corners of the cells: rows along y, columns along x, both
    rising. None is the plane."""
    extent: tuple[float, float] = (0.0, 0.0)
    """m, length of the field along x and along y, from its first corner to its last."""

    def __post_init__(self) -> None:
        if self.heights is None:
            return
        if self.heights.ndim != 2 or min(self.heights.shape) < 2:
            raise ValueError(
                f"terrain.heights has shape {self.heights.shape}, expected (rows, columns), "
                "two or more of each"
            )
        if not np.isfinite(self.heights).all():
            raise ValueError("terrain.heights holds a number that is not finite")
        if not (min(self.extent) > 0.0 and max(self.extent) < float("inf")):
            raise ValueError(
                f"terrain.extent is {self.extent}, expected two lengths greater than 0 m"
            )

    @property
    def is_flat(self) -> bool:
        """Whether it is the plane."""
        return self.heights is None


FLAT = Terrain()
"""The plane."""


class Ground:
    """Heights of a terrain on one device."""

    def __init__(self, terrain: Terrain, device: torch.device) -> None:
        self._corners: Tensor | None = None
        if terrain.heights is None:
            return
        rows, columns = terrain.heights.shape
        self._columns = columns
        self._corners = torch.tensor(terrain.heights, dtype=torch.float32, device=device).flatten()
        extent = torch.tensor(terrain.extent, device=device)
        self._cells = torch.tensor([columns - 1.0, rows - 1.0], device=device)
        self._half, self._rate = 0.5 * extent, self._cells / extent

    def heights(self, xy: Tensor) -> Tensor:
        """(..., ) m of the ground at (..., 2) m, world; the edge's own height beyond the edge."""
        if self._corners is None:
            return xy.new_zeros(xy.shape[:-1])
        place = ((xy + self._half) * self._rate).clamp(min=0.0).minimum(self._cells)
        corner = place.floor().minimum(self._cells - 1.0)
        along_x, along_y = (place - corner).unbind(-1)
        # a place that is not a number has a height that is none, and still needs some index
        column, row = corner.nan_to_num().long().unbind(-1)
        low = row * self._columns + column
        beside = low + torch.where(along_y > along_x, self._columns, 1)
        start, turn = self._corners[low], self._corners[beside]
        end = self._corners[low + self._columns + 1]
        far, near = torch.maximum(along_x, along_y), torch.minimum(along_x, along_y)
        return start + far * (turn - start) + near * (end - turn)

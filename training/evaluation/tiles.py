"""How many robots an evaluation computes at once, so that equal motions give equal bits."""

TILE = 128
"""Environments of a tile, used or not.

A tensor operation may give a row other last bits where the tensor has another number of rows: a
matrix product takes other blocks, the end of a vector is computed by other instructions; a fall
makes all of it. With one size the rows of a table are the same bits for any number of
environments, any order of motions and any number of threads.
"""


def tiles_of(robots: int) -> int:
    """Tiles in which at least so many robots have room."""
    return -(-robots // TILE)

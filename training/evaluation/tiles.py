"""How many robots an evaluation computes at once, so that equal motions give equal bits."""

from torch import Tensor

TILE = 128
"""Environments of a tile, used or not.

A tensor operation may give a row other last bits where the tensor has another number of rows: a
matrix product takes other blocks, the end of a vector is computed by other instructions; a fall
makes all of it. With one size the rows of a table are the same bits for any number of
environments, any order of motions and any number of threads.

That holds on one machine. What rounds otherwise on another one is torch: with its vector
instructions switched off, 24 motions of up to 1.8 s, two thirds of them lost or fallen, kept every
verdict and frame of failure; numbers differed by up to 2e-8 of themselves under zero action and
open loop, under a policy by 1e-6 in the median, 7e-5 in 99 of 100 and 2e-4 at most. Over longer
motions differences grow from contact to contact. Another build of MuJoCo was not tried.
"""


def tiles_of(robots: int, num_frames: Tensor) -> int:
    """Tiles that an evaluation uses.

    As many as so many robots need, but none that would end before the longest motion does anyway:
    a tile costs nearly as much for one robot as for all of them.

    Args:
        robots: Environments at most.
        num_frames: (M,) int64 frames of the motions.
    """
    useful = -(-int(num_frames.sum()) // (TILE * int(num_frames.max())))
    return max(1, min(-(-robots // TILE), useful))

"""How many robots an evaluation computes at once, so that equal motions give equal bits."""

TILE = 128
"""Environments of every evaluation, used or not; at most so many robots are simulated at once.

A tensor operation may give a row other last bits where the tensor has another number of rows: a
matrix product takes other blocks, the end of a vector is computed by other instructions. Chaos
makes a fall of that. With one size the rows of a table are the same bits for any number of
environments, any order of motions and any number of threads. They hold for one machine and one
installation: other processors, or other versions of torch and MuJoCo, round otherwise. There the
same motion agrees to about 1e-5 of a measure while the robot follows, and not at all from where
it falls or a contact comes a step later.
"""

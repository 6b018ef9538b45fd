"""Pairs of skeletons: which point of a human is which point of a robot."""

"""Evaluations against each other, motion by motion: intervals, subsets, history, worst motions."""

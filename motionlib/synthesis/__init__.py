"""Generators of reference motions, so that everything runs without licensed data."""

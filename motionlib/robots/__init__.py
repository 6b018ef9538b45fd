"""Robots from their files: yaml and MJCF, checked against each other."""

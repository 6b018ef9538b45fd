"""Readers of human recordings, one for each kind of file."""

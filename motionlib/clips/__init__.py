"""Clips at scale: a folder of recordings, its index, its results by content, and its books."""

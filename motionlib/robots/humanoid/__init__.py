"""Humanoids of the SMPL family: from published proportions, or from a licensed body model."""

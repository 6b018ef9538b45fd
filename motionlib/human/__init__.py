"""Human recordings: from joint rotations at any rate to clips on an SMPL-family robot."""

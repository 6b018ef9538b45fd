"""Full evaluation: every motion once, one row a motion."""

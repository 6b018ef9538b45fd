"""Evaluations: every motion whole, the policy beside its baselines, one row for each."""

GROUP = "evaluations"
ROWS = "per_motion.parquet"

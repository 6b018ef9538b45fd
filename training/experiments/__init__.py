"""Experiments: Python files whose `experiment()` returns one `Experiment`."""

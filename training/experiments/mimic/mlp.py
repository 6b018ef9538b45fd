"""General whole-body tracking with BeyondMimic's task, networks and rates.

Any robot and library: `--robot-name g1 --motion-file library.pt`.
"""

from training.config import Experiment


def experiment() -> Experiment:
    """BeyondMimic's settings are the defaults of every configuration: 512-256-128, 24 steps."""
    return Experiment(name="mimic-mlp", robot="g1", num_envs=4096)

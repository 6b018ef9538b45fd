"""General whole-body tracking with BeyondMimic's task, networks and rates.

Any robot and library: `--motion-file library.pt`, whose robot it takes unless `--robot-name` names
another one, such as a robot of one's own.
"""

from training.config import Experiment


def experiment() -> Experiment:
    """BeyondMimic's settings are the defaults of every configuration: 512-256-128, 24 steps."""
    return Experiment(name="mimic-mlp", num_envs=4096)

"""The MicroDuck's experiment for any robot of its size."""

from dataclasses import replace

from training.config import Experiment
from training.experiments.mimic import microduck


def experiment() -> Experiment:
    """Tolerances and networks of the MicroDuck, the robot of the recipe."""
    return replace(microduck.experiment(), name="small-biped", robot="")

"""Views: (E, n) parts of observations of a moment."""

from training.envs.views import bodies, command, ground, proprioception
from training.envs.views.base import VIEWS

__all__ = ["VIEWS", "bodies", "command", "ground", "proprioception"]

"""Commands: what robots are asked to do."""

from training.envs.commands import motion

__all__ = ["motion"]

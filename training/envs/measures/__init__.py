"""Measures: (E,) numbers of a moment. Rewards, failures, logs and table columns are uses of them."""

from training.envs.measures import contact, effort, joints, tracking
from training.envs.measures.base import MEASURES

__all__ = ["MEASURES", "contact", "effort", "joints", "tracking"]

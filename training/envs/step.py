"""What an environment answers to an action."""

from typing import NamedTuple

from torch import Tensor


class EnvStep(NamedTuple):
    """Outcome of one control step of E environments."""

    obs: dict[str, Tensor]
    """`actor` (E, A) and `critic` (E, C), after resets."""
    reward: Tensor
    """(E,)."""
    terminated: Tensor
    """(E,) bool, failed: nothing more was to be had."""
    truncated: Tensor
    """(E,) bool, ended by time or by the clip's end: its value goes on."""
    truncated_obs: dict[str, Tensor]
    """`critic` (K, C) before the reset, rows of `truncated.nonzero()`; empty if nothing was cut."""
    log: dict[str, Tensor]
    """0-dim: `reward/<term>`, `metric/error_<what>`, `termination/<cause>`, `sampling_*`."""

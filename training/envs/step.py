"""What an environment answers to an action."""

from typing import NamedTuple

from torch import Tensor

from training.envs.moment import Moment


class EnvStep(NamedTuple):
    """Outcome of one control step of E environments."""

    obs: dict[str, Tensor]
    """Group to (E, n) what the next action answers to, after resets."""
    reward: Tensor
    """(E,)."""
    terminated: Tensor
    """(E,) bool, failed: nothing more was to be had."""
    truncated: Tensor
    """(E,) bool, ended by time or by the clip's end: its value goes on."""
    truncated_obs: dict[str, Tensor]
    """Group of `EnvConfig.bootstrap` to (K, n) noise-free observations before the reset, rows of
    `truncated.nonzero()`; empty if nothing was cut."""
    after: dict[str, Tensor]
    """Group with `after_step` to (E, n), before any reset."""
    before: Moment
    """The step's end before the automatic reset, its goal what the step was to reach; valid until
    the next step."""
    log: dict[str, Tensor]
    """0-dim: `reward/<term>`, `metric/<measure>`, `termination/<cause>`, and the command's."""

"""Sections that any recipe may have: under which name it publishes, what it trains, how it evaluates."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactName:
    """The name under which the motions are published."""

    name: str
    entity: str = ""
    """Owner of the artifact; empty takes the registry's own default."""
    project: str = "motions"
    aliases: tuple[str, ...] = ("latest",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Experiment and budget of the policy."""

    experiment: str
    """Experiment file, relative to the recipe's folder."""
    max_steps: int
    """Environment steps, all environments together."""
    num_envs: int = 512
    batch_size: int = 0
    """Samples of a mini-batch; 0 leaves the experiment's own."""
    seed: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Field path to value, the grammar of `--overrides`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The full evaluation and what it must show."""

    num_envs: int = 64
    survive_s: float = 10.0
    """s that every motion must at least be long, so that surviving it says something."""
    relative_ratio: float = 0.7
    """Root-relative body error, policy ÷ zero action, at most, on each motion that moves."""
    global_ratio: float = 0.4
    """Global body error, policy ÷ zero action, at most, on each motion that moves."""
    standing_global: float = 0.03
    """m, global body error at most where the reference stands."""
    standing_relative: float = 0.01
    """m, root-relative body error at most where the reference stands."""
    required: bool = True
    """Whether a policy that misses a bound is an error; a smoke recipe says false and is warned."""

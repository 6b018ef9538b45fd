"""What an agent is made of and how it learns."""

from dataclasses import dataclass
from typing import Literal

from training.values import ConfigError

Activation = Literal["elu", "relu", "silu", "tanh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """A multi-layer perceptron."""

    hidden: tuple[int, ...] = (512, 256, 128)
    """Width of every hidden layer; empty makes a linear map."""
    activation: Activation = "elu"


@dataclass(frozen=True, slots=True, kw_only=True)
class PPOConfig:
    """Proximal policy optimisation; defaults are those of BeyondMimic."""

    actor: NetworkConfig = NetworkConfig()
    critic: NetworkConfig = NetworkConfig()
    normalize_obs: bool = True
    """Whether networks see running-normalised observations."""
    obs_clamp: float = 10.0
    """Bound of a normalised observation, in standard deviations."""
    init_std: float = 1.0
    """Standard deviation of the first actions."""
    learn_std: bool = True
    """Whether the standard deviation, one number for each action, is learned."""
    min_std: float = 0.02
    """Floor under the learned standard deviation."""
    num_steps: int = 24
    """Control steps of every environment between two updates."""
    num_mini_epochs: int = 5
    """Passes over each rollout."""
    num_mini_batches: int = 4
    """Mini-batches of a pass; unused when `batch_size` is set."""
    batch_size: int = 0
    """Samples of a mini-batch; 0 divides the rollout into `num_mini_batches`."""
    gamma: float = 0.99
    """Discount of one control step."""
    gae_lambda: float = 0.95
    clip: float = 0.2
    """Bound of the probability ratio's distance from one, and of the value's change."""
    clip_value: bool = True
    value_coef: float = 1.0
    entropy_coef: float = 0.005
    normalize_advantage: Literal["rollout", "mini_batch", "off"] = "rollout"
    """Over what advantages get mean zero and variance one."""
    learning_rate: float = 1e-3
    schedule: Literal["adaptive", "fixed"] = "adaptive"
    """`adaptive` holds the KL divergence of an update near `desired_kl`."""
    desired_kl: float = 0.01
    min_learning_rate: float = 1e-5
    max_learning_rate: float = 1e-2
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        positive = ("num_steps", "num_mini_epochs", "num_mini_batches", "init_std", "min_std")
        for name in (*positive, "learning_rate", "desired_kl", "max_grad_norm", "clip"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"agent.{name} is {getattr(self, name)}, expected more than 0")
        for name in ("gamma", "gae_lambda"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"agent.{name} is {getattr(self, name)}, expected 0 to 1")
        if self.batch_size < 0:
            raise ConfigError(f"agent.batch_size is {self.batch_size}, expected 0 or more")

"""What an agent is made of and how it learns."""

from dataclasses import dataclass
from typing import Literal

from training.kinds import member_of, open_choice
from training.ranges import Count, Finite, Natural, NonNegative, Positive, Share
from training.values import ConfigError, FieldError, check_fields

Activation = Literal["elu", "relu", "silu", "tanh"]


@open_choice
class AgentConfig:
    """Any agent's settings: a dataclass of its own, found by its `kind` (see `opening.py`)."""

    __slots__ = ()

    def check_samples(self, num_envs: int) -> None:
        """Refuse settings that cannot learn from this many environments.

        Raises:
            ConfigError: Names the field.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """A multi-layer perceptron."""

    hidden: tuple[Count, ...] = (512, 256, 128)
    """Width of every hidden layer; empty makes a linear map."""
    activation: Activation = "elu"

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPolicyConfig(AgentConfig):
    """What every agent says that learns from its own rollouts, each used once."""

    normalize_obs: bool = True
    """Whether networks see running-normalised observations."""
    obs_clamp: Positive = 10.0
    """Bound of a normalised observation, in standard deviations."""
    num_steps: Count = 24
    """Control steps of every environment between two updates."""
    num_mini_epochs: Count = 5
    """Passes over each rollout."""
    num_mini_batches: Count = 4
    """Mini-batches of a pass; unused when `batch_size` is set."""
    batch_size: Natural = 0
    """Samples of a mini-batch; 0 divides the rollout into `num_mini_batches`."""
    learning_rate: Positive = 1e-3
    """Rate of every network that has none of its own."""
    max_grad_norm: Positive = 1.0

    def __post_init__(self) -> None:
        check_fields(self)

    def samples_of_batch(self, num_envs: int) -> int:
        """Samples of a mini-batch where E environments step."""
        return self.batch_size or -(-self.num_steps * num_envs // self.num_mini_batches)


@member_of(AgentConfig)
@dataclass(frozen=True, slots=True, kw_only=True)
class PPOConfig(OnPolicyConfig):
    """Proximal policy optimisation; defaults are those of BeyondMimic."""

    kind: Literal["ppo"] = "ppo"
    actor: NetworkConfig = NetworkConfig()
    critic: NetworkConfig = NetworkConfig()
    init_std: Positive = 1.0
    """Standard deviation of the first actions."""
    learn_std: bool = True
    """Whether the standard deviation, one number for each action, is learned."""
    min_std: Positive = 0.02
    """Floor under the standard deviation."""
    gamma: Share = 0.99
    """Discount of one control step."""
    gae_lambda: Share = 0.95
    clip: Positive = 0.2
    """Bound of the probability ratio's distance from one, and of the value's change."""
    clip_value: bool = True
    value_coef: NonNegative = 1.0
    entropy_coef: Finite = 0.005
    normalize_advantage: Literal["rollout", "mini_batch", "off"] = "rollout"
    """Set over which advantages get mean zero and variance one."""
    schedule: Literal["adaptive", "fixed"] = "adaptive"
    """`adaptive` holds the KL divergence of an update near `desired_kl`."""
    desired_kl: Positive = 0.01
    min_learning_rate: Positive = 1e-5
    max_learning_rate: Positive = 1e-2
    critic_learning_rate: Positive | None = None
    """The critic's own, which stays as it is; None lets it follow the actor's."""

    def __post_init__(self) -> None:
        check_fields(self)
        if self.min_std > self.init_std:
            raise FieldError(self, "min_std", expected=f"at most init_std, {self.init_std}")
        if self.min_learning_rate > self.max_learning_rate:
            most = f"at most max_learning_rate, {self.max_learning_rate}"
            raise FieldError(self, "min_learning_rate", expected=most)

    def check_samples(self, num_envs: int) -> None:
        """Refuse rollouts and mini-batches whose spread is asked for and that have one sample.

        Raises:
            ConfigError: Names the field.
        """
        total = self.num_steps * num_envs
        if total < 2:
            raise ConfigError(
                f"agent.num_steps is {self.num_steps}, expected 2 or more with num_envs "
                f"{num_envs}: returns of a single sample have no spread"
            )
        if self.normalize_advantage == "mini_batch" and self.samples_of_batch(num_envs) < 2:
            field = "batch_size" if self.batch_size else "num_mini_batches"
            raise ConfigError(
                f"agent.{field} is {getattr(self, field)}, expected mini-batches of two samples or "
                f"more out of {total} (num_envs {num_envs} · agent.num_steps {self.num_steps}) "
                "with agent.normalize_advantage mini_batch"
            )

"""What one launch of a training may change: the launchpad's form, with the recipe's own values."""

import copy
from typing import Any, Protocol

import dagster as dg
from pydantic import Field, create_model


class Trained(Protocol):
    """What a training section says that a launch may change."""

    @property
    def seed(self) -> int:
        """Start of everything random."""
        ...

    @property
    def max_steps(self) -> int:
        """Environment steps to train for."""
        ...

    @property
    def num_envs(self) -> int:
        """Robots simulated at once."""
        ...


class PolicyLaunch(dg.Config):
    """What one launch may change of the recipe; untouched it takes the recipe as it is."""

    seed: int = Field(
        ge=0, description="Start of everything random; another seed is another policy."
    )
    max_steps: int = Field(
        gt=0,
        description=(
            "Environment steps to train for, all of a policy's runs together. More than it has "
            "goes on where it stood."
        ),
    )
    num_envs: int = Field(
        gt=0, description="Robots simulated at once; another number is another policy."
    )
    overrides: dict[str, str] = Field(
        default={},
        description=(
            "Fields of the experiment to values, on top of the recipe's own: "
            "{agent.learning_rate: '1e-4'}, as --overrides takes them."
        ),
    )
    retrain: bool = Field(
        default=False,
        description=(
            "Train anew under a new version although nothing but the code changed; the old "
            "policy stays."
        ),
    )


def launch_config(training: Trained) -> type[PolicyLaunch]:
    """The form of one training: its fields have the recipe's values as defaults.

    Args:
        training: Section of the recipe.
    """
    fields: dict[str, Any] = {}
    for name in ("seed", "max_steps", "num_envs"):
        field = copy.copy(PolicyLaunch.model_fields[name])  # with its bounds
        field.default = getattr(training, name)
        fields[name] = (int, field)
    return create_model("PolicyLaunch", __base__=PolicyLaunch, **fields)

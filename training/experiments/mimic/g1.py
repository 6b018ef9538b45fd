"""The G1 follows recordings: what three minutes on two cores can teach, no GPU.

What differs from `mlp.py`: actions as corrections of the reference, a network that a laptop updates
as fast as it simulates, and neither pushes nor the wide starts that only hours of training repay.
"""

from training.agents.config import NetworkConfig, PPOConfig
from training.config import Experiment, SavingConfig
from training.envs.commands.motion import MotionCommandConfig
from training.envs.commands.sampling import SamplingConfig
from training.envs.config import (
    ActionConfig,
    EnvConfig,
    PushConfig,
    RandomizationConfig,
    ResetConfig,
    Spread,
)

_NETWORK = NetworkConfig(hidden=(256, 128))
_RESET = ResetConfig(
    pose=Spread(x=0.02, y=0.02, z=0.01, roll=0.05, pitch=0.05, yaw=0.1),
    velocity=Spread(x=0.1, y=0.1, z=0.1, roll=0.2, pitch=0.2, yaw=0.2),
    joint_pos=0.05,
)


def experiment() -> Experiment:
    """BeyondMimic's rewards, failures and observations."""
    return Experiment(
        name="g1-track",
        robot="g1",
        env=EnvConfig(
            command=MotionCommandConfig(sampling=SamplingConfig(uniform_share=0.5)),
            reset=_RESET,
            push=PushConfig(enabled=False),
            randomization=RandomizationConfig(foot_friction=(0.5, 1.0)),
            action=ActionConfig(base="reference"),
        ),
        agent=PPOConfig(
            actor=_NETWORK,
            critic=_NETWORK,
            init_std=0.4,
            clip_value=False,
            num_mini_epochs=4,
            num_mini_batches=4,
            gamma=0.97,
            entropy_coef=5e-4,
            desired_kl=0.015,
        ),
        saving=SavingConfig(score_every_epochs=40),
        num_envs=256,
        training_max_steps=5_000_000,
    )

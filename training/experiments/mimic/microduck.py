"""The MicroDuck follows walking references: minutes on two cores, no GPU.

What differs from `mlp.py`: tolerances and thresholds that fit a robot of a quarter of a metre,
actions as corrections of the reference, and a network that a laptop updates as fast as it
simulates.
"""

from training.agents.config import NetworkConfig, PPOConfig
from training.config import Experiment, SavingConfig
from training.envs.presets import small_biped_config

_NETWORK = NetworkConfig(hidden=(128, 128))


def experiment() -> Experiment:
    """About five million environment steps reach millimetres of relative error."""
    return Experiment(
        name="microduck-walk",
        robot="microduck",
        env=small_biped_config(),
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
        num_envs=512,
        training_max_steps=5_000_000,
    )

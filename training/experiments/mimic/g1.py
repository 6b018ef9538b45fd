"""The G1 follows recordings: what three minutes on two cores can teach, no GPU.

What differs from `mlp.py`: actions as corrections of the reference, a network that a laptop updates
as fast as it simulates, a critic with a rate of its own (the adaptive one starves it while there are
29 actions to agree about), and neither the pushes nor the wide starts and noise that only hours of
training repay. Recordings of any rate will do; they are resampled to 50 Hz.
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
from training.envs.mimic import mimic_observations, mimic_rewards
from training.envs.terms.rewards import Reward

_NETWORK = NetworkConfig(hidden=(256, 128))
_NOISE = {
    "anchor_pos": 0.02,
    "anchor_ori": 0.05,
    "root_lin_vel": 0.1,
    "root_ang_vel": 0.2,
    "dof_pos": 0.01,
    "dof_vel": 0.5,
}
_RESET = ResetConfig(
    pose=Spread(x=0.02, y=0.02, z=0.01, roll=0.05, pitch=0.05, yaw=0.1),
    velocity=Spread(x=0.1, y=0.1, z=0.1, roll=0.2, pitch=0.2, yaw=0.2),
    joint_pos=0.05,
)


def experiment() -> Experiment:
    """BeyondMimic's task.

    Half a million environment steps, some three minutes on two idle cores, follow the generated
    sample better than open loop does, and do not yet keep the robot upright.
    """
    return Experiment(
        name="g1-track",
        robot="g1",
        env=EnvConfig(
            command=MotionCommandConfig(sampling=SamplingConfig(uniform_share=0.5)),
            reset=_RESET,
            rewards={
                **mimic_rewards(),
                # BeyondMimic's -0.1 outweighs all errors while first actions are still noise
                "action_rate": Reward(measure="action_rate", weight=-0.02),
            },
            observations=mimic_observations(noise=_NOISE),
            push=PushConfig(enabled=False),
            randomization=RandomizationConfig(foot_friction=(0.5, 1.0)),
            action=ActionConfig(base="reference", gain=0.5),
        ),
        agent=PPOConfig(
            actor=_NETWORK,
            critic=_NETWORK,
            init_std=0.5,
            clip_value=False,
            num_mini_epochs=4,
            num_mini_batches=4,
            gamma=0.97,
            entropy_coef=5e-4,
            desired_kl=0.03,
            critic_learning_rate=1e-3,
        ),
        saving=SavingConfig(score_every_epochs=40),
        num_envs=256,
        training_max_steps=5_000_000,
    )

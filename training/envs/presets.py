"""Ready settings of the tracking task for families of robots."""

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
from training.envs.mimic import mimic_observations
from training.envs.terms.rewards import Reward
from training.envs.terms.terminations import Failure


def small_biped_config() -> EnvConfig:
    """Settings with which a biped of a quarter of a metre learns to walk in minutes on two cores.

    Tolerances and thresholds fit the robot's size (its position tolerance is 5 cm, where
    BeyondMimic's 30 cm is more than the whole robot), actions are small corrections of the
    reference, and half of the episodes start anywhere, half where it failed.
    """
    return EnvConfig(
        command=MotionCommandConfig(sampling=SamplingConfig(uniform_share=0.5)),
        rewards={
            "anchor_pos": Reward(measure="anchor_pos_sq", weight=0.5, sigma=0.10),
            "anchor_ori": Reward(measure="anchor_ori_sq", weight=0.5, sigma=0.3),
            "body_pos": Reward(measure="body_pos_sq", weight=1.0, sigma=0.05),
            "body_ori": Reward(measure="body_ori_sq", weight=1.0, sigma=0.4),
            "body_lin_vel": Reward(measure="body_lin_vel_sq", weight=1.0, sigma=0.4),
            "body_ang_vel": Reward(measure="body_ang_vel_sq", weight=1.0, sigma=3.14),
            "action_rate": Reward(measure="action_rate", weight=-0.01),
            "joint_limit": Reward(measure="joint_limit", weight=-2.5),
            "self_collisions": Reward(measure="self_collisions", weight=0.0),
        },
        failures={
            "anchor_height": Failure(measure="anchor_height", above=0.06),
            "anchor_tilt": Failure(measure="anchor_tilt", above=0.5),
            "end_height": Failure(measure="end_height", above=0.08),
            "anchor_distance": Failure(measure="anchor_distance", above=0.25),
            # a heading left uncorrected walks away: the reward alone forgives it for too long
            "anchor_angle": Failure(measure="error_anchor_rot", above=0.6),
        },
        head=True,
        reset=ResetConfig(
            pose=Spread(x=0.02, y=0.02, z=0.01, roll=0.05, pitch=0.05, yaw=0.1),
            velocity=Spread(x=0.3, y=0.3, z=0.1, roll=0.3, pitch=0.3, yaw=0.5),
            joint_pos=0.05,
        ),
        observations=mimic_observations(
            noise={
                "anchor_pos": 0.02,
                "anchor_ori": 0.05,
                "root_lin_vel": 0.1,
                "root_ang_vel": 0.2,
                "dof_pos": 0.01,
                "dof_vel": 0.5,
            }
        ),
        push=PushConfig(enabled=False),
        randomization=RandomizationConfig(
            foot_friction=(0.4, 1.0), anchor_com=(0.005, 0.005, 0.005), joint_bias=0.01
        ),
        action=ActionConfig(base="reference", scale=0.25),
    )

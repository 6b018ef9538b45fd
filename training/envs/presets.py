"""Ready settings of the tracking task for families of robots."""

from training.envs.config import (
    ActionConfig,
    ObservationsConfig,
    PushConfig,
    RandomizationConfig,
    ResetConfig,
    RewardsConfig,
    SamplingConfig,
    Spread,
    Term,
    TerminationsConfig,
    TrackingConfig,
)


def small_biped_config() -> TrackingConfig:
    """Settings with which a biped of a quarter of a metre learns to walk in minutes on two cores.

    Tolerances and thresholds fit the robot's size (its position tolerance is 5 cm, where
    BeyondMimic's 30 cm is more than the whole robot), actions are small corrections of the
    reference, and half of the episodes start anywhere, half where it failed.
    """
    return TrackingConfig(
        rewards=RewardsConfig(
            anchor_pos=Term(weight=0.5, sigma=0.10),
            anchor_ori=Term(weight=0.5, sigma=0.3),
            body_pos=Term(weight=1.0, sigma=0.05),
            body_ori=Term(weight=1.0, sigma=0.4),
            body_lin_vel=Term(weight=1.0, sigma=0.4),
            body_ang_vel=Term(weight=1.0, sigma=3.14),
            action_rate=Term(weight=-0.01),
            joint_limit=Term(weight=-2.5),
            self_collisions=Term(weight=0.0),
        ),
        terminations=TerminationsConfig(
            anchor_height=0.06,
            anchor_tilt=0.5,
            end_height=0.08,
            anchor_distance=0.25,
            # a heading left uncorrected walks away: the reward alone forgives it for too long
            anchor_angle=0.6,
            head=True,
        ),
        reset=ResetConfig(
            pose=Spread(x=0.02, y=0.02, z=0.01, roll=0.05, pitch=0.05, yaw=0.1),
            velocity=Spread(x=0.3, y=0.3, z=0.1, roll=0.3, pitch=0.3, yaw=0.5),
            joint_pos=0.05,
        ),
        observations=ObservationsConfig(
            anchor_pos=0.02, base_lin_vel=0.1, base_ang_vel=0.2, joint_pos=0.01, joint_vel=0.5
        ),
        push=PushConfig(enabled=False),
        randomization=RandomizationConfig(
            foot_friction=(0.4, 1.0), anchor_com=(0.005, 0.005, 0.005), joint_bias=0.01
        ),
        sampling=SamplingConfig(uniform_share=0.5),
        action=ActionConfig(base="reference", scale=0.25),
    )

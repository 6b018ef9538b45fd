"""BeyondMimic's task: the terms that an environment has where an experiment declares no others."""

from collections.abc import Mapping
from math import inf

from training.envs.terms.observations import Group, View
from training.envs.terms.rewards import Reward
from training.envs.terms.terminations import Failure

_KNOWN = ("target_dof_pos", "target_dof_vel")
_BODIES = ("body_pos", "body_ori")


def mimic_rewards() -> dict[str, Reward]:
    """Kernels of tracking errors, and penalties."""
    return {
        "anchor_pos": Reward(measure="anchor_pos_sq", weight=0.5, sigma=0.3),
        "anchor_ori": Reward(measure="anchor_ori_sq", weight=0.5, sigma=0.4),
        "body_pos": Reward(measure="body_pos_sq", weight=1.0, sigma=0.3),
        "body_ori": Reward(measure="body_ori_sq", weight=1.0, sigma=0.4),
        "body_lin_vel": Reward(measure="body_lin_vel_sq", weight=1.0, sigma=1.0),
        "body_ang_vel": Reward(measure="body_ang_vel_sq", weight=1.0, sigma=3.14),
        "action_rate": Reward(measure="action_rate", weight=-0.1),
        "joint_limit": Reward(measure="joint_limit", weight=-10.0),
        "self_collisions": Reward(measure="self_collisions", weight=-10.0),
    }


def mimic_failures() -> dict[str, Failure]:
    """Errors that end an episode; what is infinite never does."""
    return {
        "anchor_height": Failure(measure="anchor_height", above=0.25),
        "anchor_tilt": Failure(measure="anchor_tilt", above=0.8),
        "end_height": Failure(measure="end_height", above=0.25),
        "anchor_distance": Failure(measure="anchor_distance", above=inf),
        "anchor_angle": Failure(measure="error_anchor_rot", above=inf),
    }


def mimic_observations(noise: Mapping[str, float] | None = None) -> dict[str, Group]:
    """What actor and critic see; the critic sees the bodies too, and no noise.

    Args:
        noise: View to half-width of the actor's noise; BeyondMimic's by default.
    """
    if noise is None:
        noise = {
            "anchor_pos": 0.25,
            "anchor_ori": 0.05,
            "root_lin_vel": 0.5,
            "root_ang_vel": 0.2,
            "dof_pos": 0.01,
            "dof_vel": 0.5,
        }
    felt = ("anchor_pos", "anchor_ori", "root_lin_vel", "root_ang_vel", "dof_pos", "dof_vel")
    shared = (*_KNOWN, *felt, "last_action")
    # the actor's joints are what encoders read, bias included
    read = {"dof_pos": "read_dof_pos"}
    actor = {name: View(view=read.get(name, ""), noise=noise.get(name, 0.0)) for name in shared}
    critic = {name: View() for name in (*shared, *_BODIES)}
    return {"actor": Group(views=actor), "critic": Group(views=critic)}


MIMIC_LOG = (
    "error_anchor_pos",
    "error_anchor_rot",
    "error_anchor_lin_vel",
    "error_anchor_ang_vel",
    "error_body_pos",
    "error_body_rot",
    "error_body_lin_vel",
    "error_body_ang_vel",
    "error_joint_pos",
    "error_joint_vel",
)
"""Measures whose means are logged."""

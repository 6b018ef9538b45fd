"""Flags of the training program; the names are ProtoMotions'."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainArguments:
    """Train a policy. The same command run again goes on where the last one stopped."""

    experiment_path: Path
    """Python file with a function experiment(), or a resolved_configs.yaml."""
    experiment_name: str = ""
    """Name of the results folder; default: the experiment's own name."""
    robot_name: str = ""
    """Name in data/robots or path of a robot.yaml; default: the experiment's, or the motions'."""
    simulator: str = ""
    """Engine; default: the experiment's."""
    motion_file: str = ""
    """Motions: .npz, .pt, ... or a folder of clips."""
    registry_name: str = ""
    """Motions: artifact, [entity/][project/]name[:alias]."""
    registry: Literal["local", "wandb", ""] = ""
    """Registry in which registry-name is looked up."""
    registry_file: str = ""
    """File in that artifact; default: its only .npz, else its only .pt."""
    num_envs: int | None = None
    batch_size: int | None = None
    """Samples of a mini-batch."""
    training_max_steps: int | None = None
    """Environment steps in all."""
    training_max_iterations: int | None = None
    """Rollouts, each with its update, in all."""
    max_seconds: float | None = None
    """Seconds of wall clock in all, earlier sessions included."""
    eval_metrics_every: int | None = None
    """Updates between two full evaluations while it trains; 0 for none."""
    overrides: tuple[str, ...] = ()
    """Fields to change: agent.gamma=0.97 env.rewards.body_pos.sigma=0.05 ..."""
    seed: int | None = None
    device: str = "cpu"
    """Device of networks and observations, as torch names it."""
    checkpoint: Path | None = None
    """Checkpoint whose weights the training starts from (warm start)."""
    use_wandb: bool = False
    wandb_project: str = "motion-workbench"
    json_progress: bool = False
    """Progress on standard output as JSON lines, for a parent process."""
    create_config_only: bool = False
    """Write the configuration files of the run and stop."""

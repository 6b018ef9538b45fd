"""A cheap score of a policy during training: which checkpoint is the best so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from training.envs.environment import Environment
from training.envs.measures.tracking import error_body_pos, world_body_pos
from training.evaluation.cases import find_cases
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.verdicts import fallen

Act = Callable[[Mapping[str, Tensor]], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well some motions were followed from their first frames."""

    value: float
    """0 ... 1, higher is better: see `score_policy`."""
    survived: float
    """Share of the motions without a fall."""
    global_error: float
    """m, mean over motions and frames of the body error in the world."""
    relative_error: float
    """m, mean body error against targets moved to where the robot is."""


def scored_motions(num_motions: int, most: int) -> Tensor:
    """(K,) int64 motion ids, evenly spread over a library; every motion if there are few."""
    count = min(num_motions, most)
    return torch.linspace(0, num_motions - 1, count).round().long().unique()


@torch.no_grad()
def score_policy(env: Environment, act: Act, *, motion_ids: Tensor, seconds: float) -> Score:
    """Follow each motion once, deterministically, from its first frame.

    A frame scores 1 - (g + r) / 2, where g and r are the global and the relative body error in
    shares of the error that counts as lost (at most 1); after a fall it scores nothing. The mean
    over frames and motions is the score. It draws nothing at random: training goes on as if it
    had not been asked for.

    Args:
        env: Built for evaluation, one environment for each motion.
        act: The policy's deterministic action.
        motion_ids: (E,) int64.
        seconds: s of each motion at most.
    """
    cases, device, config = find_cases(env.command), env.device, EvaluationConfig()
    motion_ids = motion_ids.to(device)
    limits = thresholds_for(env.robot, config)
    ids = torch.arange(env.num_envs, device=device)
    env.restart(ids, cases.place(ids, motion_ids, torch.zeros_like(ids)))
    obs = env.observe()
    steps = (cases.num_frames[motion_ids] - 1).clamp(max=round(seconds / env.control_dt))
    up = torch.ones(env.num_envs, dtype=torch.bool, device=device)
    sums = torch.zeros((3, env.num_envs), device=device)
    for step in range(int(steps.max())):
        answer = env.step(act(obs))
        obs, now = answer.obs, answer.before
        active = step < steps
        up &= ~((fallen(now, config, limits) | env.sim.state().unstable) & active)
        whole, relative = now.of(world_body_pos), now.of(error_body_pos)
        lost = (torch.stack([whole, relative]) / limits.tracking_lost).clamp(max=1.0).mean(dim=0)
        sums += torch.stack([(1.0 - lost) * up, whole, relative]) * active
    value, whole, relative = (sums / steps.clamp(min=1)).mean(dim=-1).tolist()
    return Score(
        value=value,
        survived=float(up.float().mean()),
        global_error=whole,
        relative_error=relative,
    )

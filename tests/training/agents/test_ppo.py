import math
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from training.agents.config import NetworkConfig, PPOConfig
from training.agents.ppo import PPO, TrainingDivergedError


class _Step(NamedTuple):
    obs: dict[str, Tensor]
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    truncated_obs: dict[str, Tensor]
    log: dict[str, Tensor]


class PointMass:
    """Push a mass on a line to a target; falling off the edge ends the episode."""

    num_actions = 1
    device = "cpu"

    def __init__(self, num_envs: int = 128, seed: int = 0) -> None:
        self.num_envs = num_envs
        self.obs_dims = {"actor": 3, "critic": 3}
        self._generator = torch.Generator().manual_seed(seed)
        self._x = torch.zeros(num_envs)
        self._v = torch.zeros(num_envs)
        self._goal = torch.zeros(num_envs)
        self._age = torch.zeros(num_envs)
        self.poison = False

    def reset(self) -> dict[str, Tensor]:
        self._restart(torch.ones(self.num_envs, dtype=torch.bool))
        return self._obs()

    def step(self, actions: Tensor) -> _Step:
        self._v = 0.9 * self._v + 0.1 * actions[:, 0].clamp(-2, 2)
        self._x = self._x + 0.1 * self._v
        self._age += 1
        reward = 1.0 - (self._x - self._goal).abs().clamp(max=1.0)
        if self.poison:
            reward = reward * torch.nan
        terminated = self._x.abs() > 2.0
        truncated = (self._age >= 60) & ~terminated
        final = self._obs()["critic"][truncated]
        self._restart(terminated | truncated)
        return _Step(
            self._obs(),
            reward,
            terminated,
            truncated,
            {"critic": final},
            {"reward/goal": reward.mean()},
        )

    def _restart(self, mask: Tensor) -> None:
        fresh = torch.rand((3, self.num_envs), generator=self._generator) * 2 - 1
        self._x = torch.where(mask, fresh[0], self._x)
        self._v = torch.where(mask, torch.zeros(()), self._v)
        self._goal = torch.where(mask, fresh[1], self._goal)
        # ages spread at random so that episodes do not end all at once
        self._age = torch.where(mask, (fresh[2] * 10).floor(), self._age)

    def _obs(self) -> dict[str, Tensor]:
        # raw scales differ by thousands: only a normaliser makes them readable
        rows = torch.stack([self._x * 1000, self._v, self._goal * 1000], dim=-1)
        return {"actor": rows, "critic": rows}


SMALL = PPOConfig(
    actor=NetworkConfig(hidden=(32, 32)),
    critic=NetworkConfig(hidden=(32, 32)),
    init_std=0.6,
    num_steps=24,
    gamma=0.95,
    learning_rate=1e-3,
    entropy_coef=0.0,
)


def mean_reward(agent: PPO, seed: int = 99) -> float:
    env = PointMass(256, seed=seed)
    obs = env.reset()
    rewards = []
    for _ in range(50):
        step = env.step(agent.act(obs))
        obs = step.obs
        rewards.append(step.reward.mean())
    return float(torch.stack(rewards[25:]).mean())


@pytest.mark.parametrize("schedule", ["adaptive", "fixed"])
def test_learns_the_point_mass(schedule: str) -> None:
    torch.manual_seed(0)
    agent = PPO(PPOConfig(**{**_fields(SMALL), "schedule": schedule}), PointMass())
    before = mean_reward(agent)
    for _ in range(60):
        measures = agent.iterate()
    after = mean_reward(agent)
    assert before < 0.6
    assert after > 0.9, f"reward {before:.2f} -> {after:.2f}"
    assert measures is not None
    assert measures["train/explained_variance"] > 0.5
    assert agent.step_count == 60 * 24 * 128


def test_needs_the_normaliser_here() -> None:
    agent = PPO(PPOConfig(**{**_fields(SMALL), "normalize_obs": False}), PointMass())
    for _ in range(20):
        agent.iterate()
    raw = mean_reward(agent)
    agent = PPO(SMALL, PointMass())
    for _ in range(20):
        agent.iterate()
    assert mean_reward(agent) > raw


def test_the_same_seed_learns_the_same_policy() -> None:
    agents = [PPO(SMALL, PointMass(seed=3), seed=3) for _ in range(2)]
    other = PPO(SMALL, PointMass(seed=3), seed=4)
    for agent in (*agents, other):
        agent.iterate()
        agent.iterate()
    weights = [agent.actor.mean_net[0].weight for agent in (*agents, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_resumes_from_its_state(tmp_path) -> None:
    agent = PPO(SMALL, PointMass(seed=1), seed=1)
    for _ in range(5):
        agent.iterate()
    torch.save(agent.state_dict(), tmp_path / "state.pt")
    twin = PPO(SMALL, PointMass(seed=1), seed=2)
    twin.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    obs = PointMass(seed=7).reset()
    assert torch.equal(agent.act(obs), twin.act(obs))
    assert torch.equal(agent.act(obs, deterministic=False), twin.act(obs, deterministic=False))
    assert twin.step_count == agent.step_count
    assert twin.learning_rate == agent.learning_rate
    moments = [a.optimizer.state_dict()["state"][0]["exp_avg"] for a in (agent, twin)]
    assert torch.equal(*moments)


def test_first_mini_batch_starts_at_ratio_one() -> None:
    agent = PPO(SMALL, PointMass())
    for _ in range(3):  # the normaliser has moved by then
        agent.iterate()
    assert agent.collect(lambda: False)
    batch, _ = agent.prepare_batch()
    agent.losses(batch)
    assert float(agent._clip_share) == 0.0
    assert abs(float(agent._kl)) < 1e-5


def test_a_time_out_is_bootstrapped_and_a_failure_is_not() -> None:
    agent = PPO(PPOConfig(**{**_fields(SMALL), "normalize_advantage": "off"}), PointMass())
    assert agent.collect(lambda: False)
    rollout = agent.rollout
    rollout.rewards.zero_()
    rollout.terminated.zero_()
    rollout.truncated.zero_()
    rollout.clear_cuts()
    rollout.truncated[5, 2] = True
    rollout.terminated[5, 3] = True
    final = torch.tensor([[500.0, 0.1, -200.0]])
    rollout.add_cuts(5, rollout.truncated[5], final)
    batch, _ = agent.prepare_batch()
    value = agent.networks["critic"](agent.normalizers["critic"](final)).item()
    returns = batch["returns"].view(24, -1)
    assert returns[5, 2].item() == pytest.approx(SMALL.gamma * value, abs=1e-5)
    assert returns[5, 3].item() == pytest.approx(0.0, abs=1e-6)


def test_a_fixed_spread_stays_and_a_learned_one_keeps_its_floor() -> None:
    fixed = PPO(PPOConfig(**{**_fields(SMALL), "learn_std": False}), PointMass())
    floor = PPOConfig(**{**_fields(SMALL), "init_std": 0.2, "min_std": 0.2, "entropy_coef": -1.0})
    pressed = PPO(floor, PointMass())
    for agent in (fixed, pressed):
        agent.iterate()
    assert torch.allclose(fixed.actor.log_std.exp(), torch.tensor(0.6))
    assert torch.allclose(pressed.actor.log_std.exp(), torch.tensor(0.2))


def test_children_add_rewards_and_losses() -> None:
    class Child(PPO):
        def extra_rewards(self, rollout):
            return {"bonus": torch.full_like(rollout.rewards, 2.0)}

        def extra_batch(self, rollout):
            return {"ages": rollout.rewards.flatten()}

        def extra_losses(self, batch):
            assert batch["ages"].shape == batch["advantages"].shape
            return {"weight_decay": 0.1 * self.actor.mean_net[0].weight.square().sum()}

    child, parent = Child(SMALL, PointMass()), PPO(SMALL, PointMass())
    ours, theirs = child.iterate(), parent.iterate()
    assert ours is not None
    assert theirs is not None
    assert ours["train/reward"] == pytest.approx(theirs["train/reward"] + 2.0, abs=1e-5)
    assert ours["loss/weight_decay"] > 0
    norms = [agent.actor.mean_net[0].weight.norm().item() for agent in (child, parent)]
    assert norms[0] < norms[1]


def test_nan_stops_the_training_by_name() -> None:
    env = PointMass()
    agent = PPO(SMALL, env)
    agent.iterate()
    env.poison = True
    with pytest.raises(TrainingDivergedError, match="train/reward"):
        agent.iterate()


def test_an_abandoned_rollout_teaches_nothing() -> None:
    agent = PPO(SMALL, PointMass())
    before = agent.actor.mean_net[0].weight.clone()
    assert agent.iterate(should_stop=lambda: True) is None
    assert agent.step_count == 0
    assert torch.equal(before, agent.actor.mean_net[0].weight)
    assert agent.iterate() is not None


@pytest.mark.parametrize(
    ("field", "value"), [("gamma", 1.5), ("num_steps", 0), ("batch_size", -1), ("clip", 0.0)]
)
def test_config_refuses(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"agent.{field}"):
        PPOConfig(**{field: value})


def test_action_noise_has_the_stated_spread() -> None:
    agent = PPO(SMALL, PointMass(4096))
    obs = agent.env.reset()
    spread = (agent.act(obs, deterministic=False) - agent.act(obs)).std().item()
    assert math.isclose(spread, 0.6, rel_tol=0.05)


def _fields(config: PPOConfig) -> dict:
    return {name: getattr(config, name) for name in PPOConfig.__dataclass_fields__}

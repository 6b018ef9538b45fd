import copy
import json
import math
from pathlib import Path

import pytest
import torch

from tests.training.agents.point_mass import PointMass
from training.agents.base import Sizes
from training.agents.config import NetworkConfig, PPOConfig
from training.agents.ppo import PPO
from training.divergence import TrainingDivergedError

GOLDEN = Path(__file__).with_name("golden_update.json")


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
    for name in ("actor", "critic"):
        states = [a.optimizers[name].state_dict()["state"][0] for a in (agent, twin)]
        assert torch.equal(states[0]["exp_avg"], states[1]["exp_avg"])
    twin.env = copy.deepcopy(agent.env)
    assert agent.iterate() == twin.iterate()
    agent.env, twin.env = PointMass(seed=9), PointMass(seed=9)
    agent.forget_episodes()
    twin.forget_episodes()
    assert agent.iterate() == twin.iterate()


def test_a_weight_that_is_no_number_stops_the_training_by_name() -> None:
    agent = PPO(SMALL, PointMass())
    agent.iterate()
    step = agent.after_improvement

    def spoil() -> dict[str, torch.Tensor]:
        with torch.no_grad():
            agent.networks["critic"][0].weight[0, 0] = torch.inf
        return step()

    agent.after_improvement = spoil
    agent.config = PPOConfig(**{**_fields(SMALL), "num_mini_epochs": 1, "num_mini_batches": 1})
    agent.batch_size = agent.num_samples
    with pytest.raises(TrainingDivergedError, match="weights of critic"):
        agent.iterate()


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
    rollout.add_cuts(5, rollout.truncated[5], {"critic": final})
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
    ("change", "epochs"), [({"normalize_advantage": "mini_batch"}, 1), ({"schedule": "fixed"}, 3)]
)
def test_a_critic_with_a_rate_of_its_own_keeps_it(change: dict, epochs: int) -> None:
    own = PPO(PPOConfig(**{**_fields(SMALL), **change, "critic_learning_rate": 2e-4}), PointMass())
    for _ in range(epochs):
        own.iterate()
    assert own.rates["critic"] == 2e-4
    assert {group["lr"] for group in own.optimizers["critic"].param_groups} == {2e-4}
    following = PPO(PPOConfig(**{**_fields(SMALL), **change}), PointMass())
    following.iterate()
    assert following.rates["critic"] == following.rates["actor"] == following.learning_rate


def test_the_policy_of_a_state_is_the_agents() -> None:
    agent = PPO(SMALL, PointMass())
    agent.iterate()
    sizes = Sizes({"actor": 3, "critic": 3}, 1)
    policy = PPO.policy(SMALL, sizes, state=agent.state_dict())
    obs = PointMass(seed=4).reset()
    assert policy.groups == ("actor",)
    assert torch.equal(policy({"actor": obs["actor"]}), agent.act(obs))
    with pytest.raises(RuntimeError, match="size mismatch"):
        PPO.policy(SMALL, Sizes({"actor": 4}, 1), state=agent.state_dict())


def test_action_noise_has_the_stated_spread() -> None:
    agent = PPO(SMALL, PointMass(4096))
    obs = agent.env.reset()
    spread = (agent.act(obs, deterministic=False) - agent.act(obs)).std().item()
    assert math.isclose(spread, 0.6, rel_tol=0.05)


def _fields(config: PPOConfig) -> dict:
    return {name: getattr(config, name) for name in PPOConfig.__dataclass_fields__}


def golden_update() -> dict[str, dict[str, float | list[float]]]:
    """Measures of one update and the weights after it, from fixed weights, tasks and noise.

    The rate starts at its ceiling, because the sign of the first divergence (zero but for
    rounding) decides whether it would rise; every later decision has room.
    """
    tiny = NetworkConfig(hidden=(8,))
    changes = {"actor": tiny, "critic": tiny, "num_steps": 64, "entropy_coef": 0.005, "clip": 0.02}
    passes = {"num_mini_epochs": 2, "num_mini_batches": 2}
    rate = {"learning_rate": 3e-3, "max_learning_rate": 3e-3, "desired_kl": 8e-5}
    agent = PPO(PPOConfig(**{**_fields(SMALL), **changes, **passes, **rate}), PointMass(32), seed=0)
    rows = torch.linspace(-1.0, 1.0, 50).unsqueeze(-1) * torch.tensor([600.0, 0.5, -600.0])
    with torch.no_grad():
        for parameter in agent.networks.parameters():
            # not the initialisation: an orthogonal matrix is unique only up to signs
            waves = torch.arange(parameter.numel(), dtype=torch.float32).sin()
            parameter.copy_(0.3 * waves.view(parameter.shape))
    for normalizer in agent.normalizers.values():
        normalizer.update(rows)
    measures = agent.iterate()
    assert measures is not None
    weights = {name: p.detach().flatten().tolist() for name, p in agent.networks.named_parameters()}
    return {"measures": measures, "weights": weights}


def test_one_update_is_the_golden_one() -> None:
    found, golden = golden_update(), json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert set(found["measures"]) == set(golden["measures"])
    for name, value in golden["measures"].items():
        assert found["measures"][name] == pytest.approx(value, rel=5e-3, abs=2e-5), name
    assert set(found["weights"]) == set(golden["weights"])
    for name, values in golden["weights"].items():
        # a rate of 3e-3: one of the four steps left out or doubled would show
        assert found["weights"][name] == pytest.approx(values, abs=2e-4), name

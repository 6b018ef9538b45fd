"""Two agents from outside: what they need stands in this file alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pytest
import torch
from torch import Tensor, nn

from tests.training.agents.point_mass import PointMass
from training.agents.base import Sizes
from training.agents.config import NetworkConfig, OnPolicyConfig, PPOConfig
from training.agents.networks import ActorPolicy, build_mlp, build_normalizer
from training.agents.on_policy import OnPolicyAgent
from training.agents.opening import open_agent, open_policy, register_agent
from training.agents.ppo import PPO
from training.agents.rollout import Rollout
from training.config import Experiment, experiment_from_yaml, yaml_from_experiment
from training.overrides import override
from training.values import ConfigError

TINY = NetworkConfig(hidden=(16,))


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleConfig(PPOConfig):
    kind: Literal["test_style"] = "test_style"
    judge: NetworkConfig = TINY
    judge_learning_rate: float = 1e-4


@register_agent(StyleConfig)
class Style(PPO[StyleConfig]):
    """Rewards what a judge takes for a demonstration."""

    after_groups: ClassVar[tuple[str, ...]] = ("style",)

    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        networks = super().build_networks(generator)
        width = self.sizes.obs_dims["style"]
        networks["judge"] = build_mlp(self.config.judge, width, num_outputs=1, generator=generator)
        return networks

    def learning_rates(self) -> Mapping[str, float]:
        return {**super().learning_rates(), "judge": self.config.judge_learning_rate}

    def judge(self, rows: Tensor) -> Tensor:
        return self.networks["judge"](self.normalizers["style"](rows)).squeeze(-1)

    def extra_rewards(self, rollout: Rollout) -> Mapping[str, Tensor]:
        return {"style": self.judge(rollout.after["style"]).sigmoid()}

    def extra_batch(self, rollout: Rollout) -> Mapping[str, Tensor]:
        return {"style": rollout.after["style"].flatten(0, 1)}

    def extra_losses(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        shown = self.env.demonstrations(len(batch["style"]))["style"]
        softplus = nn.functional.softplus
        return {
            "judge": softplus(-self.judge(shown)).mean()
            + softplus(self.judge(batch["style"])).mean()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentConfig(OnPolicyConfig):
    kind: Literal["test_student"] = "test_student"
    actor: NetworkConfig = TINY


@register_agent(StudentConfig)
class Student(OnPolicyAgent[StudentConfig]):
    """Acts itself, and learns what a teacher would have done."""

    @staticmethod
    def teacher(obs: Mapping[str, Tensor]) -> Tensor:
        x, v, goal = (obs["actor"] / torch.tensor([1000.0, 1.0, 1000.0])).unbind(-1)
        return (goal - x - v).unsqueeze(-1)

    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        width, actions = self.sizes.obs_dims["actor"], self.sizes.num_actions
        actor = build_mlp(self.config.actor, width, num_outputs=actions, generator=generator)
        return nn.ModuleDict({"actor": actor})

    def buffers(self) -> Mapping[str, tuple[int, ...]]:
        return {"expert_actions": (self.sizes.num_actions,)}

    @torch.no_grad()
    def act(self, obs: Mapping[str, Tensor], *, deterministic: bool = True) -> Tensor:
        del deterministic
        return self.networks["actor"](self.normalizers["actor"](obs["actor"]))

    def explore(self, obs: Mapping[str, Tensor], step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        del step
        return self.act(obs), {"expert_actions": self.teacher(obs)}

    def prepare_batch(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        rows = self.normalizers["actor"](self.rollout.obs["actor"].flatten(0, 1))
        return {"actor": rows, "expert": self.rollout.kept["expert_actions"].flatten(0, 1)}, {}

    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        error = self.networks["actor"](batch["actor"]) - batch["expert"]
        return {"imitation": error.square().mean()}

    @classmethod
    def policy(cls, config: StudentConfig, sizes: Sizes, *, state: Mapping) -> ActorPolicy:
        width = sizes.obs_dims["actor"]
        actor = build_mlp(
            config.actor, width, num_outputs=sizes.num_actions, generator=torch.Generator()
        )
        actor.load_state_dict({k.removeprefix("actor."): v for k, v in state["networks"].items()})
        normalizer = build_normalizer(config, width)
        normalizer.load_state_dict(state["normalizers"]["actor"])
        return ActorPolicy(actor, normalizer)


def open_style(**changes: object) -> Style:
    agent = open_agent(replace(StyleConfig(actor=TINY, critic=TINY), **changes), PointMass())
    assert isinstance(agent, Style)
    return agent


def test_ppo_is_found_by_its_configuration() -> None:
    agent = open_agent(PPOConfig(actor=TINY, critic=TINY), PointMass(), seed=2)
    assert type(agent) is PPO
    twin = PPO(PPOConfig(actor=TINY, critic=TINY), PointMass(), seed=2)
    assert torch.equal(agent.actor.mean_net[0].weight, twin.actor.mean_net[0].weight)


def test_a_judge_learns_with_an_optimiser_of_its_own() -> None:
    agent = open_style()
    before = [p.clone() for p in agent.networks["judge"].parameters()]
    measures = [agent.iterate() for _ in range(30)]
    assert measures[0] is not None
    assert measures[-1] is not None
    assert measures[-1]["loss/judge"] < measures[0]["loss/judge"] < 1.6
    assert 0.0 < measures[0]["reward/style"] < 1.0
    assert measures[0]["train/grad_norm_judge"] > 0.0
    assert {g["lr"] for g in agent.optimizers["judge"].param_groups} == {1e-4}
    assert agent.rates["actor"] != 1e-4
    assert any(
        not torch.equal(a, b)
        for a, b in zip(before, agent.networks["judge"].parameters(), strict=True)
    )


def test_a_judge_leaves_the_policys_gradients_alone() -> None:
    loud = open_style(max_grad_norm=1e-3)
    plain = PPO(PPOConfig(actor=TINY, critic=TINY, max_grad_norm=1e-3), PointMass())
    # no reward of the judge's in the first rollout: weights that make it indifferent
    for parameter in loud.networks["judge"].parameters():
        parameter.data.zero_()
    rollouts = [agent.collect(lambda: False) for agent in (loud, plain)]
    assert rollouts == [True, True]
    loud.rollout.rewards -= 0.5  # sigmoid of zero
    norms = [agent.update()["train/grad_norm"] for agent in (loud, plain)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-3)


def test_a_judge_resumes() -> None:
    agent, twin = open_style(), open_style()
    agent.iterate()
    state = agent.state_dict()
    assert set(state["optimizers"]) == {"actor", "critic", "judge"}
    twin.load_state_dict(state)
    steps = [a.optimizers["judge"].state_dict()["state"][0]["step"] for a in (agent, twin)]
    assert steps[0] == steps[1] == 20
    rows = torch.rand(5, 2)
    assert torch.equal(agent.judge(rows), twin.judge(rows))


def test_a_student_learns_what_its_teacher_does() -> None:
    config = StudentConfig(learning_rate=3e-3)
    student = open_agent(config, PointMass())
    first = student.iterate()
    for _ in range(40):
        last = student.iterate()
    assert first is not None
    assert last is not None
    assert first["loss/imitation"] > 0.3
    assert last["loss/imitation"] < 0.02
    policy = open_policy(config, Sizes({"actor": 3}, 1), state=student.state_dict())
    obs = PointMass(seed=8).reset()
    assert torch.equal(policy(obs), student.act(obs))


def test_experiments_hold_agents_from_outside() -> None:
    experiment = Experiment(name="x", robot="g1", agent=StudentConfig(num_steps=7))
    assert experiment_from_yaml(yaml_from_experiment(experiment), where="x") == experiment
    changed = override(Experiment(name="x", robot="g1"), {"agent.kind": "test_style"})
    assert changed.agent == StyleConfig()
    changed = override(changed, {"agent.config.judge.hidden": "8"})
    assert changed.agent == StyleConfig(judge=NetworkConfig(hidden=(8,)))
    with pytest.raises(ConfigError, match=r"agent\.kind is 'test_styl', .*nearest: test_style"):
        override(experiment, {"agent.kind": "test_styl"})


def test_an_agent_that_nobody_registered_is_refused() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Stranger(PPOConfig):
        kind: Literal["stranger"] = "stranger"

    with pytest.raises(ConfigError, match=r"agent is a Stranger, expected one of .*PPOConfig"):
        open_agent(Stranger(), PointMass())
    with pytest.raises(ConfigError, match=r"Experiment\.agent is a Stranger"):
        Experiment(name="x", robot="g1", agent=Stranger())

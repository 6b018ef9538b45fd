"""A style discriminator, added from outside: a group with history, and a judge of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pytest
import torch
from torch import Tensor, nn

from motionlib.library import library_from_motions
from motionlib.motion import Motion
from motionlib.robot import Robot
from training.agents.config import NetworkConfig, PPOConfig
from training.agents.networks import build_mlp
from training.agents.opening import open_agent, register_agent
from training.agents.ppo import PPO
from training.agents.rollout import Rollout
from training.building import build_env
from training.config import Experiment
from training.envs.environment import Environment
from training.envs.moment import Moment
from training.envs.presets import small_biped_config
from training.envs.terms.observations import Group, View
from training.envs.views.base import view
from training.simulators.base import SimulatorConfig

SMALL = NetworkConfig(hidden=(16,))


@view(unit="m")
def style_root_height(now: Moment) -> Tensor:
    """(E, 1) height of the root."""
    return now.robot.bodies.pos[:, 0, 2:]


STYLE = Group(
    views={name: View() for name in ("style_root_height", "dof_pos", "dof_vel")},
    history=1,
    after_step=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedConfig(PPOConfig):
    kind: Literal["test_judged"] = "test_judged"
    judge: NetworkConfig = SMALL


@register_agent(JudgedConfig)
class Judged(PPO[JudgedConfig]):
    """PPO whose reward is what a judge takes for the reference (AMP, least squares)."""

    after_groups: ClassVar[tuple[str, ...]] = ("style",)

    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        networks = super().build_networks(generator)
        width = self.sizes.obs_dims["style"]
        networks["judge"] = build_mlp(self.config.judge, width, num_outputs=1, generator=generator)
        return networks

    def judge(self, rows: Tensor) -> Tensor:
        return self.networks["judge"](self.normalizers["style"](rows)).squeeze(-1)

    def extra_rewards(self, rollout: Rollout) -> Mapping[str, Tensor]:
        doubt = (self.judge(rollout.after["style"]) - 1.0).square()
        return {"style": (1.0 - 0.25 * doubt).clamp(min=0.0)}

    def extra_batch(self, rollout: Rollout) -> Mapping[str, Tensor]:
        return {"style": rollout.after["style"].flatten(0, 1)}

    def extra_losses(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        shown = self.env.demonstrations(len(batch["style"]))["style"]
        off = (self.judge(shown) - 1.0).square() + (self.judge(batch["style"]) + 1.0).square()
        return {"judge": off.mean()}


@pytest.fixture
def env(microduck: Robot, make_motion: Callable[..., Motion]) -> Environment:
    task = small_biped_config()
    experiment = Experiment(
        name="style",
        robot="microduck",
        env=replace(task, observations={**task.observations, "style": STYLE}, episode_s=0.4),
        simulator=SimulatorConfig(num_threads=1),
        num_envs=8,
    )
    return build_env(experiment, library_from_motions([make_motion(microduck)]), microduck)


def test_a_judge_tells_robots_from_their_reference(env: Environment) -> None:
    agent = open_agent(JudgedConfig(actor=SMALL, critic=SMALL), env)
    assert isinstance(agent, Judged)
    first = agent.iterate()
    for _ in range(6):
        last = agent.iterate()
    assert first is not None
    assert last is not None
    assert last["loss/judge"] < first["loss/judge"]
    assert 0.0 <= first["reward/style"] <= 1.0


def test_it_sees_pairs_of_instants_and_no_reset_between_them(env: Environment) -> None:
    width = env.obs_dims["style"] // 2
    before, going = torch.zeros(8, width), torch.zeros(8, dtype=torch.bool)
    ended, kept = 0, 0
    for _ in range(40):
        step = env.step(torch.zeros(8, env.num_actions))
        first, last = step.after["style"].unflatten(-1, (2, width)).unbind(1)
        torch.testing.assert_close(first[going], before[going])
        kept += int(going.sum())
        torch.testing.assert_close(last[:, 0], step.before.robot.bodies.pos[:, 0, 2])
        # joints move by their speed within a control step, never by a reset
        assert (last[:, 1 : 1 + 14] - first[:, 1 : 1 + 14]).abs().max() < 1.5
        before, going = last, ~(step.terminated | step.truncated)
        ended += int((~going).sum())
    assert ended > 8
    assert kept > 100

"""A student labelled by a teacher, added from outside: it sees less, and learns what was done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from motionlib.library import library_from_motions
from motionlib.motion import Motion
from motionlib.robot import Robot
from training.agents.base import Sizes, load_part
from training.agents.config import NetworkConfig, OnPolicyConfig, PPOConfig
from training.agents.networks import ActorPolicy, build_mlp, build_normalizer
from training.agents.on_policy import OnPolicyAgent
from training.agents.opening import open_agent, open_policy, register_agent
from training.agents.ppo import PPO
from training.building import build_env
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.envs.terms.observations import Group, View
from training.simulators.base import SimulatorConfig

SMALL = NetworkConfig(hidden=(32,))
BLIND = Group(
    views={name: View() for name in ("target_dof_pos", "read_dof_pos", "last_action")}, history=1
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtConfig(OnPolicyConfig):
    kind: Literal["test_taught"] = "test_taught"
    actor: NetworkConfig = SMALL


@register_agent(TaughtConfig)
class Taught(OnPolicyAgent[TaughtConfig]):
    """Acts by what it sees itself, and is told what the teacher would have done (DAgger)."""

    groups: ClassVar[tuple[str, ...]] = ("student", "actor")
    teacher: Callable[[Mapping[str, Tensor]], Tensor]

    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        return nn.ModuleDict({"actor": _network(self.config, self.sizes, generator)})

    def buffers(self) -> Mapping[str, tuple[int, ...]]:
        return {"expert_actions": (self.sizes.num_actions,)}

    @torch.no_grad()
    def act(self, obs: Mapping[str, Tensor], *, deterministic: bool = True) -> Tensor:
        del deterministic
        return self.networks["actor"](self.normalizers["student"](obs["student"]))

    def explore(self, obs: Mapping[str, Tensor], step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        del step
        return self.act(obs), {"expert_actions": self.teacher(obs)}

    def prepare_batch(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        rows = self.normalizers["student"](self.rollout.obs["student"].flatten(0, 1))
        return {"seen": rows, "label": self.rollout.kept["expert_actions"].flatten(0, 1)}, {}

    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        error = self.networks["actor"](batch["seen"]) - batch["label"]
        return {"imitation": error.square().mean()}

    @classmethod
    def policy(cls, config: TaughtConfig, sizes: Sizes, *, state: Mapping[str, Any]) -> ActorPolicy:
        actor = _network(config, sizes, torch.Generator())
        load_part(actor, "actor", state=state["networks"])
        normalizer = build_normalizer(config, sizes.obs_dims["student"])
        normalizer.load_state_dict(state["normalizers"]["student"])
        return ActorPolicy(actor, normalizer, group="student")


def _network(config: TaughtConfig, sizes: Sizes, generator: torch.Generator) -> nn.Module:
    width = sizes.obs_dims["student"]
    return build_mlp(config.actor, width, num_outputs=sizes.num_actions, generator=generator)


def test_a_student_learns_from_a_teacher_that_sees_more(
    microduck: Robot, make_motion: Callable[..., Motion]
) -> None:
    task = small_biped_config()
    experiment = Experiment(
        name="student",
        robot="microduck",
        env=replace(task, observations={**task.observations, "student": BLIND}),
        simulator=SimulatorConfig(num_threads=1),
        num_envs=8,
    )
    env = build_env(experiment, library_from_motions([make_motion(microduck)]), microduck)
    teacher = PPO(PPOConfig(actor=SMALL, critic=SMALL, init_std=0.1), env)
    teacher.iterate()
    config = TaughtConfig(learning_rate=3e-3)
    student = open_agent(config, env)
    assert isinstance(student, Taught)
    student.teacher = teacher.act
    first = student.iterate()
    for _ in range(8):
        last = student.iterate()
    assert first is not None
    assert last is not None
    assert last["loss/imitation"] < 0.5 * first["loss/imitation"]
    sizes = Sizes(env.obs_dims, env.num_actions)
    policy, obs = open_policy(config, sizes, state=student.state_dict()), env.observe()
    torch.testing.assert_close(policy(obs), student.act(obs))

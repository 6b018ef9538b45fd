"""Agents that learn from their own rollouts, each used once: acting, seeing, improving.

A child says which observation groups it keeps (`groups`, `after_groups`), what else it remembers
of choosing an action (`buffers`), which networks it has (`build_networks`), how it acts
(`explore`), and what it minimises (`prepare_batch`, `losses`).
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from training.agents.base import Agent, Sizes, refuse_nan
from training.agents.config import OnPolicyConfig
from training.agents.environment import StepResult, VectorEnv
from training.agents.networks import build_normalizer
from training.agents.rollout import Rollout, mini_batches, shuffled
from training.agents.statistics import EpisodeStatistics, LogSums
from training.divergence import TrainingDivergedError

C = TypeVar("C", bound=OnPolicyConfig)


class OnPolicyAgent(Agent[C]):
    """One rollout, some passes over it, and all over again."""

    groups: ClassVar[tuple[str, ...]] = ("actor",)
    """Observation groups that are kept of every step, as they were before acting."""
    after_groups: ClassVar[tuple[str, ...]] = ()
    """Groups kept as they were after the step and before any reset."""
    cut_groups: ClassVar[tuple[str, ...]] = ()
    """Groups kept of the states in which time ended episodes."""
    clipped_together: ClassVar[tuple[str, ...]] = ("actor",)
    """Networks whose gradients share one bound; every other network has it for itself."""

    def __init__(self, config: C, env: VectorEnv, *, seed: int = 0) -> None:
        config.check_samples(env.num_envs)
        self.config = config
        self.env = env
        self.device = torch.device(env.device)
        self.sizes = Sizes(dict(env.obs_dims), env.num_actions)
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.networks = self.build_networks(torch.Generator().manual_seed(seed)).to(self.device)
        self.normalizers = {
            group: build_normalizer(config, env.obs_dims[group]).to(self.device)
            for group in (*self.groups, *self.after_groups)
        }
        self.rates = dict(self.learning_rates())
        self.optimizers = {
            name: torch.optim.Adam(parameters, lr=self.rates[name], fused=True)
            for name, parameters in self._learned().items()
        }
        self.rollout = Rollout(
            config.num_steps,
            env.num_envs,
            obs_dims={group: env.obs_dims[group] for group in self.groups},
            after_dims={group: env.obs_dims[group] for group in self.after_groups},
            cut_groups=self.cut_groups,
            buffers=self.buffers(),
            device=self.device,
        )
        self.batch_size = config.samples_of_batch(env.num_envs)
        self.step_count = 0
        self.epoch = 0
        self._episodes = EpisodeStatistics(env.num_envs, self.device)
        self._log = LogSums()
        self._obs: Mapping[str, Tensor] | None = None

    @property
    def num_samples(self) -> int:
        """See `Agent.num_samples`."""
        return self.rollout.num_samples

    @abstractmethod
    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        """All that is optimised, by name, each with an optimiser and a rate; `actor` at least."""

    def learning_rates(self) -> Mapping[str, float]:
        """Rate of every network at the start."""
        return dict.fromkeys(self.networks, self.config.learning_rate)

    def buffers(self) -> Mapping[str, tuple[int, ...]]:
        """Name to the shape of one sample of what `explore` remembers."""
        return {}

    def begin_rollout(self) -> None:
        """Draw or compute what a whole rollout needs."""

    @abstractmethod
    def explore(self, obs: Mapping[str, Tensor], step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Act on raw observations.

        Returns:
            (E, A) actions, and (E, ...) values to remember, by names of `buffers`.
        """

    def observe(self, result: StepResult, step: int) -> None:
        """See what came of the action of a rollout's `step`."""
        self.rollout.record(step, result)
        self._episodes.add(result.reward, result.terminated, result.truncated)
        self._log.add(result.log)

    @abstractmethod
    def prepare_batch(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Flat (N * E, ...) training rows of the rollout by name, and measures of it."""

    @abstractmethod
    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Name to 0-dim loss of a mini-batch; their sum is minimised."""

    def after_improvement(self) -> dict[str, Tensor]:
        """Do what follows every step of the optimisers; 0-dim measures of the mini-batch."""
        return {}

    def update_measures(self) -> dict[str, float]:
        """Measures of the agent after an update."""
        return {}

    def iterate(self, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """See `Agent.iterate`: one rollout and one update."""
        if not self.collect(should_stop):
            return None
        measures = self.update()
        self.step_count += self.num_samples
        self.epoch += 1
        return {**self._log.means(), **self._episodes.means(), **measures}

    @torch.no_grad()
    def collect(self, should_stop: Callable[[], bool]) -> bool:
        """Fill the rollout with the current policy; False if stopped on the way."""
        rollout = self.rollout
        rollout.clear_cuts()
        obs = self.env.reset() if self._obs is None else self._obs
        self.begin_rollout()
        for step in range(rollout.num_steps):
            rollout.see(step, obs)
            actions, remembered = self.explore(obs, step)
            rollout.remember(step, remembered)
            result = self.env.step(actions)
            self.observe(result, step)
            obs = result.obs
            if should_stop():
                self._obs = None
                return False
        self._obs = rollout.end(obs)
        return True

    def update(self) -> dict[str, float]:
        """Improve on the collected rollout."""
        batch, measures = self.prepare_batch()
        sums: dict[str, Tensor] = {}
        count = 0
        for _ in range(self.config.num_mini_epochs):
            for rows in mini_batches(shuffled(batch, self.generator), self.batch_size):
                for name, value in self._improve(rows).items():
                    sums[name] = sums[name] + value if name in sums else value
                count += 1
        for group, rows in (*self.rollout.obs.items(), *self.rollout.after.items()):
            # statistics move between rollouts only: within one, ratios start at exactly one
            self.normalizers[group].update(rows.flatten(0, 1))
        measures |= {name: float(value) / count for name, value in sums.items()}
        measures |= self.update_measures()
        refuse_nan(measures)
        self._refuse_broken_weights()
        return measures

    def set_rate(self, name: str, rate: float) -> None:
        """Change a network's learning rate."""
        self.rates[name] = rate
        for group in self.optimizers[name].param_groups:
            group["lr"] = rate

    def state_dict(self) -> dict[str, Any]:
        """See `Agent.state_dict`."""
        seen = self._obs
        return {
            "networks": self.networks.state_dict(),
            "normalizers": {name: n.state_dict() for name, n in self.normalizers.items()},
            "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
            "rates": dict(self.rates),
            "generator": self.generator.get_state(),
            "obs": None if seen is None else dict(seen),
            "episodes": self._episodes.state_dict(),
            "step_count": self.step_count,
            "epoch": self.epoch,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See `Agent.load_state_dict`."""
        self.load_policy_state(state)
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.rates = dict(state["rates"])
        self.generator.set_state(state["generator"].cpu())
        self.step_count = state["step_count"]
        self.epoch = state["epoch"]
        seen = state["obs"]
        self._obs = None if seen is None else self.rollout.end(seen)
        self._episodes.load_state_dict(state["episodes"])

    def forget_episodes(self) -> None:
        """See `Agent.forget_episodes`."""
        self._obs = None
        self._episodes.restart()

    def load_policy_state(self, state: Mapping[str, Any]) -> None:
        """See `Agent.load_policy_state`: networks and normalisers."""
        self.networks.load_state_dict(state["networks"])
        for group, normalizer in self.normalizers.items():
            normalizer.load_state_dict(state["normalizers"][group])

    def _refuse_broken_weights(self) -> None:
        learned = {
            **{f"weights of {name}": each for name, each in self.networks.items()},
            **{f"normaliser of {name}": each for name, each in self.normalizers.items()},
        }
        for name, module in learned.items():
            if not all(bool(x.isfinite().all()) for x in module.state_dict().values()):
                raise TrainingDivergedError(f"{name} became infinite or NaN")

    def _learned(self) -> dict[str, list[nn.Parameter]]:
        learned = {
            name: [p for p in network.parameters() if p.requires_grad]
            for name, network in self.networks.items()
        }
        return {name: parameters for name, parameters in learned.items() if parameters}

    def _improve(self, rows: Mapping[str, Tensor]) -> dict[str, Tensor]:
        parts = self.losses(rows)
        for optimizer in self.optimizers.values():
            optimizer.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        norms = self._bound_gradients()
        for optimizer in self.optimizers.values():
            optimizer.step()
        return {
            **{f"loss/{name}": value.detach() for name, value in parts.items()},
            **norms,
            **self.after_improvement(),
        }

    def _bound_gradients(self) -> dict[str, Tensor]:
        shared = [p for name in self.clipped_together for p in self.networks[name].parameters()]
        bound = self.config.max_grad_norm
        norms = {"train/grad_norm": nn.utils.clip_grad_norm_(shared, bound)}
        for name, network in self.networks.items():
            if name not in self.clipped_together:
                norm = nn.utils.clip_grad_norm_(network.parameters(), bound)
                norms[f"train/grad_norm_{name}"] = norm
        return norms

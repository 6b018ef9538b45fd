"""Proximal policy optimisation; other agents are this class with more rewards, losses or groups."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from training.agents import losses
from training.agents.config import PPOConfig
from training.agents.environment import VectorEnv
from training.agents.networks import (
    GaussianActor,
    build_actor,
    build_mlp,
    build_normalizer,
)
from training.agents.rollout import (
    EpisodeStatistics,
    LogSums,
    Rollout,
    gae,
    mini_batches,
    shuffled,
)


class TrainingDivergedError(Exception):
    """A number of the training became infinite or NaN."""


class PPO:
    """Learns a Gaussian policy in a vector of environments.

    A child changes what it needs: `groups` (observation groups kept of a rollout),
    `build_networks`, `extra_rewards`, `extra_batch` and `extra_losses`. `iterate` is one rollout
    and one update.
    """

    groups: tuple[str, ...] = ("actor", "critic")

    def __init__(self, config: PPOConfig, env: VectorEnv, *, seed: int = 0) -> None:
        self.config = config
        self.env = env
        self.device = torch.device(env.device)
        self.num_actions = env.num_actions
        self.obs_dims = {group: env.obs_dims[group] for group in self.groups}
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.networks = self.build_networks(torch.Generator().manual_seed(seed)).to(self.device)
        self.normalizers = {
            group: build_normalizer(config, width).to(self.device)
            for group, width in self.obs_dims.items()
        }
        self.optimizer = torch.optim.Adam(
            [p for p in self.networks.parameters() if p.requires_grad],
            lr=config.learning_rate,
            fused=True,
        )
        self.learning_rate = config.learning_rate
        self.rollout = Rollout(
            config.num_steps,
            env.num_envs,
            obs_dims=self.obs_dims,
            num_actions=env.num_actions,
            device=self.device,
        )
        self.batch_size = config.batch_size or math.ceil(
            self.rollout.num_samples / config.num_mini_batches
        )
        self.step_count = 0
        self.epoch = 0
        self._episodes = EpisodeStatistics(env.num_envs, self.device)
        self._log = LogSums()
        self._obs: Mapping[str, Tensor] | None = None

    @property
    def actor(self) -> GaussianActor:
        """The policy."""
        actor = self.networks["actor"]
        assert isinstance(actor, GaussianActor)
        return actor

    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        """All that is optimised, by name; `actor` and `critic` at least."""
        actor = build_actor(
            self.config,
            num_inputs=self.obs_dims["actor"],
            num_actions=self.num_actions,
            generator=generator,
        )
        critic = build_mlp(
            self.config.critic, self.obs_dims["critic"], num_outputs=1, generator=generator
        )
        return nn.ModuleDict({"actor": actor, "critic": critic})

    def extra_rewards(self, rollout: Rollout) -> Mapping[str, Tensor]:
        """Name to (N, E) rewards that are added to the environment's."""
        del rollout
        return {}

    def extra_batch(self, rollout: Rollout) -> Mapping[str, Tensor]:
        """Name to (N * E, ...) rows that `extra_losses` will need."""
        del rollout
        return {}

    def extra_losses(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Name to 0-dim loss of a mini-batch, added to PPO's own."""
        del batch
        return {}

    @torch.no_grad()
    def act(self, obs: Mapping[str, Tensor], *, deterministic: bool = True) -> Tensor:
        """(E, A) actions for raw observations."""
        mean = self.actor(self.normalizers["actor"](obs["actor"]))
        if deterministic:
            return mean
        noise = torch.randn(mean.shape, generator=self.generator, device=self.device)
        return torch.addcmul(mean, self.actor.log_std.exp(), noise)

    def iterate(self, should_stop: Callable[[], bool] = lambda: False) -> dict[str, float] | None:
        """One rollout and one update.

        Args:
            should_stop: Asked after every control step; True abandons the rollout.

        Returns:
            Measures by name, or None when abandoned; then nothing was learned.

        Raises:
            TrainingDivergedError: An observation, reward or loss is not finite.
        """
        if not self.collect(should_stop):
            return None
        measures = self.update()
        self.step_count += self.rollout.num_samples
        self.epoch += 1
        return {**self._log.means(), **self._episodes.means(), **measures}

    @torch.no_grad()
    def collect(self, should_stop: Callable[[], bool]) -> bool:
        """Fill the rollout with the current policy; False if stopped on the way."""
        rollout = self.rollout
        rollout.clear_cuts()
        obs = self.env.reset() if self._obs is None else self._obs
        normalizer, actor, std = self.normalizers["actor"], self.actor, self.actor.log_std.exp()
        rollout.noise.normal_(generator=self.generator)
        for t in range(rollout.num_steps):
            for group in self.groups:
                rollout.obs[group][t] = obs[group]
            mean = rollout.means[t].copy_(actor(normalizer(obs["actor"])))
            step = self.env.step(torch.addcmul(mean, std, rollout.noise[t]))
            rollout.rewards[t] = step.reward
            rollout.terminated[t] = step.terminated
            rollout.truncated[t] = step.truncated
            if "critic" in step.truncated_obs:
                rollout.add_cuts(t, step.truncated, step.truncated_obs["critic"])
            self._episodes.add(step.reward, step.terminated, step.truncated)
            self._log.add(step.log)
            obs = step.obs
            if should_stop():
                self._obs = None
                return False
        for group in self.groups:
            rollout.last_obs[group].copy_(obs[group])
        self._obs = {group: rollout.last_obs[group] for group in self.groups}
        return True

    def update(self) -> dict[str, float]:
        """Improve the policy on the collected rollout."""
        batch, measures = self.prepare_batch()
        sums: dict[str, Tensor] = {}
        count = 0
        for _ in range(self.config.num_mini_epochs):
            for rows in mini_batches(shuffled(batch, self.generator), self.batch_size):
                for name, value in self._improve(rows).items():
                    sums[name] = sums[name] + value if name in sums else value
                count += 1
        for group in self.groups:
            # statistics move between rollouts only: within one, ratios start at exactly one
            self.normalizers[group].update(self.rollout.obs[group].flatten(0, 1))
        measures |= {name: float(value) / count for name, value in sums.items()}
        measures["train/learning_rate"] = self.learning_rate
        measures["train/action_std"] = float(self.actor.log_std.detach().exp().mean())
        _refuse_nan(measures)
        return measures

    @torch.no_grad()
    def prepare_batch(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """Flat training rows of the rollout, and measures of its returns."""
        rollout, config = self.rollout, self.config
        normalized = {
            group: self.normalizers[group](rollout.obs[group].flatten(0, 1))
            for group in self.groups
        }
        critic = self.networks["critic"]
        values = critic(normalized["critic"]).view(rollout.num_steps, -1)
        last = critic(self.normalizers["critic"](rollout.last_obs["critic"])).squeeze(-1)
        rewards, measures = self._rewards()
        self._bootstrap_cuts(rewards)
        advantages, returns = gae(
            rewards,
            values,
            last,
            dones=rollout.terminated | rollout.truncated,
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
        )
        residual = float((returns - values).var() / returns.var().clamp(min=1e-12))
        measures |= {
            "train/value_mean": float(values.mean()),
            "train/explained_variance": 1.0 - residual,
        }
        advantages = advantages.flatten()
        if config.normalize_advantage == "rollout":
            advantages = losses.standardised(advantages)
        log_std = self.actor.log_std.detach()
        noise = rollout.noise.flatten(0, 1)
        means = rollout.means.flatten(0, 1)
        batch = {
            **normalized,
            "actions": torch.addcmul(means, log_std.exp(), noise),
            "means": means,
            "log_probs": losses.log_prob(noise, log_std),
            "advantages": advantages,
            "returns": returns.flatten(),
            "values": values.flatten(),
            **self.extra_batch(rollout),
        }
        self._old_log_std = log_std.clone()
        return batch, measures

    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The 0-dim losses of a mini-batch; their sum is minimised. Adapts the rate on the way."""
        config = self.config
        mean, log_std = self.actor(batch["actor"]), self.actor.log_std
        deviation = (batch["actions"] - mean) * (-log_std).exp()
        ratio = (losses.log_prob(deviation, log_std) - batch["log_probs"]).exp()
        self._adapt_rate(mean.detach(), batch["means"])
        self._clip_share = ((ratio.detach() - 1.0).abs() > config.clip).float().mean()
        advantages = batch["advantages"]
        if config.normalize_advantage == "mini_batch":
            advantages = losses.standardised(advantages)
        return {
            "policy": losses.clipped_policy_loss(ratio, advantages, config.clip),
            "value": config.value_coef * self.value_loss(batch),
            "entropy": -config.entropy_coef * losses.entropy(log_std),
            **self.extra_losses(batch),
        }

    def value_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Squared error of the critic, clipped as PPO clips it where the config says so."""
        values = self.networks["critic"](batch["critic"]).squeeze(-1)
        if self.config.clip_value:
            return losses.clipped_value_loss(
                values, batch["values"], batch["returns"], self.config.clip
            )
        return (values - batch["returns"]).square().mean()

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain numbers from which training goes on."""
        return {
            "networks": self.networks.state_dict(),
            "normalizers": {name: n.state_dict() for name, n in self.normalizers.items()},
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "learning_rate": self.learning_rate,
            "step_count": self.step_count,
            "epoch": self.epoch,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state_dict`; episodes start anew."""
        self.load_policy_state(state)
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        self.learning_rate = state["learning_rate"]
        self.step_count = state["step_count"]
        self.epoch = state["epoch"]
        self._obs = None

    def load_policy_state(self, state: Mapping[str, Any]) -> None:
        """Take networks and normalisers only: a warm start."""
        self.networks.load_state_dict(state["networks"])
        for group, normalizer in self.normalizers.items():
            normalizer.load_state_dict(state["normalizers"][group])

    def _rewards(self) -> tuple[Tensor, dict[str, float]]:
        rewards = self.rollout.rewards.clone()
        measures = {}
        for name, extra in self.extra_rewards(self.rollout).items():
            rewards += extra
            measures[f"reward/{name}"] = float(extra.mean())
        measures["train/reward"] = float(rewards.mean())
        _refuse_nan(measures)
        return rewards, measures

    def _bootstrap_cuts(self, rewards: Tensor) -> None:
        cuts = self.rollout.cuts()
        if cuts is not None:
            indices, obs = cuts
            values = self.networks["critic"](self.normalizers["critic"](obs)).squeeze(-1)
            alive = ~self.rollout.terminated.view(-1)[indices]
            rewards.view(-1)[indices] += self.config.gamma * values * alive

    def _improve(self, rows: Mapping[str, Tensor]) -> dict[str, Tensor]:
        parts = self.losses(rows)
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        norm = nn.utils.clip_grad_norm_(self.networks.parameters(), self.config.max_grad_norm)
        self.optimizer.step()
        self.actor.keep_above_floor()
        return {
            **{f"loss/{name}": value.detach() for name, value in parts.items()},
            "train/grad_norm": norm,
            "train/kl": self._kl,
            "train/clip_share": self._clip_share,
        }

    @torch.no_grad()
    def _adapt_rate(self, mean: Tensor, old_mean: Tensor) -> None:
        """Steer the rate by the exact KL divergence from the policy that acted."""
        self._kl = losses.mean_kl(
            mean, self.actor.log_std, old_mean=old_mean, old_log_std=self._old_log_std
        )
        if self.config.schedule == "adaptive":
            rate = losses.adapted_rate(self.learning_rate, float(self._kl), self.config)
            self.learning_rate = rate
            for group in self.optimizer.param_groups:
                group["lr"] = rate


def _refuse_nan(measures: Mapping[str, float]) -> None:
    bad = sorted(name for name, value in measures.items() if not math.isfinite(value))
    if bad:
        raise TrainingDivergedError(
            f"{', '.join(bad)} became infinite or NaN; the last checkpoint is from before. Lower "
            "agent.learning_rate or agent.init_std, or look for a motion with extreme velocities"
        )

"""Proximal policy optimisation; other agents are this class with more rewards, losses or groups."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from training.agents import losses
from training.agents.base import PolicyNetwork, Sizes, load_part, refuse_nan
from training.agents.config import PPOConfig
from training.agents.environment import VectorEnv
from training.agents.networks import (
    ActorPolicy,
    GaussianActor,
    build_actor,
    build_mlp,
    build_normalizer,
)
from training.agents.on_policy import OnPolicyAgent
from training.agents.rollout import Rollout, gae

C = TypeVar("C", bound=PPOConfig)


class PPO(OnPolicyAgent[C]):
    """Learns a Gaussian policy.

    A child changes what it needs: `groups`, `after_groups`, `build_networks`, `buffers`,
    `extra_rewards`, `extra_batch` and `extra_losses`.
    """

    groups: ClassVar[tuple[str, ...]] = ("actor", "critic")
    cut_groups: ClassVar[tuple[str, ...]] = ("critic",)
    clipped_together: ClassVar[tuple[str, ...]] = ("actor", "critic")

    def __init__(self, config: C, env: VectorEnv, *, seed: int = 0) -> None:
        super().__init__(config, env, seed=seed)
        self._std = self._old_log_std = self.actor.log_std.detach()
        self._kl = self._clip_share = torch.zeros(())

    @property
    def actor(self) -> GaussianActor:
        """The policy."""
        actor = self.networks["actor"]
        assert isinstance(actor, GaussianActor)
        return actor

    @property
    def learning_rate(self) -> float:
        """The actor's rate, as the schedule left it."""
        return self.rates["actor"]

    def build_networks(self, generator: torch.Generator) -> nn.ModuleDict:
        """See `OnPolicyAgent.build_networks`; `actor` and `critic` at least."""
        dims, config = self.sizes.obs_dims, self.config
        actor = build_actor(
            config,
            num_inputs=dims["actor"],
            num_actions=self.sizes.num_actions,
            generator=generator,
        )
        critic = build_mlp(config.critic, dims["critic"], num_outputs=1, generator=generator)
        return nn.ModuleDict({"actor": actor, "critic": critic})

    def learning_rates(self) -> Mapping[str, float]:
        """See `OnPolicyAgent.learning_rates`."""
        config = self.config
        own = {} if config.critic_learning_rate is None else {"critic": config.critic_learning_rate}
        return {**super().learning_rates(), **own}

    def buffers(self) -> Mapping[str, tuple[int, ...]]:
        """`means` of the policy that acted, and unit normal `noise`: action = mean + std · noise."""
        shape = (self.sizes.num_actions,)
        return {"means": shape, "noise": shape}

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
        """See `Agent.act`."""
        mean = self.actor(self.normalizers["actor"](obs["actor"]))
        if deterministic:
            return mean
        noise = torch.randn(mean.shape, generator=self.generator, device=self.device)
        return torch.addcmul(mean, self.actor.log_std.exp(), noise)

    @classmethod
    def policy(cls, config: C, sizes: Sizes, *, state: Mapping[str, Any]) -> PolicyNetwork:
        """See `Agent.policy`: the mean of the Gaussian."""
        width = sizes.obs_dims["actor"]
        actor = build_actor(
            config,
            num_inputs=width,
            num_actions=sizes.num_actions,
            generator=torch.Generator(),
        )
        load_part(actor, "actor", state=state["networks"])
        normalizer = build_normalizer(config, width)
        normalizer.load_state_dict(state["normalizers"]["actor"])
        return ActorPolicy(actor, normalizer).eval()

    def begin_rollout(self) -> None:
        """See `OnPolicyAgent.begin_rollout`."""
        self._std = self.actor.log_std.exp()
        self.rollout.kept["noise"].normal_(generator=self.generator)

    def explore(self, obs: Mapping[str, Tensor], step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        """See `OnPolicyAgent.explore`."""
        mean = self.actor(self.normalizers["actor"](obs["actor"]))
        noise = self.rollout.kept["noise"][step]
        return torch.addcmul(mean, self._std, noise), {"means": mean}

    @torch.no_grad()
    def prepare_batch(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """See `OnPolicyAgent.prepare_batch`: advantages, returns, and what the policy said."""
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
        noise = rollout.kept["noise"].flatten(0, 1)
        means = rollout.kept["means"].flatten(0, 1)
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
        """See `OnPolicyAgent.losses`. Adapts the rate on the way."""
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

    def after_improvement(self) -> dict[str, Tensor]:
        """See `OnPolicyAgent.after_improvement`."""
        self.actor.keep_above_floor()
        return {"train/kl": self._kl, "train/clip_share": self._clip_share}

    def update_measures(self) -> dict[str, float]:
        """See `OnPolicyAgent.update_measures`."""
        return {
            "train/learning_rate": self.learning_rate,
            "train/action_std": float(self.actor.log_std.detach().exp().mean()),
        }

    def _rewards(self) -> tuple[Tensor, dict[str, float]]:
        rewards = self.rollout.rewards.clone()
        measures = {}
        for name, extra in self.extra_rewards(self.rollout).items():
            rewards += extra
            measures[f"reward/{name}"] = float(extra.mean())
        measures["train/reward"] = float(rewards.mean())
        refuse_nan(measures)
        return rewards, measures

    def _bootstrap_cuts(self, rewards: Tensor) -> None:
        cuts = self.rollout.cuts()
        if cuts is not None:
            indices, obs = cuts
            values = self.networks["critic"](self.normalizers["critic"](obs["critic"])).squeeze(-1)
            alive = ~self.rollout.terminated.view(-1)[indices]
            rewards.view(-1)[indices] += self.config.gamma * values * alive

    @torch.no_grad()
    def _adapt_rate(self, mean: Tensor, old_mean: Tensor) -> None:
        """Steer the rate by the exact KL divergence from the policy that acted."""
        self._kl = losses.mean_kl(
            mean, self.actor.log_std, old_mean=old_mean, old_log_std=self._old_log_std
        )
        if self.config.schedule == "adaptive":
            rate = losses.adapted_rate(self.learning_rate, float(self._kl), self.config)
            follow = self.config.critic_learning_rate is None
            for name in ("actor", "critic") if follow else ("actor",):
                self.set_rate(name, rate)

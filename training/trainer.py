"""The training loop: iterate, log, score, save, and stop where asked."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict

import torch
from torch import Tensor

from motionlib.errors import FormatError
from motionlib.formats.broken_states import BrokenStates, save_broken_states
from training.agents.base import Agent
from training.checkpoint import Checkpoint, CheckpointFacts, save_checkpoint
from training.config import SavingConfig
from training.divergence import TrainingDivergedError
from training.process_state import process_state, restore_process
from training.progress import Sink
from training.runs import RunFolder
from training.scored import Scorer

_LOG = logging.getLogger(__name__)
Outcome = Literal["finished", "stopped"]


class _StatefulEnv(Protocol):
    @property
    def device(self) -> torch.device: ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: Any) -> bool: ...

    def states(self, reason: str) -> BrokenStates: ...


class _State(TypedDict):
    agent: Mapping[str, Any]
    env: Mapping[str, Any]
    process: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When a training is done, over all its sessions; the first bound reached ends it."""

    max_steps: int
    max_epochs: int | None = None
    max_seconds: float | None = None

    def spent(self, facts: CheckpointFacts) -> bool:
        """Whether a run with these facts is done."""
        return (
            facts.step_count >= self.max_steps
            or (self.max_epochs is not None and facts.epoch >= self.max_epochs)
            or (self.max_seconds is not None and facts.train_seconds >= self.max_seconds)
        )

    def epochs(self, samples: int) -> int:
        """Epochs of `samples` environment steps that the bounds on steps allow."""
        epochs = -(-self.max_steps // samples)
        return epochs if self.max_epochs is None else min(epochs, self.max_epochs)


class Trainer:
    """One session of a training run."""

    def __init__(
        self,
        agent: Agent,
        env: _StatefulEnv,
        *,
        facts: CheckpointFacts,
        folder: RunFolder,
        saving: SavingConfig,
        budget: Budget,
        scorer: Scorer | None,
        sinks: Sequence[Sink],
    ) -> None:
        self._agent, self._env = agent, env
        self._folder, self._saving, self._budget = folder, saving, budget
        self._scorer, self._sinks = scorer, sinks
        self.facts = facts

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on where a checkpoint stood, to the bit if the simulator can say where it stood.

        Raises:
            FormatError: It does not say where episodes stood, or is not of this agent.
        """
        try:
            self._restore(checkpoint)
        except (RuntimeError, KeyError, ValueError) as error:
            raise FormatError(
                f"{checkpoint.path}: its state does not fit this run ({error}); "
                f"{_from_its_weights(checkpoint.path)}"
            ) from error
        before = checkpoint.facts.learning_codes
        self.facts = self.facts.going_on(checkpoint.facts)
        if self.facts.learning_codes != before:
            _LOG.warning(
                "the code that learns is not what the run's earlier sessions learned by (%s); it "
                "goes on, and its policy is of both",
                ", then ".join(self.facts.learning_codes),
            )

    def run(self, should_stop: Callable[[], bool]) -> Outcome:
        """Train until the budget is spent or a stop is asked for; saved either way.

        Raises:
            TrainingDivergedError: A number became infinite or NaN; `last.ckpt` is of before that
                update, and `broken_states.npz` tells of the robots.
            OSError: A file cannot be written.
        """
        started = time.perf_counter() - self.facts.train_seconds
        saved = time.perf_counter()
        while not self._budget.spent(self.facts):
            begun = time.perf_counter()
            before = self._state()
            try:
                measures = None if should_stop() else self._agent.iterate(should_stop)
            except TrainingDivergedError as error:
                raise self._diverged(error, before) from error
            if measures is None:
                # of a rollout that was broken off nothing remains, as if nobody had begun it
                self._save(self._folder.last, before)
                return "stopped"
            now = time.perf_counter()
            measures["perf/steps_per_s"] = self._agent.num_samples / (now - begun)
            self._advance(now - started)
            for sink in self._sinks:
                sink.epoch(
                    epoch=self.facts.epoch,
                    step=self.facts.step_count,
                    seconds=self.facts.train_seconds,
                    measures=measures,
                )
            if self._scorer is not None and self.facts.epoch % self._scorer.every == 0:
                self._score(self._scorer)
            if now - saved > self._saving.save_every_s:
                self._advance(time.perf_counter() - started)
                self._save(self._folder.last)
                saved = time.perf_counter()
        if self._scorer is not None and self.facts.score_step != self.facts.step_count:
            self._score(self._scorer)
        self._advance(time.perf_counter() - started)
        self._save(self._folder.last)
        return "finished"

    def _advance(self, seconds: float) -> None:
        self.facts = replace(
            self.facts,
            step_count=self._agent.step_count,
            epoch=self._agent.epoch,
            train_seconds=seconds,
        )

    def _score(self, scorer: Scorer) -> None:
        scored, best = scorer(), self.facts.best_score
        if self.facts.scored_by != scorer.name:
            best = None  # of another kind
        better = best is None or scorer.at_least(scored.value, best)
        self.facts = replace(
            self.facts,
            score=scored.value,
            best_score=scored.value if better else best,
            score_step=self.facts.step_count,
            scored_by=scorer.name,
        )
        for sink in self._sinks:
            sink.score(step=self.facts.step_count, measures=scored.measures)
        if better:
            self._save(self._folder.best)
        scorer.keep(
            scored,
            steps=self.facts.step_count,
            epoch=self.facts.epoch,
            checkpoint=self._folder.best.name if better else "",
        )

    def _diverged(self, error: TrainingDivergedError, before: _State) -> TrainingDivergedError:
        """Save the last state that was sound, and where robots were when one was not."""
        last, dump = self._folder.last, self._folder.broken_states
        self._save(last, before)
        states = error.states or self._env.states(f"{error}, by no single robot")
        save_broken_states(dump, states)
        return TrainingDivergedError(
            f"{error}. {last} is of before that update, epoch {self.facts.epoch}, and the same "
            f"command gets there again; motion inspect {dump} says where robots were. To go on "
            "otherwise, lower agent.learning_rate or agent.init_std, or leave out a motion with "
            f"extreme velocities, and {_from_its_weights(last)}",
            states,
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        if checkpoint.process is None:
            raise FormatError(
                f"{checkpoint.path}: does not say where episodes stood, as those of older "
                f"versions; {_from_its_weights(checkpoint.path)}"
            )
        self._agent.load_state_dict(checkpoint.agent)
        if not self._env.load_state_dict(checkpoint.env):
            self._agent.forget_episodes()
            _LOG.warning("the simulator does not say where it stood: episodes begin anew")
        changed = restore_process(checkpoint.process, self._env.device)
        if changed:
            _LOG.warning("%s: it goes on, its last digits may be others", "; ".join(changed))

    def _state(self) -> _State:
        """Copies: what it says stays, whatever is learned next."""
        return _State(
            agent=copied(self._agent.state_dict()),
            env=self._env.state_dict(),
            process=process_state(self._env.device),
        )

    def _save(self, path: Path, state: _State | None = None) -> None:
        save_checkpoint(path, self.facts, **(state or self._state()))


def copied(value: Any) -> Any:
    """Plain values with copies of the tensors in them."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return {name: copied(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copied(each) for each in value)
    return value


def _from_its_weights(path: Path) -> str:
    return f"start from its weights: another --experiment-name with --checkpoint {path}"

"""What tells a run which of its checkpoints is the best: a cheap score, or full evaluations."""

from pathlib import Path

from training.agents.base import Agent
from training.building import build_evaluation_env
from training.config import Experiment
from training.envs.environment import Environment
from training.evaluation.cases import find_cases
from training.evaluation_scorer import EvaluationScorer
from training.scored import Scored, Scorer
from training.scoring import score_policy, scored_motions


class QuickScorer:
    """Scores a fixed choice of motions; its environment is made on first use."""

    def __init__(self, experiment: Experiment, env: Environment, agent: Agent) -> None:
        self._experiment, self._train_env, self._agent = experiment, env, agent
        num_cases = len(find_cases(env.command).names)
        self._motions = scored_motions(num_cases, experiment.saving.score_motions)
        self._env: Environment | None = None
        self.name, self.every = "", experiment.saving.score_every_epochs

    def __call__(self) -> Scored:
        """See `Scorer`."""
        if self._env is None:
            env = self._train_env
            self._env = build_evaluation_env(
                self._experiment,
                env.lib,
                env.robot,
                num_envs=len(self._motions),
                device=env.device,
            )
        score = score_policy(
            self._env,
            self._agent.act,
            motion_ids=self._motions,
            seconds=self._experiment.saving.score_s,
        )
        measures = {
            "score/score": score.value,
            "score/survived": score.survived,
            "score/global_error_m": score.global_error,
            "score/relative_error_m": score.relative_error,
        }
        return Scored(value=score.value, measures=measures)

    def at_least(self, value: float, best: float) -> bool:
        """See `Scorer.at_least`: higher is better."""
        return value >= best

    def keep(self, scored: Scored, *, steps: int, epoch: int, checkpoint: str) -> None:
        """See `Scorer.keep`: the learning curve has it already."""


def open_scorer(
    experiment: Experiment, env: Environment, agent: Agent, *, path: Path, steps: int
) -> Scorer | None:
    """What judges a run; None for a task without motions.

    Args:
        experiment: Full evaluations where `evaluating.eval_metrics_every` asks for them.
        env: Which the agent learns in.
        agent: Whose policy is judged.
        path: `evaluations.parquet` of the run.
        steps: Environment steps that the run has done.

    Raises:
        MotionError, ConfigError, FormatError: See `EvaluationScorer`.
    """
    if env.lib is None:
        return None
    if not experiment.evaluating.eval_metrics_every:
        return QuickScorer(experiment, env, agent)
    return EvaluationScorer(experiment, env.lib, agent, device=env.device, path=path, steps=steps)

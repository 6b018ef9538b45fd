"""Full evaluations while a policy learns; they choose its best checkpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import torch

from motionlib.errors import nearest_names
from motionlib.library import MotionLib, library_from_states
from training.agents.base import Agent
from training.building import build_evaluation_env, find_motions
from training.config import Experiment
from training.envs.environment import Environment
from training.evaluation.columns import table_columns
from training.evaluation.controllers import PolicyController
from training.evaluation.evaluations_file import EvaluationsFile
from training.evaluation.evaluator import evaluate
from training.evaluation.tables import aggregate
from training.fitting import open_motions
from training.scored import Scored
from training.values import ConfigError

GUIDES = {
    "success_rate": ("Eval/success_rate",),
    "body_pos_error_mean": ("eval/pose_error", "Eval/gt_err"),
    "body_lin_vel_error_mean": ("eval/velocity_error",),
    "root_pos_error_mean": ("eval/root_error",),
}
"""Column to the other names under which guides look for it, beside `eval/<column>`."""


_RATES = ("success_rate", "survival_rate")


class EvaluationScorer:
    """Evaluates every chosen motion whole, as `--full-eval` does, and keeps the table's means."""

    def __init__(
        self,
        experiment: Experiment,
        lib: MotionLib,
        agent: Agent,
        *,
        device: torch.device,
        path: Path,
        steps: int,
    ) -> None:
        """Find and choose the motions.

        Args:
            experiment: Its `evaluating` says which, how often and what for.
            lib: What is trained on; evaluated where no other motions are named.
            agent: Whose policy it is.
            device: Where the environment computes.
            path: `evaluations.parquet`; rows of after `steps` environment steps are forgotten.
            steps: That the run has done.

        Raises:
            MotionError, ConfigError: The motions cannot be found, do not fit, or none is chosen; or
                there is no such score.
            FormatError: The file cannot be read.
        """
        self._experiment, self._agent, self._device = experiment, agent, device
        self._config = experiment.evaluating
        _check_score(experiment)
        self._lib = _chosen(_motions(experiment, lib), self._config.motions)
        self._file = EvaluationsFile(path, steps=steps)
        self._env: Environment | None = None
        self.name = f"{self._config.direction} {self._config.score}"
        self.every = self._config.eval_metrics_every

    @torch.no_grad()
    def __call__(self) -> Scored:
        """See `Scorer`.

        Raises:
            ConfigError: There is nothing that the chosen score could be taken from.
        """
        if self._env is None:
            count = min(self._config.num_envs, self._lib.num_motions)
            self._env = build_evaluation_env(
                self._experiment, self._lib, self._lib.robot, num_envs=count, device=self._device
            )
        controller = PolicyController(self._agent.act)
        found = aggregate(evaluate(self._env, controller, config=self._experiment.evaluation).table)
        means = {name: spread["mean"] for name, spread in found["measures"].items()}
        rates = {name: found[name] for name in _RATES}
        counts = {"num_motions": found["motions"], "motions_judged": found["motions_judged"]}
        return Scored(
            value=self._value({**rates, **means}),
            measures=_logged({**rates, **means}),
            row={**counts, **rates, **means},
        )

    def at_least(self, value: float, best: float) -> bool:
        """See `Scorer.at_least`."""
        return value >= best if self._config.direction == "highest" else value <= best

    def keep(self, scored: Scored, *, steps: int, epoch: int, checkpoint: str) -> None:
        """See `Scorer.keep`: a row of `evaluations.parquet`."""
        self._file.add({"steps": steps, "epoch": epoch, "checkpoint": checkpoint, **scored.row})

    def _value(self, scores: Mapping[str, float | None]) -> float:
        name = self._config.score
        value = scores[name]
        if value is None:
            raise ConfigError(
                f"evaluating.score {name} could not be taken from any of the "
                f"{self._lib.num_motions} motions; choose another, or motions of two frames or more"
            )
        return value


def _check_score(experiment: Experiment) -> None:
    columns = table_columns(experiment.evaluation)
    scores = [*_RATES, *(column.name for column in columns if column.measure)]
    name = experiment.evaluating.score
    if name not in scores:
        raise ConfigError(
            f"evaluating.score is {name!r}, expected a score of the evaluation; "
            f"{nearest_names(name, scores)}"
        )


def _motions(experiment: Experiment, lib: MotionLib) -> MotionLib:
    named = experiment.evaluating.motion_lib
    if not (named.motion_file or named.registry_name):
        return lib
    return open_motions(replace(experiment, motion_lib=named), lib.robot, find_motions(named))[1]


def _chosen(lib: MotionLib, patterns: Sequence[str]) -> MotionLib:
    if not patterns:
        return lib
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in lib.names):
            raise ConfigError(
                f"evaluating.motions has {pattern!r}, which is no motion that is evaluated; "
                f"{nearest_names(pattern, lib.names)}"
            )
    ids = [
        index
        for index, name in enumerate(lib.names)
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
    starts, lengths = lib.starts.tolist(), lib.num_frames.tolist()
    parts = [lib.frames(slice(starts[i], starts[i] + lengths[i])) for i in ids]
    motions = [lib.motion(index) for index in ids]
    return library_from_states(motions, parts, velocity_rule=lib.velocity_rule)


def _logged(scores: Mapping[str, float | None]) -> dict[str, float]:
    logged = {}
    for name, value in scores.items():
        if value is not None:
            logged |= dict.fromkeys((f"eval/{name}", *GUIDES.get(name, ())), value)
    return logged

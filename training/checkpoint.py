"""Checkpoints: primitives and tensors only, sealed, read without running anything."""

import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlib.errors import FormatError, RobotError
from motionlib.files import write_bytes
from motionlib.robot import Robot
from training.agents.base import PolicyNetwork, Sizes
from training.agents.opening import open_policy
from training.config import Experiment, experiment_from_yaml
from training.sealing import BrokenSealError, check_seal, sealed
from training.values import ConfigError, plain_from_value, value_from_plain

CHECKPOINT_FORMAT = "motion-workbench checkpoint"
CHECKPOINT_VERSION = 3
_WITHOUT_EPISODES = 2
"""Version that does not say where episodes stood; its policy is read, its run does not go on."""
UNNOTED = "unnoted"
"""Stands among `learning_codes` for code whose meaning was not noted."""
_COUNTS = ("step_count", "epoch", "train_seconds", "score", "best_score", "score_step", "scored_by")
"""Facts that grow from session to session of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFacts:
    """What a checkpoint says about itself."""

    robot_name: str
    robot_sha256: str
    """Hash of the robot's files."""
    robot_semantic_sha256: str
    """Hash of the robot's kinematic facts: what a policy depends on."""
    motions_reference: str
    """Artifact version, or path of the motion file; empty for a task without motions."""
    motions_sha256: str
    """Hash of the motion file's bytes; empty for a task without motions."""
    artifact_sha256: str
    """Hash of the artifact's content; empty for a plain file."""
    num_motions: int
    obs_dims: Mapping[str, int]
    num_actions: int
    experiment_yaml: str
    code_version: str
    seed: int
    step_count: int = 0
    """Environment steps so far."""
    epoch: int = 0
    train_seconds: float = 0.0
    """s of wall clock spent in training, all sessions together."""
    score: float | None = None
    """The latest score, see `scoring`; None before the first."""
    best_score: float | None = None
    score_step: int = 0
    """Environment steps at which `score` was measured."""
    velocity_rule: str = ""
    """By which the velocities were made that it was trained with; empty where nobody noted it."""
    motions_fps: tuple[float, ...] = ()
    """Frames a second of the motion file, before it was resampled to the control rate; each rate
    once, rising; empty where nobody noted it."""
    scored_by: str = ""
    """What `score` and `best_score` are of: `highest success_rate`; empty for the quick score."""
    learning_codes: tuple[str, ...] = ()
    """Every meaning of the code that it was trained by (`learning_code`), in order; `UNNOTED`
    where nobody noted it."""

    def experiment(self) -> Experiment:
        """The experiment that made it."""
        return experiment_from_yaml(self.experiment_yaml, where="experiment in the checkpoint")

    def going_on(self, before: "CheckpointFacts") -> "CheckpointFacts":
        """These facts of a session, where a run goes on that stood at `before`."""
        codes = before.learning_codes or (UNNOTED,)
        new = tuple(code for code in self.learning_codes if code != codes[-1])
        counts = {name: getattr(before, name) for name in _COUNTS}
        return replace(self, **counts, learning_codes=(*codes, *new))


def save_checkpoint(
    path: Path,
    facts: CheckpointFacts,
    *,
    agent: Mapping[str, Any],
    env: Mapping[str, Any],
    process: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint; readers see the old one or the new one, never a half.

    It carries its own checksum, and `torch.load(path, weights_only=True)` reads it as well.

    Args:
        path: Usually `last.ckpt`.
        facts: About the run.
        agent: `Agent.state_dict()`.
        env: `Environment.state_dict()`.
        process: `process_state()`; None where no run is to go on from it.

    Raises:
        OSError: The disk is full or cannot be written; the old file stays.
    """
    content = {
        "format": CHECKPOINT_FORMAT,
        "version": CHECKPOINT_VERSION,
        "facts": plain_from_value(facts),
        "agent": dict(agent),
        "env": dict(env),
        "process": process,
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_bytes(path, sealed(buffer.getvalue()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint read back."""

    path: Path
    facts: CheckpointFacts
    agent: Mapping[str, Any]
    env: Mapping[str, Any]
    process: Mapping[str, Any] | None
    """None where no run can go on: in checkpoints of before they said where episodes stood."""


def load_checkpoint(path: Path, *, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint with `weights_only=True`: nothing in it is executed.

    Its bytes are held against their checksum before anything is made of them.

    Raises:
        FormatError: Missing, damaged, not ours, or of another version; names file and remedy.
    """
    path = Path(path)
    if not path.is_file():
        raise FormatError(f"{path}: no such checkpoint; a run writes results/<name>/last.ckpt")
    archive = path.read_bytes()
    try:
        check_seal(archive)
    except BrokenSealError as error:
        raise FormatError(
            f"{path} {error}; use another checkpoint of the run, or train anew with this version"
        ) from error
    try:
        content = torch.load(io.BytesIO(archive), map_location=device, weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError) as error:
        # torch's own words advise to read it without protection
        raise FormatError(
            f"{path}: holds something else than tensors and plain values; not written by us"
        ) from error
    if not isinstance(content, dict) or content.get("format") != CHECKPOINT_FORMAT:
        raise FormatError(f"{path}: format is not {CHECKPOINT_FORMAT!r}; not written by us")
    if content.get("version") not in (_WITHOUT_EPISODES, CHECKPOINT_VERSION):
        raise FormatError(
            f"{path}: version is {content.get('version')!r}, this program reads "
            f"{CHECKPOINT_VERSION}; train anew, or use the code that wrote it"
        )
    try:
        facts = value_from_plain(CheckpointFacts, content.get("facts"), where="facts")
        return Checkpoint(
            path=path,
            facts=facts,
            agent=content["agent"],
            env=content["env"],
            process=content.get("process"),
        )
    except (ConfigError, KeyError) as error:
        raise FormatError(f"{path}: {error}; the file is damaged or of another version") from error


class Policy:
    """A trained policy that acts deterministically on raw observations."""

    def __init__(self, facts: CheckpointFacts, *, network: PolicyNetwork, where: str) -> None:
        self.facts = facts
        self._network, self._where = network, where
        self._widths = {group: facts.obs_dims[group] for group in network.groups}

    @property
    def groups(self) -> tuple[str, ...]:
        """Observation groups that it reads."""
        return self._network.groups

    @torch.no_grad()
    def act(self, obs: Mapping[str, Tensor]) -> Tensor:
        """(E, A) actions.

        Raises:
            ValueError: A group has another width than the policy was trained with.
        """
        for group, width in self._widths.items():
            if obs[group].shape[-1] != width:
                raise ValueError(
                    f"{self._where}: observations of {group} have {obs[group].shape[-1]} numbers, "
                    f"the policy was trained with {width}; use the environment of its own "
                    "experiment"
                )
        return self._network(obs)

    def check_robot(self, robot: Robot) -> None:
        """Refuse another robot than the one that it was trained on.

        Raises:
            RobotError: Another robot; names both.
        """
        facts = self.facts
        if robot.semantic_sha256 != facts.robot_semantic_sha256:
            raise RobotError(
                f"{self._where}: trained on robot {facts.robot_name} "
                f"({facts.robot_semantic_sha256[:12]}), given {robot.name} "
                f"({robot.semantic_sha256[:12]}); use that robot, or train for this one"
            )

    def check_env(self, obs_dims: Mapping[str, int], *, num_actions: int) -> None:
        """Refuse an environment of other sizes.

        Raises:
            ConfigError: Names both sizes.
        """
        theirs = {group: obs_dims.get(group) for group in self._widths}
        if theirs != self._widths or num_actions != self.facts.num_actions:
            raise ConfigError(
                f"{self._where}: trained with observations {_listed(self._widths)} and "
                f"{self.facts.num_actions} actions, the environment has {_listed(theirs)} and "
                f"{num_actions}; use its own experiment (in the checkpoint) without overrides of "
                "env.observations"
            )


def load_policy(path: Path, device: torch.device | str = "cpu") -> Policy:
    """The policy of a checkpoint, whichever agent learned it, ready to act.

    Args:
        path: `last.ckpt` or `score_based.ckpt`.
        device: Where it computes.

    Raises:
        FormatError: Not a readable checkpoint, or its weights are not those of its experiment.
    """
    checkpoint = load_checkpoint(path, device=device)
    facts = checkpoint.facts
    try:
        config = facts.experiment().agent
    except ConfigError as error:
        raise FormatError(f"{path}: {error}") from error
    try:
        sizes = Sizes(facts.obs_dims, facts.num_actions)
        network = open_policy(config, sizes, state=checkpoint.agent)
        return Policy(facts, network=network.to(device), where=str(path))
    except (RuntimeError, KeyError) as error:
        raise FormatError(f"{path}: weights do not fit their own experiment: {error}") from error


def _listed(widths: Mapping[str, int | None]) -> str:
    return ", ".join(f"{group} {width}" for group, width in widths.items())

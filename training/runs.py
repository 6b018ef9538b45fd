"""The folder of one training run: what lies in it, and whether a run may go on there."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from motionlib.errors import FormatError
from motionlib.files import motion_home, sweep_leftovers, write_bytes, write_text
from motionlib.home import check_home
from training.checkpoint import Checkpoint, CheckpointFacts, load_checkpoint
from training.config import Experiment, learning_facts, yaml_from_experiment
from training.values import ConfigError, differences

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHOWN_DIFFERENCES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """`MOTION_HOME/results/<experiment name>` and the files in it."""

    path: Path

    @property
    def config(self) -> Path:
        """The run's arguments and inputs, for people."""
        return self.path / "config.yaml"

    @property
    def resolved_configs(self) -> Path:
        """The whole experiment, every default written out; an `--experiment-path` of its own."""
        return self.path / "resolved_configs.yaml"

    @property
    def experiment_copy(self) -> Path:
        """The experiment file as it was."""
        return self.path / "experiment_config.py"

    @property
    def last(self) -> Path:
        """The newest state, from which the same command goes on."""
        return self.path / "last.ckpt"

    @property
    def best(self) -> Path:
        """The state with the best score so far."""
        return self.path / "score_based.ckpt"

    @property
    def broken_states(self) -> Path:
        """Where robots were when a number became infinite or NaN; `motion inspect` opens it."""
        return self.path / "broken_states.npz"

    @property
    def logs(self) -> Path:
        """TensorBoard events and `progress.jsonl`."""
        return self.path / "logs"

    @property
    def evaluation(self) -> Path:
        """Tables and report of the full evaluation."""
        return self.path / "evaluation"

    @property
    def evaluations(self) -> Path:
        """Evaluations while it trained, a row each."""
        return self.path / "evaluations.parquet"

    @property
    def progress(self) -> Path:
        """The learning curve, one JSON object a line."""
        return self.logs / "progress.jsonl"


def run_folder(name: str) -> RunFolder:
    """Folder of an experiment name.

    Raises:
        ConfigError: The name is no plain file name.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"experiment name {name!r}: expected letters, digits, '.', '_' and '-' only"
        )
    check_home()
    return RunFolder(path=motion_home() / "results" / name)


@contextlib.contextmanager
def only_run(folder: RunFolder) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it when this process dies.

    What a killed run left half written is removed.

    Raises:
        ConfigError: Another process trains there.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"{folder.path}: another process is training there; wait for it, stop it, or "
                "choose another --experiment-name"
            ) from error
        for place in (folder.path, folder.logs, folder.evaluation):
            sweep_leftovers(place)
        yield
    finally:
        os.close(handle)


def resumable(
    folder: RunFolder, facts: CheckpointFacts, experiment: Experiment
) -> Checkpoint | None:
    """The checkpoint from which this run goes on; None for a fresh start.

    Raises:
        ConfigError: The folder holds a run of other motions, another robot or another
            configuration; names every difference.
        FormatError: `last.ckpt` cannot be used; says from what else the run could go on.
    """
    if not folder.last.exists():
        return None
    checkpoint = _newest(folder)
    before = checkpoint.facts
    problems = [
        f"{what}: {old[:12]} in the checkpoint, {new[:12]} now"
        for what, old, new in (
            ("motions", before.motions_sha256, facts.motions_sha256),
            ("robot files", before.robot_sha256, facts.robot_sha256),
        )
        if old != new
    ]
    problems += [
        f"{what}: {old} in the checkpoint, {new} now"
        for what, old, new in (
            ("observations", dict(before.obs_dims), dict(facts.obs_dims)),
            ("actions", before.num_actions, facts.num_actions),
        )
        if old != new
    ]
    changed = differences(learning_facts(before.experiment()), learning_facts(experiment))
    problems += [
        f"{path}: {old!r} in the checkpoint, {new!r} now"
        for path, (old, new) in list(changed.items())[:_SHOWN_DIFFERENCES]
    ]
    if len(changed) > _SHOWN_DIFFERENCES:
        problems.append(f"and {len(changed) - _SHOWN_DIFFERENCES} more fields")
    if problems:
        listed = "\n  ".join(problems)
        raise ConfigError(
            f"{folder.last} belongs to another run:\n  {listed}\n"
            "Undo the change to go on; or choose another --experiment-name, with --checkpoint "
            f"{folder.last} to start from its weights; or remove {folder.path}"
        )
    return checkpoint


def _newest(folder: RunFolder) -> Checkpoint:
    try:
        return load_checkpoint(folder.last)
    except FormatError as error:
        remedy = f"remove {folder.path} to train anew"
        with contextlib.suppress(FormatError):
            step = load_checkpoint(folder.best).facts.step_count
            remedy = (
                f"to go on from step {step:,}, the best so far: cp {folder.best} {folder.last}; "
                f"or {remedy}"
            )
        raise FormatError(f"{error}\n{remedy}") from error


def write_records(
    folder: RunFolder,
    experiment: Experiment,
    *,
    experiment_path: Path,
    arguments: Mapping[str, Any],
    facts: CheckpointFacts,
) -> None:
    """Write `config.yaml`, `resolved_configs.yaml` and, of a Python file, `experiment_config.py`."""
    inputs = {
        "robot": facts.robot_name,
        "robot_sha256": facts.robot_sha256,
        "motions": facts.motions_reference,
        "motions_sha256": facts.motions_sha256,
        "num_motions": facts.num_motions,
        "code_version": facts.code_version,
    }
    record = {"arguments": dict(arguments), "inputs": inputs}
    write_text(folder.config, yaml.safe_dump(record, sort_keys=False))
    write_text(folder.resolved_configs, yaml_from_experiment(experiment))
    if experiment_path.suffix == ".py":
        write_bytes(folder.experiment_copy, experiment_path.read_bytes())

"""Tiny trainings in processes that are killed, and how two of them differ, bit by bit."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

from motionlib.files import temporary_beside
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions
from motionlib.robots.files import load_robot
from tests.training.conftest import gliding_motion, standing_motion
from training import checkpoint, train_agent
from training.agents.on_policy import OnPolicyAgent
from training.checkpoint import load_checkpoint
from training.envs.environment import Environment
from training.evaluation.evaluations_file import read_evaluations
from training.learning_curve import read_progress

EXPERIMENT = Path(__file__).resolve().parents[1] / "training/experiments/mimic/microduck.py"
_OVERRIDES = (
    *("agent.actor.hidden=(16,)", "agent.critic.hidden=(16,)", "agent.num_steps=10"),
    *("agent.num_mini_batches=2", "agent.num_mini_epochs=2", "env.episode_s=0.5"),
    *("env.push.interval_s=(0.05,0.3)", "env.randomization.command_delay=2"),
    *("simulator.num_threads=1", "saving.save_every_s=0.0", "evaluating.eval_metrics_every=4"),
    *("evaluating.score=body_pos_error_mean", "evaluating.direction=lowest"),
)
_IMPORTED = (
    *("tests.killing", "training.session", "training.simulators.mujoco"),
    # what torch imports when the first optimiser and the first writer of events are made
    *("torch._dynamo", "torch.utils.tensorboard"),
)
_MOVING = ("seconds", "perf/steps_per_s")
"""What a learning curve says of the clock."""


def save_clips(path: Path) -> None:
    """A clip that can be followed and one that cannot."""
    robot = load_robot("microduck")
    clips = [standing_motion(robot, frames=30), gliding_motion(robot, frames=24)]
    save_motion_lib(path, library_from_motions(clips))


def words(clips: Path, *, name: str, epochs: int, more: Sequence[str] = ()) -> list[str]:
    """Arguments of a tiny training: six robots that fall, are pushed and time out.

    Args:
        clips: Motions.
        name: Of the run.
        epochs: Updates in all.
        more: Overrides, in place of those for the same field.
    """
    fixed = {
        "--experiment-path": EXPERIMENT,
        "--experiment-name": name,
        "--motion-file": clips,
        "--num-envs": 6,
        "--batch-size": 0,
        "--training-max-iterations": epochs,
    }
    pairs = [str(word) for pair in fixed.items() for word in pair]
    overrides = {item.split("=")[0]: item for item in (*_OVERRIDES, *more)}
    return [*pairs, "--overrides", *overrides.values()]


def session(home: Path, arguments: Sequence[str], kill: tuple[str, int] | None = None) -> None:
    """One session, in a process of its own, which ends itself by SIGKILL where it is told to.

    Args:
        home: `MOTION_HOME`.
        arguments: Of the training program.
        kill: At the how-manieth (from 1) `step` of the environment, `improve`ment of the
            networks, or `write` of a checkpoint, half of which is on the disk by then; at `stop`
            it asks itself to stop, at a step of the environment.
    """
    os.environ["MOTION_HOME"] = str(home)
    torch.set_num_threads(1)
    if kill is not None:
        _arm(*kill)
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process
    sys.exit(train_agent.main(arguments))


def _arm(kind: str, count: int) -> None:
    done = [0]

    def counted(function: Callable[..., Any], end: Callable[..., None]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            done[0] += 1
            if done[0] == count:
                end(*given)
            return function(*given, **named)

        return call

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_writing(path: Path, content: bytes) -> None:
        with temporary_beside(path).open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            die()

    def ask(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    if kind in ("step", "stop"):
        end = die if kind == "step" else ask
        Environment.step_targets = counted(Environment.step_targets, end)
    elif kind == "improve":
        OnPolicyAgent._improve = counted(OnPolicyAgent._improve, die)
    else:
        checkpoint.write_bytes = counted(checkpoint.write_bytes, die_writing)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that has imported everything when it begins: a fork of one that only imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def differences(one: Path, other: Path) -> list[str]:
    """What two runs' folders say differently, the clock aside; bits are compared."""
    found = []
    for name in ("last.ckpt", "score_based.ckpt"):
        states = [load_checkpoint(folder / name) for folder in (one, other)]
        for part in ("agent", "env", "process"):
            pair = [getattr(each, part) for each in states]
            found += [f"{name}: {place}" for place in _unequal(*pair, where=part)]
        facts = [_plain_facts(each.facts) for each in states]
        found += [f"{name}: facts.{key}" for key in facts[0] if facts[0][key] != facts[1][key]]
    curves = [read_progress(folder / "logs/progress.jsonl") for folder in (one, other)]
    told = [[{k: v for k, v in r.items() if k not in _MOVING} for r in curve] for curve in curves]
    if told[0] != told[1]:
        found.append("logs/progress.jsonl")
    rows = [read_evaluations(folder / "evaluations.parquet") for folder in (one, other)]
    found += _unequal(*rows, where="evaluations.parquet")
    return found


def _plain_facts(facts: checkpoint.CheckpointFacts) -> dict[str, Any]:
    moving = ("train_seconds", "experiment_yaml")  # the yaml has the run's name
    return {k: getattr(facts, k) for k in facts.__dataclass_fields__ if k not in moving}


def _unequal(one: Any, other: Any, *, where: str) -> list[str]:
    if isinstance(one, Mapping):
        if one.keys() != other.keys():
            return [where]
        return [p for key in one for p in _unequal(one[key], other[key], where=f"{where}.{key}")]
    if isinstance(one, list | tuple):
        if len(one) != len(other):
            return [where]
        pairs = enumerate(zip(one, other, strict=True))
        return [p for i, pair in pairs for p in _unequal(*pair, where=f"{where}.{i}")]
    if isinstance(one, torch.Tensor):
        same = one.dtype == other.dtype and one.numpy().tobytes() == other.numpy().tobytes()
        return [] if same else [where]
    # as text, so that a NaN is one
    return [] if repr(one) == repr(other) else [where]

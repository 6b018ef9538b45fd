"""Trainings that are killed again and again, and what is left of them beside one that was not.

`python -m tests.killing --kills 20 --seed 1` kills from outside at random moments, every third time
while a checkpoint is being written, and prints where.
"""

import argparse
import contextlib
import math
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions
from motionlib.robots.files import load_robot
from tests.training.conftest import gliding_motion, standing_motion
from training import checkpoint, train_agent
from training.agents.on_policy import OnPolicyAgent
from training.checkpoint import load_checkpoint
from training.envs.environment import Environment
from training.learning_curve import read_progress

EXPERIMENT = Path(__file__).resolve().parents[1] / "training/experiments/mimic/microduck.py"
_OVERRIDES = (
    *("agent.actor.hidden=(16,)", "agent.critic.hidden=(16,)", "agent.num_steps=10"),
    *("agent.num_mini_batches=2", "agent.num_mini_epochs=2", "env.episode_s=0.5"),
    *("env.push.interval_s=(0.05,0.3)", "env.randomization.command_delay=2"),
    *("simulator.num_threads=1", "saving.save_every_s=0.0", "saving.score_every_epochs=4"),
    "saving.score_s=0.4",
)
_MOVING = ("seconds", "perf/steps_per_s")
"""What a learning curve says of the clock."""


def save_clips(path: Path) -> None:
    """A clip that can be followed and one that cannot."""
    robot = load_robot("microduck")
    save_motion_lib(path, library_from_motions([standing_motion(robot), gliding_motion(robot)]))


def words(clips: Path, *, name: str, epochs: int, more: Sequence[str] = ()) -> list[str]:
    """Arguments of a tiny training: six robots that fall, are pushed and time out."""
    fixed = {
        "--experiment-path": EXPERIMENT,
        "--experiment-name": name,
        "--motion-file": clips,
        "--num-envs": 6,
        "--batch-size": 0,
        "--training-max-iterations": epochs,
    }
    pairs = [str(word) for pair in fixed.items() for word in pair]
    return [*pairs, "--overrides", *_OVERRIDES, *more]


def session(home: Path, arguments: Sequence[str], kill: tuple[str, int] | None = None) -> None:
    """One session, in a process of its own, which ends itself by SIGKILL where it is told to.

    Args:
        home: `MOTION_HOME`.
        arguments: Of the training program.
        kill: At the how-manieth (from 1) `step` of the environment, `improve`ment of the
            networks, or `write` of a checkpoint, half of which is on the disk by then.
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
        with checkpoint_temporary(path).open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            die()

    if kind == "step":
        Environment.step_targets = counted(Environment.step_targets, die)
    elif kind == "improve":
        OnPolicyAgent._improve = counted(OnPolicyAgent._improve, die)
    else:
        checkpoint.write_bytes = counted(checkpoint.write_bytes, die_writing)


def checkpoint_temporary(path: Path) -> Path:
    """Under which name a checkpoint is written before it takes its place."""
    from motionlib.files import temporary_beside

    return temporary_beside(path)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that has imported everything when it begins: a fork of one that only imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.killing", "training.session"])
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
    return found


def _plain_facts(facts: checkpoint.CheckpointFacts) -> dict[str, Any]:
    plain = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    del plain["train_seconds"]
    plain["experiment_yaml"] = plain["experiment_yaml"].split("\n", 2)[2]
    return {k: v for k, v in plain.items() if k != "experiment_yaml"}


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
    return [] if one == other or (one != one and other != other) else [where]


def _kill_from_outside(process: BaseProcess, folder: Path, after_s: float, *, writing: bool) -> str:
    """Kill at a moment of the training, or while it writes; what was seen then."""
    written = folder / "last.ckpt"
    before = written.stat().st_mtime_ns if written.exists() else 0
    begun = math.inf
    while process.is_alive():
        now = time.monotonic()
        with contextlib.suppress(FileNotFoundError):
            if begun == math.inf and written.stat().st_mtime_ns != before:
                begun = now
        half = [path for path in folder.glob(".*.ckpt.*.tmp") if path.stat().st_size]
        if now - begun >= after_s and (half or not writing):
            process.kill()
            process.join()
            left = [path.stat().st_size for path in folder.glob(".*.ckpt.*.tmp")]
            return f"{now - begun:.3f} s after its first save, half-written bytes {left}"
        time.sleep(0.0002)
    return "had finished"


def main() -> int:
    """Kill a training as often as asked, let it finish, compare it with one that was left alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=400)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as place:
        home, clips = Path(place), Path(place) / "clips.pt"
        save_clips(clips)
        alone = words(clips, name="alone", epochs=given.epochs)
        killed = words(clips, name="killed", epochs=given.epochs)
        folder = home / "results" / "killed"
        for number in range(1, given.kills + 1):
            process = start(session, home, killed)
            after_s, writing = draw.uniform(0.0, 1.5), number % 3 == 0
            seen = _kill_from_outside(process, folder, after_s, writing=writing)
            epoch = load_checkpoint(folder / "last.ckpt").facts.epoch
            kind = "while writing" if writing else "at random"
            print(f"kill {number:2} {kind:13} {seen}; last.ckpt is of epoch {epoch}", flush=True)
        for arguments in (killed, alone):
            process = start(session, home, arguments)
            process.join()
        found = differences(home / "results" / "alone", folder)
        epochs = load_checkpoint(folder / "last.ckpt").facts.epoch
        print(f"{epochs} epochs; " + ("\n".join(found) or "every bit is the same"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

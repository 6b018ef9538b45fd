"""A training that is killed and started again ends with the bits of one that was left alone."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.killing import differences, save_clips, session, start, words
from training.checkpoint import load_checkpoint, save_checkpoint

EPOCHS = 12
STEPS, IMPROVEMENTS = 10, 4
"""Control steps and mini-batches of an epoch."""


def end_of(home: Path, arguments: list[str], kill: tuple[str, int] | None = None) -> int | None:
    process = start(session, home, arguments, kill)
    process.join(timeout=120)
    return process.exitcode


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a run `alone` that was never killed."""
    home = tmp_path_factory.mktemp("home")
    save_clips(home / "clips.pt")
    assert end_of(home, words(home / "clips.pt", name="alone", epochs=EPOCHS)) == 0
    return home


def test_three_kills_leave_the_same_bits(home: Path) -> None:
    draw = random.Random(5)
    arguments = words(home / "clips.pt", name="killed", epochs=EPOCHS)
    folder = home / "results" / "killed"
    for kill in (
        ("step", draw.randint(2 * STEPS, 4 * STEPS)),  # within a rollout
        ("write", draw.randint(2, 4)),  # with half a checkpoint on the disk
        ("improve", draw.randint(IMPROVEMENTS, 3 * IMPROVEMENTS)),  # between two mini-batches
    ):
        assert end_of(home, arguments, kill) == -9
        assert (folder / "last.ckpt").exists()
        assert len(list(folder.glob(".last.ckpt.*.tmp"))) == (kill[0] == "write")
    assert end_of(home, arguments, ("stop", 3 * STEPS // 2)) == 130
    assert end_of(home, arguments) == 0
    assert not list(folder.glob(".*.tmp"))
    assert differences(home / "results" / "alone", folder) == []


def test_a_single_bit_is_told(home: Path, tmp_path: Path) -> None:
    """What the comparison of the test above is worth."""
    alone, other = home / "results" / "alone", tmp_path / "other"
    shutil.copytree(alone, other)
    assert differences(alone, other) == []
    read = load_checkpoint(other / "last.ckpt")
    read.env["episodes"]["robots"]["joint_bias"].view(torch.int32)[3, 2] ^= 1
    agent = {**read.agent, "epoch": 11}
    save_checkpoint(
        read.path, replace(read.facts, epoch=11), agent=agent, env=read.env, process=read.process
    )
    curve = other / "logs/progress.jsonl"
    curve.write_text(curve.read_text().split("\n", 1)[1])
    assert differences(alone, other) == [
        "last.ckpt: agent.epoch",
        "last.ckpt: env.episodes.robots.joint_bias",
        "last.ckpt: facts.epoch",
        "logs/progress.jsonl",
    ]

"""A training that is killed and started again ends with the bits of one that was left alone."""

import random
from pathlib import Path

import pytest

from tests.killing import differences, save_clips, session, start, words

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
    assert end_of(home, arguments) == 0
    assert not list(folder.glob(".*.tmp"))
    assert differences(home / "results" / "alone", folder) == []


def test_another_seed_has_other_bits(home: Path) -> None:
    """What the comparison of the test above is worth."""
    more = [*words(home / "clips.pt", name="other", epochs=EPOCHS), "--seed", "1"]
    assert end_of(home, more) == 0
    found = differences(home / "results" / "alone", home / "results" / "other")
    assert "last.ckpt: agent.networks.actor.log_std" in found
    assert "last.ckpt: env.episodes.robots.joint_bias" in found
    assert "logs/progress.jsonl" in found

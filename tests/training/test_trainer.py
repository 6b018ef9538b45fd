"""A run that must not go on: numbers that are none, checkpoints that do not fit."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motionlib.formats.broken_states import load_broken_states
from motionlib.inspection.contents import inspect_file
from tests.killing import save_clips, words
from training.agents.ppo import PPO
from training.checkpoint import load_checkpoint, save_checkpoint
from training.envs.environment import Environment
from training.train_agent import main
from training.trainer import copied


@pytest.fixture
def clips(motion_home: Path) -> Path:
    motion_home.mkdir(parents=True, exist_ok=True)
    save_clips(motion_home / "clips.pt")
    return motion_home / "clips.pt"


def run(clips: Path, epochs: int) -> int:
    seldom = ("evaluating.eval_metrics_every=0", "saving.score_s=0.1", "saving.save_every_s=1000")
    return main(words(clips, name="run", epochs=epochs, more=seldom))


def spoiled_after(calls: int, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """From the `calls`-th mini-batch, or control step, on a number is NaN."""
    done = [0]

    def late() -> bool:
        done[0] += 1
        return done[0] >= calls

    losses, step = PPO.losses, Environment.step

    def spoiled_losses(self, batch):
        parts = losses(self, batch)
        return {**parts, "value": parts["value"] * torch.nan} if late() else parts

    def spoiled_step(self, actions):
        actions = actions.clone()
        if late():
            actions[2, 0] = torch.nan
        return step(self, actions)

    if kind == "loss":
        monkeypatch.setattr(PPO, "losses", spoiled_losses)
    else:
        monkeypatch.setattr(Environment, "step", spoiled_step)


@pytest.mark.parametrize(("kind", "calls", "robots"), [("loss", 7, 6), ("action", 17, 1)])
def test_a_number_that_is_none_stops_on_the_state_before(
    clips: Path,
    motion_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    kind: str,
    calls: int,
    robots: int,
) -> None:
    with monkeypatch.context() as patch:
        spoiled_after(calls, patch, kind)
        assert run(clips, 3) == 1
    error = capsys.readouterr().err
    folder = motion_home / "results" / "run"
    what = "loss/value" if kind == "loss" else "actions"
    assert error.startswith("error: ")
    assert what in error.split(" became ")[0]
    assert f"{folder / 'last.ckpt'} is of before that update, epoch 1" in error
    assert f"motion inspect {folder / 'broken_states.npz'}" in error
    states = load_broken_states(folder / "broken_states.npz")
    assert len(states.env_ids) == robots
    assert what in states.reasons[0]
    if kind == "action":
        assert states.env_ids.tolist() == [2]
        assert states.motion_names[0] in ("stand", "glide")
    assert len(inspect_file(folder / "broken_states.npz")["problems"]) == robots
    checkpoint = load_checkpoint(folder / "last.ckpt")
    assert checkpoint.facts.epoch == 1
    assert all(x.isfinite().all() for x in checkpoint.agent["networks"].values())
    assert run(clips, 2) == 0  # what was sound goes on
    assert load_checkpoint(folder / "last.ckpt").facts.epoch == 2


def test_a_checkpoint_without_episodes_and_one_of_other_sizes_are_not_gone_on_from(
    clips: Path, motion_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clips, 1) == 0
    last = motion_home / "results" / "run" / "last.ckpt"
    read = load_checkpoint(last)
    save_checkpoint(last, read.facts, agent=read.agent, env=read.env)
    assert run(clips, 1) == 0  # it is finished all the same
    assert run(clips, 2) == 1
    error = capsys.readouterr().err
    assert "does not say where episodes stood" in error
    assert f"with --checkpoint {last}" in error
    wider = replace(read.facts, obs_dims={**read.facts.obs_dims, "actor": 7})
    save_checkpoint(last, wider, agent=read.agent, env=read.env, process=read.process)
    assert run(clips, 2) == 1
    assert "observations: {'actor': 7" in capsys.readouterr().err
    fewer = {**read.agent, "episodes": {"returns": torch.zeros(2)}}
    save_checkpoint(last, read.facts, agent=fewer, env=read.env, process=read.process)
    assert run(clips, 2) == 1
    assert "its state does not fit this run" in capsys.readouterr().err


def test_copies_are_copies() -> None:
    tensor = torch.zeros(2)
    made = copied({"a": tensor, "b": [tensor, 1], "c": (None, tensor)})
    tensor += 1
    assert made["a"].tolist() == made["b"][0].tolist() == made["c"][1].tolist() == [0.0, 0.0]
    assert made["b"][1] == 1

"""Evaluations while a run trains, on motions that are named."""

from pathlib import Path

import pytest

from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.robot import Robot
from tests.training.conftest import gliding_motion, standing_motion
from training.checkpoint import load_checkpoint
from training.evaluation.evaluations_file import read_evaluations
from training.progress import read_progress
from training.train_agent import main

EXPERIMENT = Path(__file__).resolve().parents[2] / "training/experiments/mimic/microduck.py"
SMALL = (
    *("agent.actor.hidden=(16,)", "agent.critic.hidden=(16,)", "agent.num_steps=10"),
    "simulator.num_threads=1",
)


def train(library: Path, epochs: int, *more: str, flags: tuple[str, ...] = ()) -> int:
    options = {
        "--experiment-path": EXPERIMENT,
        "--experiment-name": "run",
        "--motion-file": library,
        "--num-envs": 4,
        "--batch-size": 0,
        "--training-max-iterations": epochs,
    }
    pairs = [str(word) for pair in options.items() for word in pair]
    return main([*pairs, *flags, "--overrides", *SMALL, *more])


def test_every_other_update_is_evaluated_on_the_named_motions(
    library_file: Path, motion_home: Path
) -> None:
    often = ("--eval-metrics-every", "2")
    by = ("evaluating.motions=stan*", "evaluating.score=body_pos_error_mean")
    lowest = (*by, "evaluating.direction=lowest")
    assert train(library_file, 3, *lowest, flags=often) == 0
    folder = motion_home / "results" / "run"
    rows = read_evaluations(folder / "evaluations.parquet")
    assert [(row["steps"], row["epoch"]) for row in rows] == [(80, 2), (120, 3)]
    assert {row["num_motions"] for row in rows} == {1}
    assert all(0.0 <= row["success_rate"] <= 1.0 for row in rows)
    errors = [row["body_pos_error_mean"] for row in rows]
    chosen = [row["checkpoint"] == "score_based.ckpt" for row in rows]
    assert chosen == [True, errors[1] <= errors[0]]
    best = load_checkpoint(folder / "score_based.ckpt").facts
    assert best.best_score == min(errors)
    assert best.epoch == rows[chosen[1]]["epoch"]
    assert best.scored_by == "lowest body_pos_error_mean"
    logged = [r for r in read_progress(folder / "logs/progress.jsonl") if r["event"] == "score"]
    assert [r["eval/pose_error"] for r in logged] == pytest.approx(errors, rel=1e-5)
    assert logged[0]["Eval/success_rate"] == rows[0]["success_rate"]
    assert train(library_file, 4, flags=()) == 0  # without evaluations the quick score is another
    again = load_checkpoint(folder / "score_based.ckpt").facts
    assert (again.epoch, again.scored_by) == (4, "")
    assert len(read_evaluations(folder / "evaluations.parquet")) == 2


def test_motions_that_are_not_trained_on(
    tmp_path: Path, motion_home: Path, microduck: Robot, small_lib: MotionLib
) -> None:
    train_on, held_out = tmp_path / "train.pt", tmp_path / "test.pt"
    save_motion_lib(train_on, library_from_motions([standing_motion(microduck)]))
    clips = [gliding_motion(microduck, name=name) for name in ("one", "two")]
    save_motion_lib(held_out, library_from_motions(clips))
    named = (f"evaluating.motion_lib.motion_file={held_out}", "agent.config.eval_every=1")
    assert train(train_on, 1, *named) == 0
    (row,) = read_evaluations(motion_home / "results/run/evaluations.parquet")
    assert row["num_motions"] == 2
    assert row["body_pos_error_mean"] > 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("evaluating.motions=walk*", "evaluating.motions has 'walk*', which is no motion"),
        ("evaluating.score=sucess_rate", "nearest: success_rate"),
        ("evaluating.motion_lib.motion_file=/absent.pt", "no such file"),
        ("evaluating.direction=up", "direction"),
    ],
)
def test_slips_are_explained(
    library_file: Path,
    motion_home: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    change: str,
    message: str,
) -> None:
    assert train(library_file, 1, change, flags=("--eval-metrics-every", "1")) == 1
    assert message in capsys.readouterr().err

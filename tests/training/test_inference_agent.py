import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions
from motionlib.robot import Robot
from training.inference_agent import main

ROOT = Path(__file__).resolve().parents[2]


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_full_evaluation_prints_rates_bounds_and_where_the_files_are(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert run("--checkpoint", checkpoint, "--full-eval", "--output-dir", tmp_path) == 0
    out = capsys.readouterr().out
    assert "policy: 105 of 105 frames" in out
    assert "zero action  2 motions" in out
    assert "standing, global (m)" in out
    assert "success: neither fell nor lost its reference; survival: did not fall" in out
    assert "\n-      success: share of motions, none asked: " in out
    assert str(tmp_path / "report.html") in out
    assert (tmp_path / "per_motion.parquet").exists()


def test_a_bound_of_success_and_silence_about_paths(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ("--no-baselines", "--bounds.success-rate", 1, "--no-say-paths")
    assert run("--checkpoint", checkpoint, "--full-eval", "--output-dir", tmp_path, *words) == 0
    out = capsys.readouterr().out
    assert str(tmp_path) not in out
    assert " success: share of motions, ≥ 100 %: " in out, "asked for without baselines too"
    metadata = json.loads((tmp_path / "aggregate.json").read_text())["metadata"]
    assert metadata["bounds"]["success_rate"] == "1.0"


def test_without_full_evaluation_one_motion_is_filmed(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    options = ("--motion", "glide", "--seconds", 0.4, "--output-dir", tmp_path)
    assert run("--checkpoint", checkpoint, *options) == 0
    assert "filmed 0.4 s of glide" in capsys.readouterr().out
    with Image.open(tmp_path / "glide.gif") as film:
        assert film.format == "GIF"
        assert getattr(film, "n_frames", 1) == 11


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--motion", "glid"), "nearest: glide"),
        (("--full-eval", "--simulator", "mujocco"), "nearest: mujoco"),
        (("--full-eval", "--num-envs", "0"), "--num-envs is 0"),
        (("--full-eval", "--motion-file", "/absent/x.pt"), "no such file"),
        (("--full-eval", "--motion-file", "a", "--registry-name", "b"), "not both"),
        (("--full-eval", "--device", "warp9"), "no device"),
        (("--full-eval", "--overrides", "env.acton.gain=1"), "action"),
    ],
)
def test_slips_are_explained(
    checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
):
    assert run("--checkpoint", checkpoint, "--output-dir", tmp_path / "out", *words) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_evaluation_leaves_nothing_half_written(
    checkpoint: Path, tmp_path: Path, microduck: Robot, make_motion, number: signal.Signals
):
    long = tmp_path / "long.pt"
    save_motion_lib(long, library_from_motions([make_motion(microduck, frames=30_000)]))
    out = tmp_path / "out"
    words = ["--checkpoint", checkpoint, "--full-eval", "--motion-file", long, "--output-dir", out]
    process = subprocess.Popen(
        [sys.executable, "training/inference_agent.py", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("policy: ")
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in error
    assert not out.exists() or not list(out.iterdir())

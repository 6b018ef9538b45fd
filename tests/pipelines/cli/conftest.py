from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from motionlib.formats.polynomial import save_polynomials
from motionlib.robot import Robot
from motionlib.synthesis.gait import synthesize_walks
from pipelines.cli.main import main

COMMANDS = [(0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (-0.1, 0.0, 0.0), (0.0, 0.0, 0.5)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    status: int
    output: str
    errors: str


@pytest.fixture
def motion(capsys, motion_home) -> Callable[..., Outcome]:
    """Run the command in this process."""

    def call(*arguments: object) -> Outcome:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(status=status, output=captured.out, errors=captured.err)

    return call


@pytest.fixture(scope="session")
def references(tmp_path_factory, microduck: Robot) -> Path:
    """Standing, forwards, backwards and turning."""
    path = tmp_path_factory.mktemp("references") / "reference_motions.pkl"
    motions, missed = synthesize_walks(microduck, COMMANDS)
    assert not missed
    save_polynomials(path, motions, microduck)
    return path


@pytest.fixture
def npz_folder(motion, references, tmp_path) -> Path:
    folder = tmp_path / "npz"
    options = ("--robot", "microduck", "--output-dir", folder, "--cycles", 1)
    assert motion("convert", references, *options).status == 0
    return folder

"""A tiny trained policy on real files, shared by the tests of this room."""

from pathlib import Path

import pytest

from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot

STANDING = 60


def standing_motion(robot: Robot, *, frames: int = STANDING, name: str = "stand") -> Motion:
    """The default pose, which the stiff servos hold."""
    import torch

    root_pos = torch.zeros(frames, 3)
    root_pos[:, 2] = robot.default_root_height
    quat = torch.zeros(frames, 4)
    quat[:, 0] = 1.0
    dof_pos = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32).expand(frames, -1)
    return Motion(
        name=name,
        robot=robot,
        fps=50.0,
        root_pos=root_pos,
        root_quat_wxyz=quat,
        dof_pos=dof_pos.clone(),
        provenance=Provenance(
            source=f"made.pkl:{name}", source_sha256="ab" * 32, command=(0.0, 0.0, 0.0)
        ),
    )


def gliding_motion(robot: Robot, *, frames: int = 45, name: str = "glide") -> Motion:
    """A standing pose that is drawn forward at 20 cm/s: nobody can follow it."""
    from dataclasses import replace

    still = standing_motion(robot, frames=frames, name=name)
    root_pos = still.root_pos.clone()
    root_pos[:, 0] = 0.2 / 50.0 * still.root_pos.new_tensor(range(frames))
    moved = replace(still.provenance, command=(0.2, 0.0, 0.0))
    return replace(still, root_pos=root_pos, provenance=moved)


@pytest.fixture(scope="session")
def small_lib(microduck: Robot) -> MotionLib:
    return library_from_motions([standing_motion(microduck), gliding_motion(microduck)])


@pytest.fixture(scope="session")
def library_file(tmp_path_factory: pytest.TempPathFactory, small_lib: MotionLib) -> Path:
    path = tmp_path_factory.mktemp("motions") / "small.pt"
    save_motion_lib(path, small_lib)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, library_file: Path) -> Path:
    """A policy after two updates: it has learned nothing, and is read like any other."""
    from training.train_agent import main

    home = tmp_path_factory.mktemp("home")
    experiment = Path(__file__).resolve().parents[2] / "training/experiments/mimic/microduck.py"
    arguments = {
        "--experiment-path": experiment,
        "--experiment-name": "tiny",
        "--motion-file": library_file,
        "--num-envs": 8,
        "--batch-size": 48,
        "--training-max-iterations": 2,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTION_HOME", str(home))
        assert main([str(word) for pair in arguments.items() for word in pair]) == 0
    return home / "results" / "tiny" / "last.ckpt"

"""A converter for small JSON files, where worker processes can import it."""

import hashlib
import json
import os
import signal
import time
from pathlib import Path

import numpy as np

from motionlib.corpus.row import ClipRow
from motionlib.errors import FormatError
from motionlib.human.conversion import HumanMotion
from motionlib.human.settings import HumanSettings
from motionlib.robot import Robot


def convert(path: Path, row: ClipRow, robot: Robot, settings: HumanSettings) -> HumanMotion:
    """A motion of as many frames as the file says, or what its `action` asks for."""
    content = json.loads(path.read_text(encoding="utf-8"))
    _act(content.get("action", ""), path)
    frames = content["frames"]
    generator = np.random.default_rng(content["seed"])
    root_pos = generator.normal(size=(frames, 3)).astype(np.float32)
    return HumanMotion(
        fps=settings.fps,
        root_pos=root_pos,
        root_quat_wxyz=np.tile(np.float32([1, 0, 0, 0]), (frames, 1)),
        dof_pos=generator.normal(size=(frames, robot.num_dofs)).astype(np.float32),
        measures={
            "frames": frames,
            "seconds": (frames - 1) / settings.fps,
            "root_speed_max": np.float32(1.5),
            "root_speed_max_frame": np.int64(frames - 1),
            "content_sha256": hashlib.sha256(root_pos.tobytes()).hexdigest(),
        },
    )


def _act(action: str, path: Path) -> None:
    if action == "refuse":
        raise FormatError(f"{path}: poses has NaN in frame 7; mend {path}")
    if action == "bug":
        raise ZeroDivisionError("nobody expected this")
    if action == "memory":
        raise MemoryError
    if action == "recursion":
        _act(action, path)
    if action == "long error":
        raise ValueError("x" * 1_000_000)
    if action == "slow":
        time.sleep(0.03)
    if action == "grow":
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    if action == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "die once":
        mark = path.with_suffix(".died")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

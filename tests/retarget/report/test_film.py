"""A film shows the same seconds of several motions beside each other, and the camera goes along."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from motionlib.errors import MotionError
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from retarget.report.film import FPS, film_clip
from retarget.report.renderers import CellSize

CELL = CellSize(width=60, height=90)


def walking(robot: Robot, *, frames: int, fps: float, speed: float = 0.0) -> Motion:
    place = torch.tensor([0.0, 0.0, robot.default_root_height]).repeat(frames, 1)
    place[:, 1] = speed * torch.arange(frames) / fps
    return Motion(
        name="walks",
        robot=robot,
        fps=fps,
        root_pos=place,
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(frames, 1),
        dof_pos=torch.as_tensor(robot.default_dof_pos).float().repeat(frames, 1),
        provenance=Provenance(source="test"),
    )


def pictures(film: bytes) -> list[np.ndarray]:
    gif = Image.open(io.BytesIO(film))
    assert gif.info["loop"] == 0
    # a picture like the one before it is told by its length
    return [
        np.asarray(frame.convert("RGB")).astype(int)
        for frame in ImageSequence.Iterator(gif)
        for _ in range(round(frame.info["duration"] * FPS / 1000.0))
    ]


def orange(picture: np.ndarray) -> np.ndarray:
    """Columns of the right side's colour."""
    return np.flatnonzero((picture[..., 0] > picture[..., 2] + 60).any(0))


def test_motions_of_two_rates_last_as_long_as_the_shorter(g1: Robot, microduck: Robot) -> None:
    motions = {
        "human": walking(g1, frames=11, fps=50.0),
        "robot": walking(microduck, frames=31, fps=100.0),
    }
    film = pictures(film_clip(motions, cell=CELL, renderer="sticks"))
    assert len(film) == 6  # 0.2 s
    assert film[0].shape == (90, 2 * 60 + 3, 3)
    assert orange(film[0]).min() < 60
    assert orange(film[0]).max() > 63
    short = film_clip(motions, seconds=0.1, cell=CELL, renderer="sticks")
    assert len(pictures(short)) == 3


def test_the_camera_goes_along_but_does_not_sway(g1: Robot) -> None:
    def middles(motion: Motion) -> list[float]:
        film = pictures(film_clip({"": motion}, cell=CELL, renderer="sticks"))
        return [float(orange(each).mean()) for each in film]

    still = walking(g1, frames=13, fps=25.0)
    far = replace(
        still, root_pos=still.root_pos + torch.arange(13)[:, None] * torch.tensor([0, 0.1, 0])
    )
    assert np.ptp(middles(far)) < 3.0
    swaying = still.root_pos.clone()
    swaying[:, 1] = 0.15 * torch.tensor([0.0, 1.0, 0.0, -1.0]).repeat(4)[:13]
    assert np.ptp(middles(replace(still, root_pos=swaying))[4:-4]) > 6.0


def test_nothing_to_show(g1: Robot) -> None:
    with pytest.raises(MotionError, match="no motion"):
        film_clip({})
    with pytest.raises(MotionError, match=r"film of 0\.02 s; expected at least 0\.04 s"):
        film_clip({"": walking(g1, frames=2, fps=50.0)})

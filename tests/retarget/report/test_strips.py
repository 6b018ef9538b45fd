"""Strips show the same instants, the right feet, and the floor; with and without OpenGL."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from retarget.report.renderers import CellSize, open_renderer
from retarget.report.strips import StripRow, feet_in_contact, instants, picture_strip

KINDS = ["mujoco", "sticks"]


def standing(robot: Robot, *, frames: int = 20, fps: float = 10.0) -> Motion:
    return Motion(
        name="stands",
        robot=robot,
        fps=fps,
        root_pos=torch.tensor([0.0, 0.0, robot.default_root_height]).repeat(frames, 1),
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(frames, 1),
        dof_pos=torch.as_tensor(robot.default_dof_pos).float().repeat(frames, 1),
        provenance=Provenance(source="test"),
    )


def renderer_or_skip(robot: Robot, kind: str, azimuth: float = 220.0):
    from motionlib.errors import MotionError

    try:
        return open_renderer(robot, CellSize(width=120, height=160), azimuth, kind=kind)
    except MotionError as error:
        pytest.skip(str(error))


def green(pixels: np.ndarray) -> int:
    """Pixels of the discs under standing feet."""
    r, g, b = pixels.astype(int).transpose(2, 0, 1)
    return int(((g > r + 50) & (g > b + 40)).sum())


def draw(
    robot: Robot,
    kind: str,
    *,
    height: float = 0.0,
    standing_feet: tuple[str, ...] = (),
    azimuth: float = 220.0,
):
    renderer = renderer_or_skip(robot, kind, azimuth)
    try:
        root = np.array([0.0, 0.0, robot.default_root_height + height])
        upright = np.array([1.0, 0.0, 0.0, 0.0])
        return renderer.draw(root, upright, robot.default_dof_pos, standing_feet).copy()
    finally:
        renderer.close()


@pytest.mark.parametrize("kind", KINDS)
def test_feet_in_contact_are_marked(g1: Robot, kind: str) -> None:
    left, right = g1.foot_bodies
    none, one = draw(g1, kind), draw(g1, kind, standing_feet=(left,))
    both = draw(g1, kind, standing_feet=(left, right))
    assert green(none) == 0
    assert 20 < green(one) < green(both)


@pytest.mark.parametrize("kind", KINDS)
def test_left_is_blue_and_right_is_orange(g1: Robot, kind: str) -> None:
    picture = draw(g1, kind).astype(int)
    r, _, b = picture.transpose(2, 0, 1)
    columns = np.arange(picture.shape[1])
    blue, orange = (b > r + 60).sum(0), (r > b + 60).sum(0)
    assert blue.sum() > 100
    assert orange.sum() > 100
    # seen half from the front the robot's left is at the right
    assert (columns * blue).sum() / blue.sum() > (columns * orange).sum() / orange.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_a_robot_in_the_air_is_drawn_higher(g1: Robot, kind: str) -> None:
    def lowest(picture: np.ndarray) -> int:
        r, _, b = picture.astype(int).transpose(2, 0, 1)
        return int(np.flatnonzero((abs(b - r) > 60).any(1)).max())

    assert lowest(draw(g1, kind, height=0.2)) < lowest(draw(g1, kind)) - 8


@pytest.mark.parametrize("azimuth", [-30.0, 60.0, 150.0, 240.0])
def test_the_floor_is_clean_from_every_side(g1: Robot, azimuth: float) -> None:
    picture = draw(g1, "mujoco", azimuth=azimuth).astype(int).sum(-1)
    floor = picture[picture.shape[0] * 4 // 10 : picture.shape[0] * 7 // 10]
    beside = np.concatenate((floor[:, :24], floor[:, -24:]), axis=1)
    assert beside.min() > 500  # no black dots where the shadows' map ends


@pytest.mark.parametrize("kind", KINDS)
def test_a_strip_of_two_rows(g1: Robot, microduck: Robot, kind: str) -> None:
    renderer_or_skip(g1, kind).close()
    fast = standing(microduck, frames=39, fps=20.0)
    rows = [
        StripRow(label="human", motion=standing(g1), contact=np.ones((20, 2), dtype=bool)),
        StripRow(label="robot", motion=fast, contact=np.zeros((39, 2), dtype=bool)),
    ]
    three = Image.open(io.BytesIO(picture_strip(rows, count=3, renderer=kind)))
    two = Image.open(io.BytesIO(picture_strip(rows[:1], count=2, renderer=kind)))
    assert three.width > two.width
    assert three.height > 1.9 * two.height
    pixels = np.asarray(three.convert("RGB"))
    assert green(pixels[: three.height // 2]) > 3 * 20
    assert green(pixels[three.height // 2 :]) == 0


def test_the_worst_frame_is_framed(g1: Robot) -> None:
    rows = [StripRow(label="robot", motion=standing(g1), contact=np.ones((20, 2), dtype=bool))]

    def red(worst: int | None) -> int:
        picture = Image.open(io.BytesIO(picture_strip(rows, worst=worst, renderer="sticks")))
        r, g, b = np.asarray(picture.convert("RGB")).astype(int).transpose(2, 0, 1)
        return int(((r > 180) & (g < 70) & (b < 70)).sum())

    assert red(None) == 0
    assert red(11) > 500


def test_a_strip_has_the_same_bytes_again(g1: Robot) -> None:
    rows = [StripRow(label="robot", motion=standing(g1), contact=np.ones((20, 2), dtype=bool))]
    first, again = (picture_strip(rows, count=2, renderer="sticks") for _ in range(2))
    assert first == again


def test_instants() -> None:
    assert instants(101, 6) == [0, 20, 40, 60, 80, 100]
    assert instants(101, 6, worst=55) == [0, 20, 40, 55, 80, 100]
    assert instants(1, 6) == [0]
    assert instants(3, 6) == [0, 1, 2]
    assert instants(10, 3, worst=99) == [0, 4, 9]


def test_feet_by_name(g1: Robot) -> None:
    contact = np.array([[True, False], [False, False]])
    assert feet_in_contact(g1, contact, 0) == [g1.foot_bodies[0]]
    assert feet_in_contact(g1, contact, 1) == []


def test_a_clip_that_ends_early_shows_its_last_frame(g1: Robot) -> None:
    long, short = standing(g1), standing(g1)
    short = replace(
        short,
        root_pos=short.root_pos[:5],
        root_quat_wxyz=short.root_quat_wxyz[:5],
        dof_pos=short.dof_pos[:5],
    )
    contact = np.zeros((5, 2), dtype=bool)
    rows = [
        StripRow(label="long", motion=long, contact=contact),
        StripRow(label="short", motion=short, contact=contact),
    ]
    assert picture_strip(rows, count=2, renderer="sticks").startswith(b"\x89PNG")

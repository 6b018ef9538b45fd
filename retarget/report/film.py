"""A clip as a small film: the human and robots that follow it, side by side, as an animated GIF."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from motionlib.errors import MotionError
from motionlib.motion import Motion
from retarget.report.renderers import CellSize, open_renderer
from retarget.report.strips import azimuth_of

FPS = 25.0
"""Pictures a second; a GIF counts in hundredths of a second."""
_SCALE = 2
"""Pictures are made so many times as large and then shrunk: smooth edges."""
_GAP, _COLORS = 3, 128
_FOLLOWED_S = 1.0
"""The camera follows the mean path of so long: it does not sway with each step."""
_INK, _PAPER = "#334155", "#ffffff"


def film_clip(
    motions: Mapping[str, Motion],
    *,
    seconds: float | None = None,
    cell: CellSize = CellSize(width=138, height=188),  # noqa: B008 - immutable
    renderer: str = "",
) -> bytes:
    """An endless GIF of the same seconds of several motions, one beside the other.

    All are seen from one side, half from the front with regard to where the first one looks, each at
    its own scale; the camera goes along.

    Args:
        motions: Title to motion; instants are times, so that rates may differ.
        seconds: s from the start; the shortest motion's if None.
        cell: Of each motion's picture, pixels.
        renderer: See `renderers.open_renderer`.

    Raises:
        MotionError: No motion, or a length under one frame.
    """
    if not motions:
        raise MotionError("a film of no motion at all; name at least one")
    shortest = min((motion.num_frames - 1) / motion.fps for motion in motions.values())
    wanted = shortest if seconds is None else min(seconds, shortest)
    count = int(wanted * FPS) + 1
    if wanted < 0.0 or count < 2:
        raise MotionError(f"a film of {wanted:g} s; expected at least {1.0 / FPS:g} s")
    times = np.arange(count) / FPS
    first = next(iter(motions.values()))
    azimuth = azimuth_of(first, _frames_at(first, times))
    columns = [
        _column(motion, times, title=title, azimuth=azimuth, cell=cell, renderer=renderer)
        for title, motion in motions.items()
    ]
    return _gif([_beside(pictures) for pictures in zip(*columns, strict=True)])


def _frames_at(motion: Motion, times: np.ndarray) -> list[int]:
    return np.minimum((times * motion.fps).round().astype(int), motion.num_frames - 1).tolist()


def _column(
    motion: Motion, times: np.ndarray, *, title: str, azimuth: float, cell: CellSize, renderer: str
) -> list[Image.Image]:
    """The pictures of one motion, with its title."""
    root, quat = motion.root_pos.double().numpy(), motion.root_quat_wxyz.double().numpy()
    dofs, middle = motion.dof_pos.double().numpy(), _followed(root[:, :2], motion.fps)
    drawer = open_renderer(motion.robot, cell.times(_SCALE), azimuth, kind=renderer)
    try:
        pictures = []
        for frame in _frames_at(motion, times):
            pixels = drawer.draw(root[frame], quat[frame], dofs[frame], (), middle=middle[frame])
            picture = Image.fromarray(pixels)
            picture = picture.resize((cell.width, cell.height), Image.Resampling.LANCZOS)
            pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
            pen.text((cell.width // 2, 11), title, fill=_INK, font=font, anchor="mm")
            pictures.append(picture)
        return pictures
    finally:
        drawer.close()


def _followed(places: np.ndarray, fps: float) -> np.ndarray:
    """(T, 2) m: the mean of places over a window that shrinks towards both ends."""
    half, last = round(0.5 * _FOLLOWED_S * fps), len(places) - 1
    widths = [min(half, frame, last - frame) for frame in range(len(places))]
    return np.stack([places[f - w : f + w + 1].mean(0) for f, w in enumerate(widths)])


def _beside(pictures: Sequence[Image.Image]) -> Image.Image:
    width = sum(picture.width + _GAP for picture in pictures) - _GAP
    board = Image.new("RGB", (width, pictures[0].height), _PAPER)
    x = 0
    for picture in pictures:
        board.paste(picture, (x, 0))
        x += picture.width + _GAP
    return board


def _gif(pictures: Sequence[Image.Image]) -> bytes:
    """All pictures in one palette: what stands still costs nothing and does not flicker."""
    some = pictures[:: max(1, len(pictures) // 8)]
    sheet = Image.new("RGB", (some[0].width, some[0].height * len(some)))
    for row, picture in enumerate(some):
        sheet.paste(picture, (0, row * picture.height))
    palette = sheet.quantize(_COLORS, method=Image.Quantize.MEDIANCUT)
    frames = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in pictures]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 / FPS),
        loop=0,
        optimize=True,
    )
    return buffer.getvalue()

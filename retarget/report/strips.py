"""Picture strips: a clip at some instants, human above robot, rendered or as stick figures."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from motionlib.motion import Motion
from motionlib.robot import Robot
from retarget.report.renderers import CellSize, Renderer, open_renderer

CELL = CellSize(width=196, height=236)
"""Pixels of one picture."""
_SCALE = 2
"""Pictures are made so many times as large and then shrunk: smooth edges."""
_MARGIN, _HEAD, _GAP = 74, 22, 3
_INK, _SOFT, _PAPER, _WORST = "#0f172a", "#64748b", "#ffffff", "#dc2626"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StripRow:
    """One row of a strip."""

    label: str
    motion: Motion
    contact: np.ndarray
    """(T, F) bool feet that are marked as standing."""


def picture_strip(
    rows: Sequence[StripRow],
    *,
    count: int = 6,
    worst: int | None = None,
    renderer: str = "",
) -> bytes:
    """PNG of the same instants of several motions, one below the other.

    All rows are seen from one side, half from the front with regard to where the first one looks,
    each at its own scale and from its own middle. Feet in contact stand on green discs; the floor
    is at zero, so that a gap or a sunk foot is seen.

    Args:
        rows: Motions of one clip; instants are times, so that rates may differ.
        count: Instants, evenly over the clip.
        worst: Frame of the first row's rate that is shown too, framed in red, in place of the
            nearest of the others.
        renderer: `mujoco` or `sticks`; empty takes MuJoCo's where it can draw.
    """
    first = rows[0].motion
    frames = instants(first.num_frames, count, worst=worst)
    azimuth = azimuth_of(first, frames)
    board = _Board(columns=len(frames), rows=len(rows))
    for column, frame in enumerate(frames):
        title = f"{frame / first.fps:.2f} s · frame {frame}"
        board.title(column, title, worst=frame == worst)
    for place, row in enumerate(rows):
        drawer = open_renderer(row.motion.robot, CELL.times(_SCALE), azimuth, kind=renderer)
        try:
            for column, frame in enumerate(frames):
                at = _same_time(frame, first, row.motion)
                board.paste(place, column, _draw(drawer, row, at), worst=frame == worst)
            board.label(place, row.label)
        finally:
            drawer.close()
    return board.png()


def instants(frames: int, count: int, *, worst: int | None = None) -> list[int]:
    """Frames evenly over a clip, the first and the last among them, each once.

    Args:
        frames: Of the clip.
        count: How many at most.
        worst: A frame that is among them, in place of the nearest.
    """
    even = np.unique(np.linspace(0, frames - 1, min(count, frames)).round().astype(int))
    if worst is not None and 0 <= worst < frames:
        even[np.abs(even - worst).argmin()] = worst
    return sorted({int(frame) for frame in even})


def feet_in_contact(robot: Robot, contact: np.ndarray, frame: int) -> list[str]:
    """Names of the feet that stand."""
    standing = contact[frame].tolist() if contact.shape[1] == len(robot.foot_bodies) else []
    return [name for name, on in zip(robot.foot_bodies, standing, strict=False) if on]


def _draw(drawer: Renderer, row: StripRow, frame: int) -> Image.Image:
    motion = row.motion
    pixels = drawer.draw(
        motion.root_pos[frame].double().numpy(),
        motion.root_quat_wxyz[frame].double().numpy(),
        motion.dof_pos[frame].double().numpy(),
        feet_in_contact(motion.robot, row.contact, min(frame, len(row.contact) - 1)),
    )
    picture = Image.fromarray(pixels)
    return picture.resize((CELL.width, CELL.height), Image.Resampling.LANCZOS)


def _same_time(frame: int, first: Motion, other: Motion) -> int:
    return min(round(frame / first.fps * other.fps), other.num_frames - 1)


def azimuth_of(motion: Motion, frames: Sequence[int]) -> float:
    """Degrees of the camera's direction: half from the front of the mean heading."""
    w, x, y, z = motion.root_quat_wxyz[list(frames)].double().numpy().T
    heading = math.atan2(
        float((2.0 * (x * y + w * z)).mean()), float((1.0 - 2.0 * (y * y + z * z)).mean())
    )
    return math.degrees(heading) + 180.0 + 40.0


class _Board:
    """The strip while it is put together."""

    def __init__(self, *, columns: int, rows: int) -> None:
        size = (
            _MARGIN + columns * (CELL.width + _GAP),
            _HEAD + rows * (CELL.height + _GAP),
        )
        self._image = Image.new("RGB", size, _PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(13)

    def title(self, column: int, text: str, *, worst: bool) -> None:
        x = _MARGIN + column * (CELL.width + _GAP) + CELL.width // 2
        color = _WORST if worst else _SOFT
        self._pen.text((x, _HEAD // 2), text, fill=color, font=self._font, anchor="mm")

    def label(self, row: int, text: str) -> None:
        y = _HEAD + row * (CELL.height + _GAP) + CELL.height // 2
        lines = "\n".join(text.split())
        self._pen.multiline_text((6, y), lines, fill=_INK, font=self._font, anchor="lm")

    def paste(self, row: int, column: int, picture: Image.Image, *, worst: bool) -> None:
        x = _MARGIN + column * (CELL.width + _GAP)
        y = _HEAD + row * (CELL.height + _GAP)
        self._image.paste(picture, (x, y))
        if worst:
            corner = (x + CELL.width - 1, y + CELL.height - 1)
            self._pen.rectangle(((x, y), corner), outline=_WORST, width=2)

    def png(self) -> bytes:
        buffer = io.BytesIO()
        self._image.quantize(200, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True
        )
        return buffer.getvalue()

"""Whether the numbers of a packaged MotionLib can be: finite, unit, where the robot's bodies are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.formats.body_order import TURNED, pose_tolerance, turn_error
from motionlib.formats.protomotions.checksums import MotionChecksums
from motionlib.formats.protomotions.file import STATE_KEYS
from motionlib.formats.protomotions.frames import MappedFrames, chunks
from motionlib.kinematics import Kinematics
from motionlib.robot import Robot

WHOLE_BYTES = 64 << 20
"""Files up to this size are checked frame by frame when they are read."""
_SAMPLES = 64
_NORM_TOLERANCE = 1e-3
_QUATERNIONS = ("grs", "lrs")

Rows = Tensor | slice


class WorstPose(NamedTuple):
    """Where stored bodies are farthest from forward kinematics."""

    metres: float
    body: str
    frame: int
    """Flat frame."""


def every_row(num_frames: int) -> list[Rows]:
    """All frames, in chunks."""
    return list(chunks(num_frames))


def some_rows(num_frames: int) -> list[Rows]:
    """Frames evenly spread, the first and the last among them."""
    count = min(num_frames, _SAMPLES)
    return [torch.linspace(0, num_frames - 1, count, dtype=torch.float64).round().long()]


def check_frames(
    content: Mapping[str, Any],
    unchecked: MappedFrames,
    robot: Robot,
    starts: Sequence[int],
    path: object,
    *,
    whole: bool,
    checksums: MotionChecksums | None,
) -> None:
    """Refuse a file whose numbers cannot be; damage, where it is that, before any other reason.

    Args:
        content: The file's tensors, structure checked.
        unchecked: Their frames without checksums: a sampled frame is not worth its motion whole.
        robot: Whose they are to be.
        starts: First frame of each motion.
        path: File, for messages.
        whole: Look at every frame, checksums first; else at samples.
        checksums: The file's, if it has any.

    Raises:
        FormatError: As `check_values`, or a motion does not fit its checksum.
        RobotError: As `check_robot_poses`.
    """
    if whole and checksums is not None:
        checksums.check_all()
    rows = every_row(unchecked.num_frames) if whole else some_rows(unchecked.num_frames)
    try:
        check_values(content, rows, starts, path)
        check_robot_poses(robot, unchecked, rows, path)
    except MotionError:
        if checksums is not None:
            checksums.check_all()
        raise


def check_values(
    content: Mapping[str, Any], rows: Sequence[Rows], starts: Sequence[int], path: object
) -> None:
    """Refuse numbers that are not finite and rotations that are not of unit length.

    Args:
        content: The file's tensors, structure checked.
        rows: Which frames to look at.
        starts: First frame of each motion.
        path: File, for messages.

    Raises:
        FormatError: Names the key, the motion and the frame.
    """
    frames = content["gts"].shape[0]
    for key in (*STATE_KEYS, "lrs"):
        if content.get(key) is None:
            continue
        bad = _Bad()
        for chosen, part in _parts(content[key], rows):
            bad.add(chosen, ~torch.isfinite(part).flatten(1).all(1))
        if bad.count:
            raise FormatError(
                f"{path}: {key} has NaN or infinity in {bad.count} of {frames} frames, first "
                f"in {_place(bad.first, starts)}; repair or cut these frames in the source"
            )
    _check_norms(content, rows, starts, path)


def worst_pose(robot: Robot, source: MappedFrames, rows: Sequence[Rows]) -> WorstPose:
    """Largest distance between stored body origins and the robot's forward kinematics."""
    kinematics = Kinematics(robot, dtype=torch.float64)
    worst = WorstPose(-1.0, "", 0)
    for chosen in rows:
        states = source.frames(chosen)
        poses = kinematics.forward(
            states.body_pos[:, 0].double(),
            states.body_quat_wxyz[:, 0].double(),
            states.dof_pos.double(),
        )
        distances = (poses.body_pos - states.body_pos).norm(dim=-1)
        row, body = divmod(int(distances.argmax()), robot.num_bodies)
        if (metres := float(distances[row, body])) > worst.metres:
            worst = WorstPose(metres, robot.body_names[body], _frame(chosen, row))
    return worst


def check_robot_poses(
    robot: Robot, source: MappedFrames, rows: Sequence[Rows], path: object
) -> None:
    """Refuse bodies that are not where the robot's kinematics puts them.

    Raises:
        RobotError: Names the body, the frame and the distance.
    """
    worst = worst_pose(robot, source, rows)
    if worst.metres > pose_tolerance(robot):
        raise RobotError(
            f"{path}: {worst.body} in frame {worst.frame} is {worst.metres:.3f} m from where "
            f"{robot.name}'s kinematics puts it (tolerance {pose_tolerance(robot):.3f} m); "
            f"{_why(robot, source, rows)}"
        )


def _why(robot: Robot, source: MappedFrames, rows: Sequence[Rows]) -> str:
    """What a library is whose bodies lie elsewhere: another robot's, or one of other bones."""
    states = source.frames(rows[0])
    off = turn_error(
        robot,
        root_quat_wxyz=states.body_quat_wxyz[:, 0],
        dof_pos=states.dof_pos,
        body_quat_wxyz=states.body_quat_wxyz,
    )
    if robot.dof_coordinates != "exponential_map" or off > TURNED:
        return "the file belongs to another robot or another body order"
    return (
        "its bodies are turned as they should be and have bones of another length: pass the humanoid "
        "that it was made for (`motion robot build` makes one from a body model), or take the clips "
        "as .motion, of which the rotations are read"
    )


class _Bad:
    """Frames found wrong."""

    def __init__(self) -> None:
        self.count, self.first = 0, -1

    def add(self, chosen: Rows, wrong: Tensor) -> None:
        if wrong.any():
            if not self.count:
                self.first = _frame(chosen, int(wrong.int().argmax()))
            self.count += int(wrong.sum())


def _check_norms(
    content: Mapping[str, Any], rows: Sequence[Rows], starts: Sequence[int], path: object
) -> None:
    for key in _QUATERNIONS:
        if content.get(key) is None:
            continue
        bad = _Bad()
        for chosen, part in _parts(content[key], rows):
            off = (part.norm(dim=-1) - 1.0).abs() > _NORM_TOLERANCE
            bad.add(chosen, off.any(1))
        if bad.count:
            raise FormatError(
                f"{path}: {key} has rotations that are not of unit length in {bad.count} frames, "
                f"first in {_place(bad.first, starts)}; normalise them in the source"
            )


def _parts(tensor: Tensor, rows: Sequence[Rows]) -> Iterator[tuple[Rows, Tensor]]:
    for chosen in rows:
        yield chosen, tensor[chosen]


def _frame(chosen: Rows, row: int) -> int:
    return int(chosen[row]) if isinstance(chosen, Tensor) else chosen.start + row


def _place(frame: int, starts: Sequence[int]) -> str:
    motion = sum(start <= frame for start in starts) - 1
    return f"frame {frame} (motion {motion}, frame {frame - starts[motion]})"

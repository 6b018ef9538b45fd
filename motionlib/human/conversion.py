"""One human recording becomes a clip on a humanoid: exact resampling, kinematics, height, measures."""

from dataclasses import dataclass

import numpy as np

from motionlib.errors import MotionError
from motionlib.human.clip import HumanClip
from motionlib.human.measures import Measures, Trajectory, content_sha256, measure_trajectory
from motionlib.human.plausibility import measure_plausibility
from motionlib.human.robot_arrays import RobotArrays, robot_arrays
from motionlib.human.settings import HumanSettings
from motionlib.kernels.poses import (
    forward_kinematics,
    joint_rotvecs,
    sample_rotations,
    turn_roots,
)
from motionlib.kernels.sampling import first_bad_frame, gather, source_frames
from motionlib.robot import Robot

_LONGEST_POSITION = 1e5
"""m from the origin: nobody was recorded further away."""
_LARGEST_ROTATION = 1e4
"""rad, a component of a rotation vector: thousands of turns are no measurement."""
_SLOWEST, _FASTEST = 1.0, 10_000.0
"""Hz between which a source's rate lies."""
_ROOT_COLUMNS = np.array([[0, 1, 2]], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HumanMotion:
    """One human clip on a robot whose dofs are an exponential map; immutable."""

    fps: float
    root_pos: np.ndarray
    """(T, 3) float32 m, world."""
    root_quat_wxyz: np.ndarray
    """(T, 4) float32 unit, world; neighbours in one half-space."""
    dof_pos: np.ndarray
    """(T, D) float32 rad, robot order."""
    measures: Measures
    """All that `human.measure_table` lists."""
    notes: tuple[str, ...] = ()
    """What the reader had to decide."""

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.root_pos)


def convert_clip(clip: HumanClip, robot: Robot, settings: HumanSettings) -> HumanMotion:
    """A recording on a robot at exactly the asked rate, measured.

    Output frame k lies at k / fps from the first source frame; positions are linear and rotations
    spherical in between, and where the rates divide, source frames are taken as they are.

    Args:
        clip: At its own rate; every frame of it is looked at, also those between output frames.
        robot: Dofs are an exponential map; bodies in the order of `clip.columns`.
        settings: Of the stage.

    Raises:
        MotionError: A number is NaN, infinite or absurd (says which, column and source frame), or
            the rate is.
        RobotError: The robot's dofs are hinges.
    """
    arrays = robot_arrays(robot)
    _check(clip, robot, settings)
    low, high, blend = source_frames(clip.num_frames, clip.fps, settings.fps)
    root_pos = _positions(clip.root_pos, low, high, blend)
    local = _rotations(clip, low, high, blend)
    dof_pos = np.empty((len(low), 3 * (len(arrays.parents) - 1)))
    joint_rotvecs(local, arrays.offset_quats, dof_pos)
    trajectory = _trajectory(root_pos, local, dof_pos, arrays)
    plausibility = measure_plausibility(clip, _plain(clip.rotvec), trajectory, robot, settings.fps)
    shift = 0.0
    if settings.height_fix == "lowest_body":
        shift = robot.lowest_body_height - float(trajectory.body_pos[..., 2].min())
        trajectory.body_pos[..., 2] += shift
    root_pos[:, 2] += shift
    outputs = [a.astype(np.float32) for a in (root_pos, local[:, 0], dof_pos)]
    measures = measure_trajectory(trajectory, robot, settings)
    measures["height_shift"] = shift
    measures |= plausibility
    measures["content_sha256"] = content_sha256(*outputs, fps=settings.fps)
    return HumanMotion(
        fps=settings.fps,
        root_pos=outputs[0],
        root_quat_wxyz=outputs[1],
        dof_pos=outputs[2],
        measures=measures,
        notes=clip.notes,
    )


def _positions(
    source: np.ndarray, low: np.ndarray, high: np.ndarray, blend: np.ndarray
) -> np.ndarray:
    share = blend[:, None]
    return (1.0 - share) * source[low] + share * source[high]


def _rotations(clip: HumanClip, low: np.ndarray, high: np.ndarray, blend: np.ndarray) -> np.ndarray:
    """(T, B, 4) unit, body to parent, root to world."""
    shape = (len(low), len(clip.columns), 3)
    rotvec, columns = _plain(clip.rotvec), np.ascontiguousarray(clip.columns, dtype=np.int64)
    before, local = np.empty(shape), np.empty((*shape[:2], 4))
    gather(rotvec, low, columns, before)
    after = before
    if blend.any():
        after = np.empty(shape)
        gather(rotvec, high, columns, after)
    sample_rotations(before, after, blend, columns[:, 0] >= 0, local)
    turn_roots(local, np.ascontiguousarray(clip.root_post_quat_wxyz, dtype=np.float64))
    return local


def _trajectory(
    root_pos: np.ndarray, local: np.ndarray, dof_pos: np.ndarray, arrays: RobotArrays
) -> Trajectory:
    body_pos, body_quat = np.empty((*local.shape[:2], 3)), np.empty(local.shape)
    body_pos[:, 0] = root_pos
    forward_kinematics(local, arrays.parents, arrays.offset_pos, body_pos, body_quat)
    return Trajectory(local_quat=local, dof_pos=dof_pos, body_pos=body_pos, body_quat=body_quat)


def _check(clip: HumanClip, robot: Robot, settings: HumanSettings) -> None:
    for name, fps in (("source fps", clip.fps), ("asked fps", settings.fps)):
        if not _SLOWEST <= fps <= _FASTEST:
            raise MotionError(
                f"{name} is {fps:g}, expected {_SLOWEST:g} to {_FASTEST:g}; correct the rate"
            )
    if clip.columns.shape != (robot.num_bodies, 3):
        raise MotionError(
            f"columns has shape {clip.columns.shape}, expected ({robot.num_bodies}, 3): "
            f"three for each body of {robot.name}"
        )
    _check_numbers("root position", clip.root_pos, _ROOT_COLUMNS, _LONGEST_POSITION)
    _check_numbers("rotation vector", clip.rotvec, clip.columns, _LARGEST_ROTATION)


def _check_numbers(name: str, source: np.ndarray, columns: np.ndarray, limit: float) -> None:
    used = np.unique(columns[columns >= 0])
    plain = _plain(source)
    breaks = np.flatnonzero(np.diff(used) > 1) + 1
    spans = [(int(s[0]), int(s[-1]) + 1) for s in np.split(used, breaks) if len(s)]
    bad = [frame for span in spans if (frame := first_bad_frame(plain, *span, limit)) >= 0]
    if not bad:
        return
    frame = min(bad)
    values = plain[frame, used]
    column = int(used[np.flatnonzero(~(np.abs(values) <= limit))[0]])
    gate = "" if np.isfinite(plain[frame, column]) else "nan"
    raise MotionError(
        f"{name}: column {column} is {plain[frame, column]:g} in source frame {frame}, expected "
        f"a finite number of at most {limit:g}; cut the frame out or leave the recording out",
        gate=gate,
        frame=frame,
    )


def _plain(array: np.ndarray) -> np.ndarray:
    """A read-only view in native float32 or float64: one type for compiled code, no copy."""
    if array.dtype not in (np.float32, np.float64) or not array.dtype.isnative:
        return _plain(array.astype(np.float64))
    view = array.view()
    view.flags.writeable = False
    return view

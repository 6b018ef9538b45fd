"""Robots' trajectories that people wrote by `torch.save`: a dict of tensors, or one of clips."""

from pathlib import Path

from motionlib.containers.torch_file import load_torch_dict
from motionlib.formats.held_clips import clips_of
from motionlib.formats.quat_order import QuatOrder
from motionlib.formats.robot_arrays import motion_of_arrays
from motionlib.formats.robot_clip import clip_arrays
from motionlib.grounding import Floor
from motionlib.motion import Motion
from motionlib.robot import Robot


def load_robot_torch(
    path: Path,
    robot: Robot,
    *,
    fps: float | None = None,
    quat_order: QuatOrder | None = None,
    floor: Floor = "shift",
    accept_implausible: bool = False,
) -> list[Motion]:
    """Read the clips of a robot's `.pt`; packed libraries are another format.

    Args:
        path: Root position, root rotation and joints by name, see `robot_clip`.
        robot: The robot that the file belongs to.
        fps: Rate of clips that state none.
        quat_order: Of the root; told by its name or its numbers if None.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        accept_implausible: Whether what is impossible is told in the provenance instead.

    Raises:
        FormatError: No readable file of tensors, no clips of a robot, shapes, NaN, quaternions.
        RobotError: Another robot's.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    path = Path(path)
    motions = []
    for name, clip in clips_of(load_torch_dict(path), path, kind="a torch file").items():
        arrays = clip_arrays(clip, name, robot, path, kind="torch file", order=quat_order)
        motion = motion_of_arrays(
            arrays, robot, path, fps=fps, floor=floor, accept_implausible=accept_implausible
        )
        motions.append(motion)
    return motions

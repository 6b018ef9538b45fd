"""Robots' trajectories in the pickles of GMR, ASAP, PHC and MimicKit, read without running them.

What each means is taken from the program that writes it: GMR's `save_as_pkl` and ASAP's and PHC's
fits give the root as xyzw; MimicKit's `Motion` gives frames of position, rotation vector and joints.
None of them names its joints: they are those of the robot in the order of its model. Arrays may
be numpy's, joblib's or torch's.
"""

from pathlib import Path

from motionlib.containers.bounds import MAX_PICKLE_BYTES, read_checked
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.torch_storage import tensors_in_pickles
from motionlib.containers.unpacked_stream import unpacked_stream
from motionlib.formats.held_clips import clips_of
from motionlib.formats.quat_order import QuatOrder
from motionlib.formats.robot_arrays import motion_of_arrays
from motionlib.formats.robot_clip import clip_arrays
from motionlib.grounding import Floor
from motionlib.motion import Motion
from motionlib.robot import Robot


def load_robot_pickle(
    path: Path,
    robot: Robot,
    *,
    fps: float | None = None,
    quat_order: QuatOrder | None = None,
    floor: Floor = "shift",
    accept_implausible: bool = False,
) -> list[Motion]:
    """Read the clips of a robot's pickle, packed or not.

    Args:
        path: See the module for the formats.
        robot: The robot that the file belongs to.
        fps: Rate of clips that state none.
        quat_order: Of the root; xyzw, as the formats have it, if None.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        accept_implausible: Whether what is impossible is told in the provenance instead.

    Raises:
        FormatError: No readable pickle of numbers, none of the formats, shapes, NaN, quaternions.
        RobotError: Another robot's.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    path = Path(path)
    content = unpacked_stream(read_checked(path, MAX_PICKLE_BYTES), str(path))
    held = load_restricted(
        content, origin=str(path), encoding="latin1", allowed=tensors_in_pickles()
    )
    motions = []
    for name, clip in clips_of(held, path, kind="a pickle").items():
        arrays = clip_arrays(clip, name, robot, path, kind="pickle", order=quat_order, usual="xyzw")
        motion = motion_of_arrays(
            arrays, robot, path, fps=fps, floor=floor, accept_implausible=accept_implausible
        )
        motions.append(motion)
    return motions

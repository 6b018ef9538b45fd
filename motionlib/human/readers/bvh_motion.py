"""Numbers of a BVH file as rotations and positions of its joints."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from motionlib.containers.bounds import MAX_NUMBER_CHARACTERS
from motionlib.errors import MotionError
from motionlib.human.readers.bvh_parser import BvhFile
from motionlib.rotations import quat_apply, quat_from_axis_angle, quat_mul
from motionlib.showing import shown

MIN_FPS, MAX_FPS = 1.0, 2000.0
_WHOLE_FPS = (30, 60, 120, 24, 25, 48, 50, 100, 240, 90, 72, 150, 200, 250, 300, 10, 12, 15, 20,
              40, 80, 144, 180, 360, 400, 480, 500, 600, 1000)  # fmt: skip
_COMMON_FPS = (*_WHOLE_FPS, *(fps / 1.001 for fps in (30, 60, 120, 24, 240)))


class JointPoses(NamedTuple):
    """Poses of joints in the file's own world and units."""

    pos: Tensor
    """(T, J, 3) file units."""
    quat_wxyz: Tensor
    """(T, J, 4) unit."""


def fps_of(bvh: BvhFile) -> float:
    """Frames a second: the common rate that the printed frame time is a rounding of, if any.

    Raises:
        MotionError: Not a number of seconds, or an absurd rate.
    """
    text = bvh.frame_time
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if len(text) > MAX_NUMBER_CHARACTERS:
        seconds = float("nan")
    if not 1.0 / MAX_FPS <= seconds <= 1.0 / MIN_FPS:
        raise MotionError(
            f"{bvh.path}: Frame Time is {shown(text)}, expected {1.0 / MAX_FPS:g} to "
            f"{1.0 / MIN_FPS:g} s a frame; write the seconds between frames there"
        )
    mantissa, _, exponent = text.lower().partition("e")
    digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
    # 0.0083 is a rounding of 1/120 and would be 120.48 frames a second if taken at its word
    slack = 0.501 * 10.0**-digits
    near = [fps for fps in _COMMON_FPS if abs(1.0 / fps - seconds) <= slack]
    exact = [fps for fps in near if abs(1.0 / fps - seconds) < 1e-9]
    return float((exact or near or [1.0 / seconds])[0])


def joint_poses(bvh: BvhFile) -> JointPoses:
    """Poses of every joint in every frame.

    A position channel replaces the same number of the joint's OFFSET, except where a joint's
    position channels are zero throughout, as some exporters write them.

    Raises:
        MotionError: A value that is no finite number; names the frame and the channel.
    """
    _check_finite(bvh)
    local_pos, local_quat = _local_positions(bvh), _local_quats(bvh)
    positions, quats = [], []
    for index, joint in enumerate(bvh.joints):
        pos, quat = local_pos[:, index], local_quat[:, index]
        if joint.parent >= 0:
            pos = positions[joint.parent] + quat_apply(quats[joint.parent], pos)
            quat = quat_mul(quats[joint.parent], quat)
        positions.append(pos)
        quats.append(quat)
    return JointPoses(torch.stack(positions, 1), torch.stack(quats, 1))


def starts_with_rest_pose(bvh: BvhFile) -> bool:
    """Whether an exporter put a posed frame before the recording, as cgspeed's CMU files have it.

    Such a frame has whole degrees only, and the root where the next frame has it to the last digit.
    """
    if bvh.num_frames < 2 or len(bvh.values) < 2:
        return False
    named = [name for joint in bvh.joints for name in joint.channels]
    turns = np.array([name.endswith("rotation") for name in named])
    whole = bvh.values[:2, turns] == np.round(bvh.values[:2, turns])
    place = np.flatnonzero(~turns)[:3]
    stays = len(place) > 0 and np.array_equal(bvh.values[0, place], bvh.values[1, place])
    return bool(stays and whole[0].all() and whole[1].mean() < 0.5)


def _check_finite(bvh: BvhFile) -> None:
    bad = np.argwhere(~np.isfinite(bvh.values))
    if len(bad):
        frame, column = (int(each) for each in bad[0])
        joint = next(j for j in bvh.joints if 0 <= column - j.first_channel < len(j.channels))
        raise MotionError(
            f"{bvh.path}: frame {frame}: {joint.channels[column - joint.first_channel]} of "
            f"{joint.name} is {bvh.values[frame, column]}, expected a finite number; repair or "
            "cut this frame",
            gate="nan",
            frame=frame,
        )


def _local_positions(bvh: BvhFile) -> Tensor:
    offsets = np.array([joint.offset for joint in bvh.joints])
    pos = np.broadcast_to(offsets, (bvh.num_frames, *offsets.shape)).copy()
    for index, joint in enumerate(bvh.joints):
        moving = [(i, name) for i, name in enumerate(joint.channels) if name.endswith("position")]
        columns = bvh.values[:, [joint.first_channel + i for i, _ in moving]]
        if joint.parent < 0 or np.any(columns != 0.0):
            pos[:, index, ["XYZ".index(name[0]) for _, name in moving]] = columns
    return torch.from_numpy(pos)


def _local_quats(bvh: BvhFile) -> Tensor:
    turning = [
        [(j.first_channel + i, "XYZ".index(name[0])) for i, name in enumerate(j.channels)
         if name.endswith("rotation")]
        for j in bvh.joints
    ]  # fmt: skip
    count = len(bvh.joints)
    quats = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64).repeat(bvh.num_frames, count, 1)
    for slot in range(3):
        joints = [index for index, turns in enumerate(turning) if slot < len(turns)]
        if not joints:
            break
        columns = [turning[index][slot][0] for index in joints]
        axes = torch.eye(3, dtype=torch.float64)[[turning[index][slot][1] for index in joints]]
        angles = torch.from_numpy(np.radians(bvh.values[:, columns]))
        turn = quat_from_axis_angle(axes.expand(*angles.shape, 3), angles)
        quats[:, joints] = quat_mul(quats[:, joints], turn)
    return quats

"""Vertical placement of a clip on the ground."""

from dataclasses import replace
from typing import Literal

import numpy as np
import torch

from motionlib.kinematics import Kinematics
from motionlib.motion import Motion
from motionlib.rotations import matrix_from_quat
from motionlib.soles import ground_height, sole_points

Floor = Literal["shift", "keep"]
"""`shift`: the whole clip is moved vertically until the floor that it stands on is at 0. `keep`."""

_RIGHT = 0.01
"""Share of the robot's standing height by which a floor may lie beside 0: some millimetres of a
human's size, as much as soles differ from model to model."""
_LYING = 10.0
"""Percentile of the frames in which some body's origin may be below the floor."""


def floor_height(motion: Motion) -> float:
    """Height of the floor that a clip stands on, m, as retargeting finds it.

    What feet dip or rise for moments does not count, see `ground_height`. Nor does the floor lie
    above bodies: who lies with his feet up does not stand in the air.
    """
    poses = Kinematics(motion.robot, dtype=torch.float64).forward(
        motion.root_pos.double(), motion.root_quat_wxyz.double(), motion.dof_pos.double()
    )
    pos, rot = poses.body_pos.numpy(), matrix_from_quat(poses.body_quat_wxyz).numpy()
    bodies = float(np.percentile(pos[..., 2].min(-1), _LYING))
    return min(bodies, ground_height(sole_points(motion.robot, pos, rot), motion.fps))


def shifted_to_floor(motion: Motion) -> Motion:
    """A clip moved as a whole so that the floor that it stands on is the ground.

    One shift for all frames: velocities stay what they were, unlike with a lift for each frame. A
    clip whose floor is right within millimetres is left as it is. Its provenance says which.
    """
    floor = floor_height(motion)
    if abs(floor) <= _RIGHT * motion.robot.default_root_height:
        step = f"height kept: the floor that it stands on lies at {floor:+.4f} m"
        return replace(motion, provenance=motion.provenance.then(step))
    root_pos = motion.root_pos.double()
    root_pos[:, 2] -= floor
    step = f"moved vertically by {-floor:+.4f} m: the floor that it stands on is the ground"
    return replace(motion, root_pos=root_pos.float(), provenance=motion.provenance.then(step))

"""Vertical placement of a clip on the ground."""

from dataclasses import replace
from typing import Literal

import torch

from motionlib.contacts import sole_heights
from motionlib.kinematics import Kinematics
from motionlib.motion import Motion

Floor = Literal["shift", "keep"]
"""`shift`: the whole clip is moved vertically until the lowest sole touches the ground. `keep`."""


def shifted_to_floor(motion: Motion) -> Motion:
    """A clip moved as a whole so that its lowest sole corner touches the ground.

    One shift for all frames: velocities stay what they were, unlike with a lift for each frame.
    """
    kinematics = Kinematics(motion.robot, dtype=torch.float64)
    poses = kinematics.forward(
        motion.root_pos.double(), motion.root_quat_wxyz.double(), motion.dof_pos.double()
    )
    lowest = float(sole_heights(motion.robot, poses.body_pos, poses.body_quat_wxyz).min())
    root_pos = motion.root_pos.double()
    root_pos[:, 2] -= lowest
    step = f"moved vertically by {-lowest:+.4f} m: lowest sole corner on the ground"
    return replace(motion, root_pos=root_pos.float(), provenance=motion.provenance.then(step))

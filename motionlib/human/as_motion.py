"""A converted recording as a motion; apart, because conversion itself needs no torch."""

import torch

from motionlib.human.conversion import HumanMotion
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot


def as_motion(human: HumanMotion, robot: Robot, *, name: str, provenance: Provenance) -> Motion:
    """The motion of a converted recording, which shares its arrays.

    Args:
        human: On the robot.
        robot: Which it was converted onto.
        name: Of the motion.
        provenance: Where the recording comes from.
    """
    return Motion(
        name=name,
        robot=robot,
        fps=human.fps,
        root_pos=torch.from_numpy(human.root_pos),
        root_quat_wxyz=torch.from_numpy(human.root_quat_wxyz),
        dof_pos=torch.from_numpy(human.dof_pos),
        provenance=provenance,
    )

"""What a `.npz` is by the names of its arrays: a human's recording, a robot's motion, or neither."""

from typing import NamedTuple

from motionlib.formats.broken_states import BROKEN_STATES, STATE_KEYS
from motionlib.formats.robot_npz import robot_layout

RETARGETED = "ProtoMotions' retargeted robot motion (base_frame_pos, base_frame_wxyz, joint_angles)"
CONTACTS = "ProtoMotions' contact labels (foot_contacts), which belong to a *_retargeted.npz"
_NEEDED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("AMASS recording of a human (poses, trans)", ("poses",), True),
    ("AMASS recording of a human (root_orient, pose_body)", ("root_orient", "pose_body"), True),
    ("SMPL pose of a human (global_orient, body_pose)", ("global_orient", "body_pose"), True),
    ("shape of AMASS's first stage, which holds no motion", ("marker_labels", "betas"), False),
    (RETARGETED, ("base_frame_pos", "base_frame_wxyz", "joint_angles"), False),
    (CONTACTS, ("foot_contacts",), False),
    (BROKEN_STATES, STATE_KEYS[:4], False),
)


class NpzKind(NamedTuple):
    """What a file is."""

    name: str
    """For people; empty if it is no format known here."""
    is_human: bool = False
    is_robot: bool = False


def npz_kind(keys: set[str]) -> NpzKind:
    """What a file of arrays of these names is."""
    for name, needed, human in _NEEDED:
        if keys.issuperset(needed):
            return NpzKind(name, is_human=human, is_robot=name == RETARGETED)
    layout = robot_layout(keys)
    return NpzKind(f"robot motion: {layout}", is_robot=True) if layout else NpzKind("")

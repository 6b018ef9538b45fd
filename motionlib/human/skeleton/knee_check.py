"""Whether knees bend as knees do: what betrays swapped sides and a wrong rest pose."""

import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.human.skeleton.rest_pose import RestPose
from motionlib.human.skeleton.tree import Skeleton
from motionlib.rotations import quat_apply

_BENT = 0.5
"""Sine of the angle from which a knee counts as bent, 30 degrees."""
_NOTED, _REFUSED = 0.05, 0.5
"""Share of bent frames in which a knee bends forwards."""


def check_knees(
    skeleton: Skeleton, rest: RestPose, joint_pos: Tensor, joint_quat: Tensor
) -> tuple[str, ...]:
    """Compare the way each knee bends with the side that the thigh says is the front.

    Args:
        skeleton: Tree and map.
        rest: Its rest pose.
        joint_pos: (T, J, 3) file units and axes.
        joint_quat: (T, J, 4) likewise.

    Returns:
        A sentence for people where a few frames are odd; empty if all is well.

    Raises:
        MotionError: A knee bends forwards more often than not.
    """
    notes = []
    for side in "LR":
        names = [f"{side}_{part}" for part in ("Hip", "Knee", "Ankle")]
        hip, knee, ankle = (skeleton.names.index(skeleton.map.joints[name]) for name in names)
        thigh = _unit(joint_pos[:, knee] - joint_pos[:, hip])
        shank = _unit(joint_pos[:, ankle] - joint_pos[:, knee])
        left = torch.from_numpy(rest.rotation[hip].T @ rest.axes[1])
        across = quat_apply(joint_quat[:, hip], left.expand(len(thigh), 3))
        # a shank that swings back turns about the axis that points left
        bend = (torch.linalg.cross(thigh, shank) * across).sum(-1)
        bent = bend[bend.abs() > _BENT]
        share = float((bent < 0.0).double().mean()) if len(bent) else 0.0
        joint = skeleton.names[knee]
        if share > _REFUSED:
            raise MotionError(
                f"{skeleton.path}: {joint} bends forwards in {share:.0%} of the frames in which it "
                "is bent, expected backwards: left and right are swapped or the rest pose is "
                "turned; correct the joint map or export the file anew"
            )
        if share > _NOTED:
            notes.append(f"{joint} bends forwards in {share:.0%} of the frames in which it is bent")
    return tuple(notes)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12)

"""Whether a robot's limbs point where the human's do, whatever the pair says which body is which."""

from typing import NamedTuple

import numpy as np

from motionlib.motion import Motion
from motionlib.robot import Robot
from retarget.limbs import Limb, LimbName, Side, limbs_of
from retarget.model import Tree, poses_of, tree_of
from retarget.quality.joints import Measures

_KEPT = 8
_known: dict[int, "tuple[Robot, Skeleton]"] = {}


class Skeleton(NamedTuple):
    """A robot or human, and its limbs."""

    tree: Tree
    limbs: dict[tuple[LimbName, Side | None], Limb]


def skeleton_of(robot: Robot) -> Skeleton:
    """Tree and limbs of a robot or human; the same ones for the same object."""
    known = _known.get(id(robot))
    if known is not None and known[0] is robot:
        return known[1]
    made = Skeleton(tree_of(robot), limbs_of(robot))
    while len(_known) >= _KEPT:
        del _known[next(iter(_known))]
    _known[id(robot)] = (robot, made)
    return made


def limb_measures(robot: Robot, pos: np.ndarray, rot: np.ndarray, source: Motion) -> Measures:
    """Median angles between a robot's limbs and the human's, and where they are furthest apart.

    Args:
        robot: The robot.
        pos: (T, B, 3) m.
        rot: (T, B, 3, 3).
        source: The human, frame by frame.

    Returns:
        The measures `<limb>_off_deg` of limbs that both have, of two sides the worse one; and
        their frame.
    """
    own, human = skeleton_of(robot).limbs, skeleton_of(source.robot)
    arrays = (source.root_pos, source.root_quat_wxyz, source.dof_pos)
    human_pos, human_rot = poses_of(human.tree, *(each.double().numpy() for each in arrays))
    found: Measures = {}
    worst = np.zeros(len(pos))
    for (name, side), limb in own.items():
        if (theirs := human.limbs.get((name, side))) is None:
            continue
        cosine = (limb.directions(pos, rot) * theirs.directions(human_pos, human_rot)).sum(-1)
        angles = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))
        measure = f"{name}_off_deg"
        found[measure] = max(float(np.median(angles)), found.get(measure, 0.0))
        worst = np.maximum(worst, angles)
    return {**found, "limb_off_frame": int(worst.argmax())} if found else {}

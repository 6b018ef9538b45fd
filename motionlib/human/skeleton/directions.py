"""When the line between two joints of a rest pose is a direction at all.

A rig puts joints on top of each other, or the toe straight below the ankle, and what is left
between them is rounding: normalised, it points anywhere.
"""

import numpy as np

from motionlib.human.skeleton.tree import Skeleton

SHORTEST = 0.01
"""Share of the skeleton's size from which the line between two joints is a bone."""
_LEVEL = 0.25
"""Share of a foot's bone that lies level where it tells which way the foot points."""


def size_of(pos: np.ndarray) -> float:
    """Diagonal of the box around the joints (J, 3), in their unit."""
    return float(np.linalg.norm(np.ptp(pos, axis=0)))


def tip_of(skeleton: Skeleton, pos: np.ndarray, rotation: np.ndarray, joint: int) -> np.ndarray:
    """(3,) where the bone of a joint ends: between its children, at its end site, or nowhere."""
    children = [i for i, parent in enumerate(skeleton.parents) if parent == joint]
    if children:
        return pos[children].mean(0)
    tip = np.asarray(skeleton.end_sites.get(joint, (0.0, 0.0, 0.0)))
    return pos[joint] + rotation[joint] @ tip


def foot_bones(
    skeleton: Skeleton, pos: np.ndarray, rotation: np.ndarray, side: str
) -> list[np.ndarray]:
    """The bones (3,) of a foot from the ankle outwards, in the frame of `pos`."""
    joint, toe = skeleton.joint(f"{side}_Ankle"), skeleton.joint(f"{side}_Toe")
    bones = []
    while joint is not None:
        children = [i for i, parent in enumerate(skeleton.parents) if parent == joint]
        after = toe if toe is not None else (children[0] if children else None)
        end = pos[toe] if toe is not None else tip_of(skeleton, pos, rotation, joint)
        bones.append(end - pos[joint])
        joint, toe = after, None
    return bones


def level_bone(bones: list[np.ndarray], size: float) -> np.ndarray | None:
    """(3,) the first bone that says which way a foot points, laid level; None if none does.

    Args:
        bones: (3,) each, x forward and z up, from the ankle outwards.
        size: Of the skeleton, in the unit of the bones.
    """
    for bone in bones:
        length = float(np.linalg.norm(bone))
        if length > SHORTEST * size and np.linalg.norm(bone[:2]) > _LEVEL * length:
            return bone * np.array([1.0, 1.0, 0.0])
    return None

"""The trees of the SMPL family: bodies, parents, servos, and which source joint each body is."""

from typing import Literal, get_args

HumanoidKind = Literal["smpl", "smplx"]
"""`smpl`: 24 bodies, a hand is one body; `smplx`: 52 bodies, a hand is five fingers of three."""
HUMANOID_KINDS: tuple[str, ...] = get_args(HumanoidKind)

FINGERS = ("Index", "Middle", "Pinky", "Ring", "Thumb")
"""Finger names in the order of SMPL-X, SMPL+H and of the robot's bodies."""
LOWEST_BODY_HEIGHT = {"smpl": 0.015, "smplx": 0.017}
"""m: what ProtoMotions' converter lifts the lowest body origin to."""

_LEG = ("Hip", "Knee", "Ankle", "Toe")
_TRUNK = (("Torso", "Pelvis"), ("Spine", "Torso"), ("Chest", "Spine"), ("Neck", "Chest"))
_ARM = ("Thorax", "Shoulder", "Elbow", "Wrist")
_SMPL_NAMES = (
    "Pelvis", "L_Hip", "R_Hip", "Torso", "L_Knee", "R_Knee", "Spine", "L_Ankle", "R_Ankle",
    "Chest", "L_Toe", "R_Toe", "Neck", "L_Thorax", "R_Thorax", "Head", "L_Shoulder",
    "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
)  # fmt: skip
_BODY_JOINTS = len(_SMPL_NAMES)
_SMPL_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
_FINGER_JOINTS = 15


def humanoid_tree(kind: HumanoidKind) -> dict[str, str]:
    """Body to parent body (empty for the root), in the robot's order."""
    tree = {"Pelvis": ""}
    for side in "LR":
        tree |= _chain(side, _LEG, "Pelvis")
    tree |= dict(_TRUNK) | {"Head": "Neck"}
    for side in "LR":
        tree |= _chain(side, _ARM, "Chest")
        if kind == "smpl":
            tree[f"{side}_Hand"] = f"{side}_Wrist"
            continue
        for finger in FINGERS:
            tree |= _chain(side, [f"{finger}{bone}" for bone in (1, 2, 3)], f"{side}_Wrist")
    return tree


def humanoid_parents(kind: HumanoidKind) -> tuple[int, ...]:
    """Parent index of each body, -1 for the root."""
    tree = humanoid_tree(kind)
    names = list(tree)
    return tuple(names.index(parent) if parent else -1 for parent in tree.values())


def joint_names(joints: int) -> tuple[str, ...]:
    """Our names of a body model's joints, in the model's own order.

    Args:
        joints: 24 (SMPL), 52 (SMPL+H) or 55 (SMPL-X; jaw and eyes have no body of ours).
    """
    if joints == _BODY_JOINTS + 2:
        return (*_SMPL_NAMES, "L_Hand", "R_Hand")
    face = ("Jaw", "L_Eye", "R_Eye") if joints == _BODY_JOINTS + 3 + 2 * _FINGER_JOINTS else ()
    hands = [f"{side}_{finger}{bone}" for side in "LR" for finger in FINGERS for bone in (1, 2, 3)]
    return (*_SMPL_NAMES, *face, *hands)


def joint_parents(joints: int) -> tuple[int, ...]:
    """Parents in a body model's own order; what its `kintree_table` has to say."""
    names = joint_names(joints)
    parents: list[int] = list(_SMPL_PARENTS)
    for name in names[_BODY_JOINTS:]:
        if name in {"Jaw", "L_Eye", "R_Eye"}:
            parent = "Head"
        elif name.endswith(("2", "3")):
            parent = f"{name[:-1]}{int(name[-1]) - 1}"
        else:
            parent = f"{name[0]}_Wrist"
        parents.append(names.index(parent))
    return tuple(parents)


def _chain(side: str, links: tuple[str, ...] | list[str], parent: str) -> dict[str, str]:
    names = [f"{side}_{link}" for link in links]
    return dict(zip(names, [parent, *names[:-1]], strict=True))

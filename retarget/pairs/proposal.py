"""A pair for a robot that nobody configured: bodies matched by what they are to a human."""

import json

import numpy as np

from motionlib.errors import RobotError, nearest_names
from motionlib.robot import Robot
from retarget.pairs.doubts import doubts_of
from retarget.pairs.matching import matching_pose
from retarget.pairs.roles import Arm, Leg, Roles, roles_of
from retarget.tree import standing

_SOURCE = {
    "thigh": ("Hip", "Knee"),
    "shank": ("Knee", "Ankle"),
    "upper_arm": ("Shoulder", "Elbow"),
    "forearm": ("Elbow", "Wrist"),
}
_BACK = ("Torso", "Spine", "Chest")
_BODIES = ("Pelvis", *_BACK, "Head", *(f"{s}_{b}" for s in "LR" for b in (
    "Hip", "Knee", "Ankle", "Toe", "Shoulder", "Elbow", "Wrist")))  # fmt: skip


def propose_pair(source: Robot, target: Robot) -> str:
    """The yaml of a pair, with comments that say how it came about.

    Args:
        source: A humanoid with SMPL's body names: smpl, smplx, or one built from a body model.
        target: Any biped; arms and head are used where it has them.

    Returns:
        Text for `retarget/pairs/<source>_to_<target>.yaml`, or for `--pair`.

    Raises:
        RobotError: The source has other bodies; the target's roles cannot be told; its limits
            exclude the source's zero pose.
    """
    for name in _BODIES:
        if name not in source.body_names:
            raise RobotError(
                f"{source.xml_path}: expected a source with SMPL's body names, found no {name!r}; "
                f"{nearest_names(name, source.body_names)}"
            )
    if target.dof_coordinates != "hinges":
        raise RobotError(
            f"{target.xml_path}: expected a robot with hinges, found {target.dof_coordinates}; for "
            "humanoids there is smpl_to_smpl.yaml to begin with"
        )
    roles = roles_of(target)
    bones = _bones(source)
    doubts = (*roles.doubts, *doubts_of(target, roles))
    pose = matching_pose(
        target, roles, {name: bone / np.linalg.norm(bone) for name, bone in bones.items()}
    )
    lines = [
        *_head_lines(source, target, roles, bones),
        *_doubt_lines(doubts),
        *_pose_lines(pose),
        *_scale_lines(roles),
    ]
    lines += ["keypoints:", *_keypoint_lines(source, target, roles, pose)]
    return "\n".join([*lines, *_rest_lines(roles), ""])


def _bones(source: Robot) -> dict[str, np.ndarray]:
    """Limb to its (3,) m vector in the source's zero pose."""
    pos = standing(source, np.zeros((1, source.num_dofs)))[0][0]
    at = dict(zip(source.body_names, pos, strict=True))
    return {
        f"{side}_{limb}": at[f"{letter}_{end}"] - at[f"{letter}_{start}"]
        for side, letter in (("left", "L"), ("right", "R"))
        for limb, (start, end) in _SOURCE.items()
    }


def _head_lines(
    source: Robot, target: Robot, roles: Roles, bones: dict[str, np.ndarray]
) -> list[str]:
    pos = standing(target, target.default_dof_pos[None])[0][0]
    at = dict(zip(target.body_names, pos, strict=True))
    own = {}
    for leg in roles.legs:
        own[f"{leg.side}_thigh"] = np.linalg.norm(at[leg.knee] - at[leg.hip])
        own[f"{leg.side}_shank"] = np.linalg.norm(at[leg.ankle] - at[leg.knee])
    for arm in roles.arms:
        fore = at[arm.hand] - at[arm.elbow] if arm.hand != arm.elbow else arm.tip
        own[f"{arm.side}_upper_arm"] = np.linalg.norm(at[arm.elbow] - at[arm.shoulder])
        own[f"{arm.side}_forearm"] = np.linalg.norm(fore)
    lines = [
        f"# {source.name} onto {target.name}, proposed from both skeletons. Look at it before use:",
        "# `motion retarget` with this file as --pair, then the report's picture strips.",
        "# Limbs take the human's directions and the robot's own lengths (m, human to robot):",
    ]
    lines += [
        f"#   {name:16s} {np.linalg.norm(bones[name]):.3f} -> {length:.3f}"
        for name, length in own.items()
    ]
    if roles.arms and not target.hand_bodies:
        hands = " and ".join(arm.hand for arm in roles.arms)
        lines.append(f"# Hands, of which the robot's yaml names none: {hands}.")
    return [*lines, f"source: {source.name}", f"target: {target.name}"]


def _doubt_lines(doubts: tuple[str, ...]) -> list[str]:
    if not doubts:
        return []
    lines = ["# Not sure: look at each, correct it, and take it out of this list; until then"]
    lines += ["# `motion retarget` tells it.", "doubts:"]
    return [*lines, *(f"  - {json.dumps(doubt)}" for doubt in doubts)]


def _pose_lines(pose: dict[str, float]) -> list[str]:
    lines = ["# Where the robot stands as the human does with all joints at zero: the T-pose."]
    if not pose:
        return [*lines, "matching_pose: {}"]
    return [*lines, "matching_pose:", *(f"  {name}: {angle:g}" for name, angle in pose.items())]


def _scale_lines(roles: Roles) -> list[str]:
    lines = ["scales:"]
    if _crouch(roles) < 1.0:
        lines += [
            "  # The knees bend backwards and follow nothing: a human's straight leg is this share of",
            "  # the robot's, as in its default pose, so that it can step.",
            f"  leg: {_crouch(roles):g}",
        ]
    return [*lines, "  # On the root's travel, on top of the ratio of leg lengths.", "  height: 1"]


def _crouch(roles: Roles) -> float:
    """Share of the straight leg; one where knees bend as a human's."""
    if not any(leg.backwards for leg in roles.legs):
        return 1.0
    return round(min(leg.crouch for leg in roles.legs), 2)


def _size(source: Robot, target: Robot, roles: Roles) -> float:
    """Factor on position weights: they are of squared metres, other weights of radians.

    A third of the whole square: contacts are of metres too, and feet must not slip for targets.
    """
    human = sum(
        float(np.linalg.norm(_bones(source)[f"left_{limb}"])) for limb in ("thigh", "shank")
    )
    pos = standing(target, target.default_dof_pos[None])[0][0]
    leg = roles.legs[0]
    at = dict(zip(target.body_names, pos, strict=True))
    upper, lower = at[leg.knee] - at[leg.hip], at[leg.ankle] - at[leg.knee]
    ratio = human / float(np.linalg.norm(upper) + np.linalg.norm(lower))
    return 1.0 if ratio < 2.0 else float(f"{ratio**2 / 3.0:.2g}")


def _keypoint_lines(
    source: Robot, target: Robot, roles: Roles, pose: dict[str, float]
) -> list[str]:
    size = _size(source, target, roles)
    spine = [d for d in target.dof_names if _above(target, d, roles)]
    lean = 0.3 if len(spine) >= 3 or not roles.arms else 0.1
    lines = [_line("pelvis", "Pelvis", roles.root, position=size, orientation=lean)]
    for leg in roles.legs:
        lines += _leg_lines(leg, size)
    if roles.arms:
        lines += _back_lines(source, target, roles, pose, size)
        for arm in roles.arms:
            lines += _arm_lines(arm, size)
    if roles.head:
        after = "torso" if roles.arms else "pelvis"
        lines.append(_line("head", "Head", roles.head, after=after, orientation=0.1))
    return lines


def _above(target: Robot, dof: str, roles: Roles) -> bool:
    """Whether a joint lies between root and torso."""
    body = int(target.dof_bodies[target.dof_names.index(dof)])
    at = target.body_names.index(roles.torso)
    while at > 0 and at != body:
        at = int(target.parents[at])
    return at == body


def _leg_lines(leg: Leg, size: float) -> list[str]:
    side, letter = leg.side, leg.side[0].upper()
    scale = "leg" if leg.backwards else ""
    toes = "Ankle" if leg.ankle == leg.foot else "Toe"
    lines = [_line(f"{side}_hip", f"{letter}_Hip", leg.hip, after="pelvis")]
    if not leg.backwards:
        lines.append(
            _line(
                f"{side}_thigh", f"{letter}_Hip", leg.thigh, after=f"{side}_hip", orientation=0.02
            )
        )
    knee = 0.0 if leg.backwards else size
    lines.append(
        _line(f"{side}_knee", f"{letter}_Knee", leg.knee, after=f"{side}_hip", scale=scale,
              position=knee)
    )  # fmt: skip
    if leg.ankle == leg.foot:
        lines.append(
            _line(f"{side}_foot", f"{letter}_Ankle", leg.foot, after=f"{side}_knee", scale=scale,
                  position=2.0 * size, orientation=0.1)
        )  # fmt: skip
    else:
        lines += [
            _line(f"{side}_ankle", f"{letter}_Ankle", leg.ankle, after=f"{side}_knee", scale=scale,
                  position=2.0 * size),
            _line(f"{side}_foot", f"{letter}_Toe", leg.foot, after=f"{side}_ankle",
                  position=size, orientation=0.1),
        ]  # fmt: skip
    if not leg.backwards:
        lines.append(
            _line(f"{side}_toe", f"{letter}_{toes}", leg.foot, offset=leg.toe,
                  after=f"{side}_foot", position=size)
        )  # fmt: skip
    return lines


def _back_lines(
    source: Robot, target: Robot, roles: Roles, pose: dict[str, float], size: float
) -> list[str]:
    """Points of the torso between pelvis and shoulders, where a human's back has its joints."""
    human = standing(source, np.zeros((1, source.num_dofs)))[0][0][:, 2]
    at = dict(zip(source.body_names, human, strict=True))
    angles = np.array([pose.get(name, 0.0) for name in target.dof_names])
    pos, rot = (each[0] for each in standing(target, angles[None]))
    torso = target.body_names.index(roles.torso)
    top = np.mean([pos[target.body_names.index(arm.shoulder)] for arm in roles.arms], axis=0)
    lines, after = ["  # The chain follows the human's back up to the chest."], "pelvis"
    for name, body in zip(("waist", "spine", "torso"), _BACK, strict=True):
        share = at[body] / (0.5 * (at["L_Shoulder"] + at["R_Shoulder"]))
        offset = rot[torso].T @ (share * top - pos[torso])
        last = name == "torso"
        weights = (0.3 * size, 0.1) if last else (0.0, 0.0)
        lines.append(
            _line(name, body, roles.torso, offset=offset, after=after, position=weights[0],
                  orientation=weights[1])
        )  # fmt: skip
        after = name
    return lines


def _arm_lines(arm: Arm, size: float) -> list[str]:
    side, letter = arm.side, arm.side[0].upper()
    turns = 0.03 if len(arm.wrist_dofs) >= 2 else 0.0
    return [
        _line(f"{side}_shoulder", f"{letter}_Shoulder", arm.shoulder, after="torso",
              position=0.5 * size),
        _line(f"{side}_elbow", f"{letter}_Elbow", arm.elbow, after=f"{side}_shoulder",
              position=size),
        _line(f"{side}_hand", f"{letter}_Wrist", arm.hand, offset=arm.tip, after=f"{side}_elbow",
              position=2.0 * size, orientation=turns),
    ]  # fmt: skip


def _rest_lines(roles: Roles) -> list[str]:
    wrists = [dof for arm in roles.arms for dof in arm.wrist_dofs]
    if not wrists:
        return []
    lines = ["# Wrists turn only as far as the hands ask.", "rest_weights:"]
    return [*lines, *(f"  {dof}: 0.002" for dof in wrists)]


def _line(
    name: str,
    source: str,
    body: str,
    *,
    offset: np.ndarray | None = None,
    after: str = "",
    scale: str = "",
    position: float = 0.0,
    orientation: float = 0.0,
) -> str:
    """One keypoint in flow style."""
    parts = [f"source: {source}", f"body: {body}"]
    if offset is not None and np.abs(offset).max() > 5e-4:
        parts.append(f"offset: [{', '.join(f'{v:g}' for v in np.round(offset, 4) + 0.0)}]")
    parts += [f"{key}: {text}" for key, text in (("after", after), ("scale", scale)) if text]
    weights = (("position", position), ("orientation", orientation))
    parts += [f"{key}: {weight:g}" for key, weight in weights if weight]
    return f"  {name}: {{{', '.join(parts)}}}"

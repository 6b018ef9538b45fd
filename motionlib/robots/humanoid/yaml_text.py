"""The text of a humanoid's `robot.yaml`: names, feet and ProtoMotions' gains."""

from collections.abc import Sequence

from motionlib.robots.humanoid.tree import FINGERS, HumanoidKind, humanoid_tree

_LINE = 100
_ACTION_SCALE = 1.0
"""rad: without limits narrower than half a turn, an action is a rotation vector."""

_Group = tuple[tuple[str, ...], float, float, float, float]
_GROUPS: dict[str, tuple[_Group, ...]] = {
    "smpl": (
        (("?_Hip_?", "?_Knee_?", "?_Ankle_?"), 800, 80, 500, 100),
        (("Torso_?", "Spine_?", "Chest_?"), 1000, 100, 500, 100),
        (
            ("?_Toe_?", "Neck_?", "Head_?", "?_Thorax_?", "?_Shoulder_?", "?_Elbow_?"),
            500, 50, 500, 100,
        ),
        (("?_Wrist_?", "?_Hand_?"), 300, 30, 500, 100),
    ),
    "smplx": (
        (("?_Hip_?", "?_Knee_?", "?_Ankle_?"), 800, 80, 500, 100),
        (("Torso_?", "Spine_?", "Chest_?"), 1000, 100, 500, 100),
        (("?_Toe_?", "Neck_?", "Head_?", "?_Thorax_?", "?_Shoulder_?"), 500, 50, 500, 100),
        (("?_Elbow_?", "?_Wrist_?"), 300, 30, 500, 100),
        (tuple(f"?_{finger}?_?" for finger in FINGERS), 10, 1, 10, 5),
    ),
}  # fmt: skip
_ARMATURE = 0.02


def yaml_text(
    *,
    name: str,
    kind: HumanoidKind,
    about: Sequence[str],
    lowest_body_height: float,
    rest_root_pos: Sequence[float],
) -> str:
    """The whole file.

    Args:
        name: Of the robot.
        kind: Its tree.
        about: Lines of comment at the top.
        lowest_body_height: m.
        rest_root_pos: (3,) m.
    """
    hand = "Hand" if kind == "smpl" else "Wrist"
    rest = ", ".join(f"{value:.6g}" for value in rest_root_pos)
    return (
        "\n".join(
            [
                *(f"# {line}" for line in about),
                "# Angles in rad, lengths in m, torques in N m. Default pose: the T-pose.",
                f"name: {name}",
                "model: robot.xml",
                "",
                "# Three numbers a body: a rotation vector in the parent's frame, not three hinge angles.",
                "dof_coordinates: exponential_map",
                f"lowest_body_height: {lowest_body_height:.6g}",
                f"rest_root_pos: [{rest}]",
                "",
                "anchor_body: Pelvis",
                "head_body: Head",
                "tracked_bodies:",
                *_name_lines(tuple(humanoid_tree(kind))),
                "foot_bodies: [L_Ankle, R_Ankle]",
                f"hand_bodies: [L_{hand}, R_{hand}]",
                "",
                "# The sole reaches from the heel to the ball; the toes are boxes of their own.",
                "soles:",
                "  L_Ankle: L_Ankle",
                "  R_Ankle: R_Ankle",
                "foot_friction: 1.0",
                "",
                "default_pose: {}",
                "soft_limit_factor: 0.9",
                "",
                "default_profile: protomotions",
                "actuators:",
                "  protomotions:",
                *(line for group in _GROUPS[kind] for line in _group_lines(group)),
            ]
        )
        + "\n"
    )


def _group_lines(group: _Group) -> list[str]:
    patterns, stiffness, damping, effort, velocity = group
    joints = ", ".join(f'"{pattern}"' for pattern in patterns)
    return [
        f"    - joints: [{joints}]",
        f"      stiffness: {stiffness:g}",
        f"      damping: {damping:g}",
        f"      armature: {_ARMATURE:g}",
        f"      effort_limit: {effort:g}",
        f"      velocity_limit: {velocity:g}",
        f"      action_scale: {_ACTION_SCALE:g}",
    ]


def _name_lines(names: Sequence[str]) -> list[str]:
    """A flow list over several lines."""
    lines, line = [], "  ["
    for index, name in enumerate(names):
        word = f"{name}, " if index + 1 < len(names) else f"{name}]"
        if len(line) + len(word) > _LINE:
            lines.append(line.rstrip())
            line = "   "
        line += word
    return [*lines, line]

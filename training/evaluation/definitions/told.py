"""What is said of a column: its formula, frame, source, and what it counts; for schema and documents."""

from dataclasses import dataclass

BEFORE = "_before_failure"
"""Ending of a mean's other reading: of the frames before the first failure only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that a reader of a number has to know."""

    formula: str
    """p are positions, q rotations, of bodies b; with ^ of the reference; T frames after the first."""
    frame: str
    """World, anchor, root, parent, joints, or none."""
    source: str
    """Whose definition it is."""
    meaning: str = ""
    """What it is, without its reading over time; no full stop."""
    aliases: tuple[str, ...] = ()
    """Names under which guides know it."""


_OURS = "ours"
_BEYOND = "BeyondMimic"

TOLD_MEASURES: dict[str, Told] = {
    "world_body_pos": Told(
        meaning="Mean over tracked bodies of the distance to the reference, world",
        formula="mean_b ‖p_b − p^_b‖",
        frame="world",
        source=f"{_OURS}; mjlab's MPKPE",
    ),
    "error_body_pos": Told(
        meaning="Mean over tracked bodies of the distance to relative targets",
        formula="mean_b ‖p_b − (Δp + Δq·(p^_b − p^_anchor))‖, Δp the robot's anchor at the "
        "reference's height, Δq = yaw(q_anchor q^_anchor⁻¹)",
        frame="the robot's anchor: its place and heading, not its height",
        source=f"{_BEYOND}, error_body_pos",
    ),
    "error_root_pos": Told(
        meaning="Distance of the root from its reference, world",
        formula="‖p_root − p^_root‖",
        frame="world",
        source=_OURS,
        aliases=("eval/root_error",),
    ),
    "error_root_rot": Told(
        meaning="Angle between the root and its reference, heading included",
        formula="∠(q_root, q^_root)",
        frame="world",
        source=_OURS,
    ),
    "world_body_rot": Told(
        meaning="Mean over tracked bodies of the angle to the reference, world",
        formula="mean_b ∠(q_b, q^_b)",
        frame="world",
        source=_OURS,
    ),
    "mean_joint_pos": Told(
        meaning="Mean over dofs of the absolute difference of angles",
        formula="mean_j |θ_j − θ^_j|",
        frame="joints",
        source=_OURS,
    ),
    "error_body_lin_vel": Told(
        meaning="Mean over tracked bodies of the difference of velocities, world",
        formula="mean_b ‖v_b − v^_b‖",
        frame="world",
        source=f"{_BEYOND}, error_body_lin_vel",
        aliases=("eval/velocity_error",),
    ),
    "error_body_ang_vel": Told(
        meaning="Mean over tracked bodies of the difference of angular velocities, world",
        formula="mean_b ‖ω_b − ω^_b‖",
        frame="world",
        source=f"{_BEYOND}, error_body_ang_vel",
    ),
    "mean_joint_vel": Told(
        meaning="Mean over dofs of the absolute difference of speeds",
        formula="mean_j |θ'_j − θ'^_j|",
        frame="joints",
        source=_OURS,
    ),
    "contact_accuracy": Told(
        meaning="Share of feet whose touching the ground agrees with the reference's label",
        formula="mean_f [c_f = c^_f]",
        frame="feet",
        source=_OURS,
        aliases=("eval/contact_accuracy",),
    ),
}
"""What is said of the environment's measures where the table has them as columns."""

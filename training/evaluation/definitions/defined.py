"""Columns of the per-motion table that other projects define, and those of ours that need all bodies."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from training.envs.measures import MEASURES
from training.evaluation.definitions import quantities as q
from training.evaluation.definitions.scene import Scene
from training.evaluation.definitions.told import Told

_DEGREES, _MM = 180.0 / math.pi, 1000.0
Over = Literal["mean", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """A number of every instant as a column."""

    name: str
    of: Callable[[Scene], Tensor]
    unit: str
    told: Told
    over: Over = "mean"
    scale: float = 1.0
    """From the number's own unit to the column's."""
    per_dt: int = 0
    """How often the control step's duration divides it."""
    since: int = 1
    """First frame that has it: 2 for what needs two frames before."""


def _power(scene: Scene) -> Tensor:
    return MEASURES["power"](scene.now)


def _joint_vel(scene: Scene) -> Tensor:
    return MEASURES["error_joint_vel"](scene.now)


def _world_body_pos(scene: Scene) -> Tensor:
    return MEASURES["world_body_pos"](scene.now)


_PROTO, _PHC, _MJLAB = "ProtoMotions", "PHC", "mjlab 1.6, metrics of the tracking task"
_GT = Told(
    meaning="Mean over all bodies of the distance to the reference, world",
    formula="mean_b ‖p_b − p^_b‖",
    frame="world",
    source=f"{_PROTO}, gt_err; v3: gt_error",
    aliases=("Eval/gt_err", "eval/gt_err", "eval/gt_error/mean", "eval/pose_error"),
)
_FURTHEST = Told(
    meaning="Distance of the body that is furthest from its reference, world",
    formula="max_b ‖p_b − p^_b‖",
    frame="world",
    source=f"{_PROTO}, max_joint_err; v3: max_joint_error",
    aliases=("Eval/max_joint_err", "eval/max_joint_err", "eval/max_joint_error/mean"),
)
_GR = Told(
    meaning="Mean over all bodies of the angle to the reference, world",
    formula="mean_b ∠(q_b, q^_b)",
    frame="world",
    source=f"{_PROTO}, gr_err; v3: gr_error",
    aliases=("Eval/gr_err", "eval/gr_err", "eval/gr_error/mean"),
)
_LR = Told(
    meaning="Mean over all bodies of the angle to the reference, each seen from its parent",
    formula="mean_b ∠(q_parent⁻¹q_b, q^_parent⁻¹q^_b), of the root ∠(q_root, q^_root)",
    frame="parent",
    source=f"{_PROTO}, lr_err_degrees",
    aliases=("Eval/lr_err_degrees", "eval/lr_err_degrees"),
)
_RH = Told(
    meaning="|height error| of the root",
    formula="|z_root − z^_root|",
    frame="world",
    source=f"{_PROTO}, root_height_error",
    aliases=("Eval/root_height_error", "eval/root_height_error"),
)

DEFINED = (
    Defined(name="gt_err", of=q.gt_err, unit="m", told=_GT),
    Defined(
        name="gt_err_max",
        of=q.gt_err,
        unit="m",
        over="max",
        told=Told(
            meaning=_GT.meaning,
            formula=_GT.formula,
            frame="world",
            source=f"{_PROTO}; what its threshold fails",
            aliases=("eval/gt_error/max",),
        ),
    ),
    Defined(name="max_joint_err", of=q.max_joint_err, unit="m", told=_FURTHEST),
    Defined(
        name="max_joint_err_max",
        of=q.max_joint_err,
        unit="m",
        over="max",
        told=Told(
            meaning=_FURTHEST.meaning,
            formula=_FURTHEST.formula,
            frame="world",
            source=f"{_PROTO}; what strict thresholds fail",
            aliases=("eval/max_joint_error/max",),
        ),
    ),
    Defined(name="gr_err", of=q.gr_err, unit="rad", told=_GR),
    Defined(
        name="gr_err_degrees",
        of=q.gr_err,
        unit="°",
        scale=_DEGREES,
        told=Told(
            meaning=_GR.meaning,
            formula=f"{_GR.formula}·180/π",
            frame="world",
            source=f"{_PROTO}, gr_err_degrees",
            aliases=("Eval/gr_err_degrees", "eval/gr_err_degrees"),
        ),
    ),
    Defined(name="lr_err_degrees", of=q.lr_err, unit="°", scale=_DEGREES, told=_LR),
    Defined(name="root_height_error", of=q.root_height, unit="m", told=_RH),
    Defined(
        name="contact_match_accuracy",
        of=q.contact_match,
        unit="share",
        told=Told(
            meaning="Share of all bodies whose touching the ground agrees with the reference's label",
            formula="mean_b [c_b = c^_b]; labels are not smoothed",
            frame="none",
            source=f"{_PROTO}, contact_match_accuracy",
            aliases=("Eval/contact_match_accuracy", "eval/contact_match_accuracy"),
        ),
    ),
    Defined(
        name="mpjpe_g",
        of=q.gt_err,
        unit="mm",
        scale=_MM,
        told=Told(
            meaning="Mean over all bodies of the distance to the reference, world",
            formula="1000·mean_b ‖p_b − p^_b‖",
            frame="world",
            source=f"{_PHC}, mpjpe_g; MaskedMimic's MPJPE",
        ),
    ),
    Defined(
        name="mpjpe_l",
        of=q.from_root,
        unit="mm",
        scale=_MM,
        told=Told(
            meaning="Mean over all bodies of the distance to the reference, roots laid upon each "
            "other, not turned",
            formula="1000·mean_b ‖(p_b − p_root) − (p^_b − p^_root)‖",
            frame="root's place, the world's axes",
            source=f"{_PHC}, mpjpe_l",
        ),
    ),
    Defined(
        name="mpjpe_l_tracked",
        of=q.tracked_from_root,
        unit="mm",
        scale=_MM,
        told=Told(
            meaning="Mean over tracked bodies of the distance to the reference, roots laid upon "
            "each other, not turned",
            formula="1000·mean_b ‖(p_b − p_root) − (p^_b − p^_root)‖, b tracked",
            frame="root's place, the world's axes",
            source="SONIC, MPJPE-L, over 14 links of the G1",
        ),
    ),
    Defined(
        name="vel_dist",
        of=q.step_away,
        unit="mm/frame",
        scale=_MM,
        told=Told(
            meaning="Mean over all bodies of the difference of displacements in a frame; depends "
            "on frames a second",
            formula="1000·mean_b ‖(p_b(t) − p_b(t−1)) − (p^_b(t) − p^_b(t−1))‖",
            frame="world",
            source=f"{_PHC}, vel_dist; SONIC, E_vel",
        ),
    ),
    Defined(
        name="accel_dist",
        of=q.bend_away,
        unit="mm/frame²",
        scale=_MM,
        since=2,
        told=Told(
            meaning="Mean over all bodies of the difference of second differences of positions; "
            "depends on frames a second",
            formula="1000·mean_b ‖Δ²p_b − Δ²p^_b‖, Δ²p = p(t) − 2p(t−1) + p(t−2)",
            frame="world",
            source=f"{_PHC}, accel_dist; SONIC, E_acc",
        ),
    ),
    Defined(
        name="body_lin_acc_error_mean",
        of=q.bend_away,
        unit="m/s²",
        per_dt=2,
        since=2,
        told=Told(
            meaning="Mean over all bodies of the difference of accelerations",
            formula="mean_b ‖Δ²p_b − Δ²p^_b‖/dt²",
            frame="world",
            source="ours",
        ),
    ),
    Defined(
        name="mpkpe",
        of=_world_body_pos,
        unit="m",
        told=Told(
            meaning="Mean over tracked bodies of the distance to the reference, world",
            formula="mean_b ‖p_b − p^_b‖, b tracked",
            frame="world",
            source=f"{_MJLAB}; the same as body_pos_error_mean",
        ),
    ),
    Defined(
        name="r_mpkpe",
        of=q.from_anchor,
        unit="m",
        told=Told(
            meaning="Mean over tracked bodies of the distance to the reference, anchors laid upon "
            "each other, not turned",
            formula="mean_b ‖(p_b − p_anchor) − (p^_b − p^_anchor)‖, b tracked",
            frame="anchor's place, the world's axes",
            source=_MJLAB,
        ),
    ),
    Defined(
        name="joint_vel_error",
        of=_joint_vel,
        unit="rad/s",
        told=Told(
            meaning="Norm over dofs of the difference of speeds",
            formula="‖θ' − θ'^‖₂",
            frame="joints",
            source=_MJLAB,
        ),
    ),
    Defined(
        name="ee_pos_error",
        of=q.ends_off,
        unit="m",
        told=Told(
            meaning="Mean over feet and hands of the distance to relative targets",
            formula="mean_e ‖p_e − (Δp + Δq·(p^_e − p^_anchor))‖, Δp, Δq as in "
            "body_pos_error_relative_mean",
            frame="the robot's anchor: its place and heading, not its height",
            source=_MJLAB,
        ),
    ),
    Defined(
        name="ee_ori_error",
        of=q.ends_turned,
        unit="rad",
        told=Told(
            meaning="Mean over feet and hands of the angle to relative targets",
            formula="mean_e ∠(q_e, Δq q^_e)",
            frame="the robot's heading",
            source=_MJLAB,
        ),
    ),
    Defined(
        name="power_mean",
        of=_power,
        unit="W",
        told=Told(
            meaning="Sum over dofs of |torque · speed|, of the servos",
            formula="Σ_j |τ_j θ'_j|",
            frame="joints",
            source=f"{_PROTO}, pow, without its weight",
        ),
    ),
)
"""In the order of the table."""

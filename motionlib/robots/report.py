"""What was understood of a robot: the rows that `motion robot check` prints."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Iterable
from dataclasses import dataclass

import mujoco
import numpy as np

from motionlib.robot import Actuators, Robot
from motionlib.robots.model import check_feet_touch, default_qpos, robot_model

_FALLEN_HEIGHT_SHARE = 0.6
"""Share of the default root height below which the robot counts as fallen."""
_FALLEN_UP = 0.7
"""Vertical part of the root's up axis; below it (45 degrees) the robot counts as fallen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One line of the report."""

    section: str
    """robot, body, dof, sole, actuator or marker."""
    item: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingTrial:
    """What happened to the robot when its servos held the default pose."""

    profile: str
    stood_s: float
    """s until the root tilted or sank into a fall, or the whole trial."""
    trial_s: float
    self_contacts: tuple[str, ...]
    """Pairs of bodies that touched before the fall."""


def describe_robot(robot: Robot, *, trial_s: float = 5.0) -> tuple[ReportRow, ...]:
    """Everything that was understood of a robot, in a person's order.

    Args:
        robot: Any robot.
        trial_s: s of simulated standing for each actuator profile; 0 skips the trial.

    Returns:
        Rows grouped by section: robot, body, dof, sole, actuator, marker.

    Raises:
        RobotError: It is to be tried, and would fall through the ground.
    """
    model = robot_model(robot)
    if trial_s > 0.0:
        check_feet_touch(robot, model)
    rows = [*_robot_rows(robot, model), *_body_rows(robot, model), *_dof_rows(robot)]
    rows += _sole_rows(robot)
    for profile, actuators in robot.actuator_profiles.items():
        rows += _actuator_rows(robot, actuators)
        if trial_s > 0.0:
            trial = standing_trial(robot, profile=profile, trial_s=trial_s)
            rows.append(_row("actuator", f"{profile}: default pose held", _trial_text(trial)))
    rows += [
        _row("marker", m.name, f"on {m.parent} at {_vector(m.pos)} m, listed after {m.after}")
        for m in robot.marker_bodies
    ]
    return tuple(rows)


def standing_trial(robot: Robot, *, profile: str = "", trial_s: float = 5.0) -> StandingTrial:
    """Simulate the robot with its default pose as the servos' target.

    Args:
        robot: Any robot.
        profile: Actuator profile; empty for the default.
        trial_s: s.

    Returns:
        How long it stood, and what of it touched itself.
    """
    model = robot_model(robot, profile=profile)
    data = mujoco.MjData(model)
    data.qpos[:] = default_qpos(robot)
    data.ctrl[:] = data.qpos[7:]
    touched: set[str] = set()
    while data.time < trial_s - 1e-9:
        mujoco.mj_step(model, data)
        if has_fallen(data.qpos, robot.default_root_height):
            break
        touched.update(_self_contacts(model, data))
    return StandingTrial(
        profile=profile or robot.default_profile,
        stood_s=float(data.time),
        trial_s=trial_s,
        self_contacts=tuple(sorted(touched)),
    )


def has_fallen(qpos: np.ndarray, height: float) -> bool:
    """Whether the root of MuJoCo's position (7 + D,) tilted or sank from a height in m."""
    up = 1.0 - 2.0 * (qpos[4] ** 2 + qpos[5] ** 2)
    stands = up >= _FALLEN_UP and qpos[2] >= _FALLEN_HEIGHT_SHARE * height
    return not stands  # so that NaN has fallen


def _self_contacts(model: mujoco.MjModel, data: mujoco.MjData) -> Iterable[str]:
    for contact in data.contact[: data.ncon]:
        bodies = [model.geom_bodyid[geom] for geom in (contact.geom1, contact.geom2)]
        if min(bodies) > 0:
            yield " and ".join(model.body(body).name for body in bodies)


def _trial_text(trial: StandingTrial) -> str:
    stood = trial.stood_s >= trial.trial_s - 1e-9
    text = f"{trial.trial_s:g} s" if stood else f"fell after {trial.stood_s:.2f} s"
    touching = ", ".join(trial.self_contacts)
    return text + (f"; touching itself: {touching}" if touching else "; no self-contact")


def _robot_rows(robot: Robot, model: mujoco.MjModel) -> list[ReportRow]:
    facts = {
        "name": robot.name,
        "model": str(robot.xml_path),
        "bodies": str(robot.num_bodies),
        "dofs": f"{robot.num_dofs}, {robot.dof_coordinates.replace('_', ' ')}",
        "mass": f"{model.body_mass.sum():.4g} kg",
        "root height in the default pose": f"{robot.default_root_height:.4f} m",
        "standing height": f"{robot.standing_height:.3f} m",
        "anchor": robot.anchor_body,
        "head": robot.head_body,
        "tracked": ", ".join(robot.tracked_bodies),
        "feet": ", ".join(robot.foot_bodies),
        "hands": ", ".join(robot.hand_bodies) or "none",
        "foot friction": f"{robot.foot_friction:g}",
        "lowest body origin when standing": f"{robot.lowest_body_height:g} m",
        "root at rest in the body model": f"{_vector(np.array(robot.rest_root_pos))} m",
        "soft limit factor": f"{robot.soft_limit_factor:g}",
        "polynomial joints": ", ".join(robot.polynomial_dof_names) or "none",
        "sha256": robot.sha256,
        "semantic sha256": robot.semantic_sha256,
    }
    return [_row("robot", item, value) for item, value in facts.items()]


def _body_rows(robot: Robot, model: mujoco.MjModel) -> list[ReportRow]:
    alias = {ours: foreign for foreign, ours in robot.body_aliases.items()}
    rows = []
    for index, name in enumerate(robot.body_names):
        parent = "root" if index == 0 else f"on {robot.body_names[robot.parents[index]]}"
        also = f", also {alias[name]}" if name in alias else ""
        value = f"{parent}, {model.body_mass[index + 1]:.4g} kg{also}"
        rows.append(_row("body", f"{index} {name}", value))
    return rows


def _dof_rows(robot: Robot) -> list[ReportRow]:
    rows = []
    for dof, name in enumerate(robot.dof_names):
        low, high = robot.dof_limits[dof]
        body, axis = robot.body_names[robot.dof_bodies[dof]], _vector(robot.dof_axes[dof])
        verb = f"turns {body} about {axis}"
        if robot.dof_coordinates == "exponential_map":
            verb = f"rotation vector of {body} along {axis}"
        value = f"{verb}, {low:.4f} to {high:.4f} rad, default {robot.default_dof_pos[dof]:g}"
        rows.append(_row("dof", f"{dof} {name}", value))
    return rows


def _sole_rows(robot: Robot) -> list[ReportRow]:
    rows = []
    for sole in robot.soles:
        sides = np.linalg.norm(np.diff(sole.corners[:3], axis=0), axis=-1)
        size = f"{sides.max():.4f} x {sides.min():.4f} m"
        center = _vector(sole.corners.mean(axis=0))
        rows.append(_row("sole", sole.body, f"{size}, centre {center} m in the foot's frame"))
    return rows


def _actuator_rows(robot: Robot, actuators: Actuators) -> list[ReportRow]:
    fields = ("stiffness", "damping", "armature", "frictionloss", "effort_limit")
    fields += ("velocity_limit", "action_scale")
    columns = np.stack([getattr(actuators, field) for field in fields], axis=-1)
    mark = " (default)" if actuators.profile == robot.default_profile else ""
    rows = []
    for values in dict.fromkeys(tuple(row) for row in columns.tolist()):
        dofs = [
            n for n, row in zip(robot.dof_names, columns.tolist(), strict=True) if (*row,) == values
        ]
        named = "every joint" if len(dofs) == robot.num_dofs else ", ".join(dofs)
        text = ", ".join(f"{f} {v:.5g}" for f, v in zip(fields, values, strict=True))
        rows.append(_row("actuator", f"{actuators.profile}{mark}: {named}", text))
    return rows


def _vector(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value + 0.0:.4g}" for value in np.round(values, 5)) + ")"


def _row(section: str, item: str, value: str) -> ReportRow:
    return ReportRow(section=section, item=item, value=value)

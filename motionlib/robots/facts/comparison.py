"""The model beside robot.yaml: every difference, and what the compiled simulation has of both."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import math

import mujoco
import numpy as np

from motionlib.robot import Robot
from motionlib.robots.facts.fact import Fact, joined, vector
from motionlib.robots.facts.servos import ModelServo, model_servos
from motionlib.robots.mjcf import compile_spec, read_model
from motionlib.robots.model import mujoco_spec, robot_actuators

_SERVO = ("stiffness", "damping", "armature", "frictionloss", "effort_limit", "velocity_limit")
_SAME = 1e-4
"""Relative difference up to which two files say the same number."""
_UNSAID_FRICTION = 1.0
"""What MuJoCo gives a geom that says none."""
_TILTED = 0.1
"""rad by which a root's own orientation is told."""


def compare_model(robot: Robot, *, profile: str = "") -> tuple[Fact, ...]:
    """What a model says beyond its robot.yaml, or otherwise, and what is in force.

    Args:
        robot: Any robot.
        profile: Actuator profile; empty for the default.

    Returns:
        First the world and the model's structure, then joints; numbers in force are read from
        the compiled model.

    Raises:
        RobotError: As `mujoco_spec`.
    """
    spec = mujoco_spec(robot, profile=profile)
    model = compile_spec(robot.xml_path, spec)
    facts = list(read_model(robot.xml_path, named=robot.body_names).facts)
    facts += _root_fact(robot)
    facts += _feet_facts(robot, model)
    return tuple(facts + _servo_facts(robot, model, profile))


def _root_fact(robot: Robot) -> list[Fact]:
    quat = robot.body_offset_quat_wxyz[0]
    turn = 2.0 * math.acos(min(1.0, abs(float(quat[0]))))
    if turn < _TILTED:
        return []
    return [
        Fact(
            name=f"root {robot.body_names[0]}",
            model=f"turned by {math.degrees(turn):.0f}°, quat {vector(quat)}",
            in_force="poses are of the body's own axes: it stands with its z up",
            verdict="overridden",
        )
    ]


def _feet_facts(robot: Robot, model: mujoco.MjModel) -> list[Fact]:
    said = compile_spec(robot.xml_path, read_model(robot.xml_path, named=robot.body_names).spec)
    facts: dict[tuple[str, str], Fact] = {}
    for foot in robot.foot_bodies:
        first, count = int(model.body(foot).geomadr[0]), int(model.body(foot).geomnum[0])
        own = int(said.body(foot).geomadr[0])
        for geom in range(count):
            if not (model.geom_contype[first + geom] or model.geom_conaffinity[first + geom]):
                continue
            slips = said.geom_condim[own + geom] < model.geom_condim[first + geom]
            friction = float(said.geom_friction[own + geom, 0])
            if slips or friction not in (_UNSAID_FRICTION, robot.foot_friction):
                text = "condim 1: no friction" if slips else f"friction {friction:g}"
                in_force = f"condim 3, friction {model.geom_friction[first + geom, 0]:g}"
                facts[foot, text] = Fact(
                    name=f"foot {foot}",
                    model=text,
                    yaml=f"foot_friction {robot.foot_friction:g}",
                    in_force=in_force,
                    verdict="overridden",
                )
    return list(facts.values())


def _servo_facts(robot: Robot, model: mujoco.MjModel, profile: str) -> list[Fact]:
    servos = model_servos(robot.xml_path)
    used = _in_force(robot, model, profile)
    facts = []
    for field in _SERVO:
        groups: dict[tuple[float, float], list[str]] = {}
        for name, value in zip(robot.dof_names, used[field], strict=True):
            said = getattr(servos.get(name, ModelServo()), field)
            if said is not None and not math.isclose(said, value, rel_tol=_SAME):
                groups.setdefault((float(f"{said:.4g}"), float(value)), []).append(name)
        for (said, value), names in groups.items():
            number = f"{value:.5g}"
            facts.append(
                Fact(
                    name=field,
                    model=f"{said:.5g}",
                    yaml=number,
                    in_force=number,
                    verdict="overridden",
                    where=joined(names),
                )
            )
    return facts


def _in_force(robot: Robot, model: mujoco.MjModel, profile: str) -> dict[str, np.ndarray]:
    """Each field's (D,) numbers in the compiled model; speeds, which it has none of, of the yaml."""
    joints = [model.joint(name) for name in robot.dof_names]
    dofs = [int(joint.dofadr[0]) for joint in joints]
    servos = [model.actuator(name).id for name in robot.dof_names]
    return {
        "stiffness": model.actuator_gainprm[servos, 0],
        "damping": model.dof_damping[dofs],
        "armature": model.dof_armature[dofs],
        "frictionloss": model.dof_frictionloss[dofs],
        "effort_limit": model.actuator_forcerange[servos, 1],
        "velocity_limit": robot_actuators(robot, profile=profile).velocity_limit,
    }

"""What a model says about each joint's servo: gains, efforts, speeds, losses."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np

from motionlib.robots.facts.urdf import read_urdf
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import shown_error

_HINGE, _JOINT = mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtTrn.mjTRN_JOINT
_AFFINE = mujoco.mjtBias.mjBIAS_AFFINE
_FIXED_GAIN = mujoco.mjtGain.mjGAIN_FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServo:
    """One hinge as the model has it; None where the model says nothing."""

    stiffness: float | None = None
    """N m/rad, of its position actuator."""
    damping: float | None = None
    """N m s/rad, its actuator's and the joint's own."""
    armature: float | None = None
    """kg m²."""
    frictionloss: float | None = None
    """N m."""
    effort_limit: float | None = None
    """N m, the smallest that actuator, joint or URDF set."""
    velocity_limit: float | None = None
    """rad/s."""


def model_servos(path: Path) -> dict[str, ModelServo]:
    """What a model says of its hinges, by name; it is compiled whole, as its author has it.

    Raises:
        RobotError: MuJoCo cannot compile it.
    """
    model = author_model(path)
    servos = {
        model.joint(joint).name: _joint_words(model, joint)
        for joint in range(model.njnt)
        if model.jnt_type[joint] == _HINGE
    }
    for actuator in range(model.nu):
        if model.actuator_trntype[actuator] == _JOINT:
            name = model.joint(model.actuator_trnid[actuator, 0]).name
            if name in servos:
                servos[name] = _with_actuator(servos[name], model, actuator)
    urdf = read_urdf(path)
    speeds: Mapping[str, float] = urdf.velocities if urdf else {}
    return {name: replace(servo, velocity_limit=speeds.get(name)) for name, servo in servos.items()}


def author_model(path: Path) -> mujoco.MjModel:
    """A model as its author has it, but for sensors and contacts, which may refer to other files.

    Raises:
        RobotError: MuJoCo cannot compile it.
    """
    try:
        spec = mujoco.MjSpec.from_file(str(path))
        for group in (spec.sensors, spec.pairs, spec.excludes):
            for element in list(group):
                spec.delete(element)
        return spec.compile()
    except (ValueError, OSError) as error:
        raise robot_problem(path, "", f"MuJoCo cannot compile it: {shown_error(error)}") from error


def _joint_words(model: mujoco.MjModel, joint: int) -> ModelServo:
    dof = model.jnt_dofadr[joint]
    low, high = model.jnt_actfrcrange[joint]
    limited = bool(model.jnt_actfrclimited[joint])
    return ModelServo(
        damping=_said(model.dof_damping[dof]),
        armature=_said(model.dof_armature[dof]),
        frictionloss=_said(model.dof_frictionloss[dof]),
        effort_limit=_said(min(-low, high)) if limited else None,
    )


def _with_actuator(servo: ModelServo, model: mujoco.MjModel, actuator: int) -> ModelServo:
    """A servo whose torque is `gear * (gain * ctrl + bias)`, at a length of `gear * angle`."""
    gear = abs(float(model.actuator_gear[actuator, 0]))
    _, pull, slow = model.actuator_biasprm[actuator, :3]
    efforts = [] if servo.effort_limit is None else [servo.effort_limit]
    if model.actuator_forcelimited[actuator]:
        efforts.append(gear * float(np.abs(model.actuator_forcerange[actuator]).min()))
    # a gain of 1 is what MuJoCo puts where nobody wrote one
    affine = model.actuator_biastype[actuator] == _AFFINE and pull != -1.0
    fixed = model.actuator_gaintype[actuator] == _FIXED_GAIN
    motor = fixed and model.actuator_biastype[actuator] != _AFFINE
    if motor and model.actuator_ctrllimited[actuator]:
        gain = gear * abs(float(model.actuator_gainprm[actuator, 0]))
        efforts.append(gain * float(np.abs(model.actuator_ctrlrange[actuator]).min()))
    efforts = [effort for effort in efforts if math.isfinite(effort) and effort > 0.0]
    return replace(
        servo,
        stiffness=_said(-pull * gear**2) if affine else servo.stiffness,
        damping=_said((servo.damping or 0.0) - slow * gear**2) if affine else servo.damping,
        effort_limit=min(efforts) if efforts else None,
    )


def _said(value: float) -> float | None:
    return float(value) if value > 0.0 else None

"""The compiled MuJoCo model of a robot: floor, free root, and the servos of one profile."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import numpy as np

from motionlib.errors import RobotError, nearest_names
from motionlib.exponential_map import hinge_angles
from motionlib.robot import Actuators, Robot
from motionlib.robots.mjcf import compile_spec, spec_of

FLOOR = "floor"
"""Name of the ground plane's geom."""
_FRICTION_CONDIM = 3
"""Dimensions of a contact from which on it has friction."""


def robot_actuators(robot: Robot, *, profile: str = "") -> Actuators:
    """Servos of a profile; empty means the robot's default.

    Raises:
        RobotError: The robot has no such profile; names the nearest.
    """
    wanted = profile or robot.default_profile
    if wanted not in robot.actuator_profiles:
        raise RobotError(
            f"{robot.name}: unknown actuator profile {wanted!r}; "
            f"{nearest_names(wanted, robot.actuator_profiles)}"
        )
    return robot.actuator_profiles[wanted]


def mujoco_spec(
    robot: Robot, *, profile: str = "", timestep: float = 0.005, floor: bool = True
) -> mujoco.MjSpec:
    """Spec of the robot with its servos, to which a simulator may add terrain and sensors.

    The servo's damping acts at the joint, outside the effort limit: MuJoCo's Euler integrator
    then treats it implicitly, which a stiff servo on a light link needs at 5 ms. Foot friction is
    absolute: the feet's geoms have priority over the ground's, and feel it (`condim` 3 at least).

    Args:
        robot: Any robot.
        profile: Actuator profile; empty for the default.
        timestep: s, one physics step.
        floor: Add an infinite plane named `floor` at height zero.

    Returns:
        Not compiled; body ids 1..B, hinge joints and actuators come out in robot order.

    Raises:
        RobotError: Unknown profile, or the robot's files changed since it was read.
    """
    actuators = robot_actuators(robot, profile=profile)
    spec = spec_of(robot)
    spec.option.timestep = timestep
    _add_servos(spec, robot, actuators)
    for foot in robot.foot_bodies:
        for geom in spec.body(foot).geoms:
            geom.priority = 1
            geom.friction[0] = robot.foot_friction
            geom.condim = max(geom.condim, _FRICTION_CONDIM)
    if floor:
        _add_floor(spec)
    return spec


def robot_model(
    robot: Robot, *, profile: str = "", timestep: float = 0.005, floor: bool = True
) -> mujoco.MjModel:
    """Compiled model of `mujoco_spec`; same arguments and errors."""
    spec = mujoco_spec(robot, profile=profile, timestep=timestep, floor=floor)
    return compile_spec(robot.xml_path, spec)


def check_feet_touch(robot: Robot, model: mujoco.MjModel) -> None:
    """Refuse a robot that would fall through the ground.

    Args:
        robot: Any robot.
        model: As `robot_model` compiles it.

    Raises:
        RobotError: No geom of a foot, or of what it carries, can touch anything.
    """
    touching = (model.geom_contype | model.geom_conaffinity) != 0
    bodies = set(model.geom_bodyid[touching].tolist())
    for foot in robot.foot_bodies:
        index = model.body(foot).id
        if not any(_carries(model, index, body) for body in bodies):
            raise RobotError(
                f"{robot.xml_path}: body {foot!r}: expected a geom that touches the ground, found "
                "none with contype or conaffinity: the robot would fall through it; give the foot "
                'a box with contype="1" conaffinity="1"'
            )


def _carries(model: mujoco.MjModel, carrier: int, body: int) -> bool:
    while body > carrier:
        body = model.body_parentid[body]
    return bool(body == carrier)


def default_qpos(robot: Robot) -> np.ndarray:
    """(7 + D,) MuJoCo position of the robot standing upright at the origin in its default pose."""
    root = [0.0, 0.0, robot.default_root_height, 1.0, 0.0, 0.0, 0.0]
    angles = hinge_angles(robot.default_dof_pos, robot.dof_coordinates)
    return np.concatenate([root, angles])


def _add_servos(spec: mujoco.MjSpec, robot: Robot, actuators: Actuators) -> None:
    for dof, name in enumerate(robot.dof_names):
        joint = spec.joint(name)
        joint.damping[0] = actuators.damping[dof]
        joint.armature = actuators.armature[dof]
        joint.frictionloss = actuators.frictionloss[dof]
        stiffness, effort = actuators.stiffness[dof], actuators.effort_limit[dof]
        servo = spec.add_actuator(
            name=name,
            target=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            forcelimited=True,
            forcerange=[-effort, effort],
        )
        servo.set_to_position(kp=stiffness)


def _add_floor(spec: mujoco.MjSpec) -> None:
    # The ground meets every geom that can meet anything, whatever bits the robot's author chose.
    bits = 1
    for geom in spec.geoms:
        bits |= geom.contype | geom.conaffinity
    spec.worldbody.add_geom(
        name=FLOOR,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0.0, 0.0, 0.05],
        contype=bits,
        conaffinity=bits,
    )

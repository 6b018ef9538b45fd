"""A robot's MJCF file as a MuJoCo spec that holds the robot alone: one free root, hinges, geoms."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from pathlib import Path

import mujoco
import numpy as np

from motionlib.containers.bounds import MAX_BODIES
from motionlib.robots.xml_bounds import check_mjcf
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import shown_error


def read_mjcf(path: Path) -> mujoco.MjSpec:
    """Read an MJCF file and leave nothing in it but the robot.

    Actuators, sensors, keyframes and planes of the world are removed: gains come from the
    `robot.yaml`, sensors and terrain from the simulator. A root without a joint gets a free one.

    Args:
        path: The MJCF file.

    Returns:
        The spec, not compiled.

    Raises:
        RobotError: Missing file or mesh, text that MuJoCo cannot parse, more than one root, or a
            closed loop.
    """
    if not path.exists():
        raise robot_problem(path, "", "no such file; name the MJCF in the yaml's key 'model'")
    check_mjcf(path)
    try:
        spec = mujoco.MjSpec.from_file(str(path))
    except (ValueError, OSError) as error:
        raise robot_problem(path, "", f"MuJoCo cannot read it: {shown_error(error)}") from error
    _check_files(path, spec)
    _strip(spec)
    roots = list(spec.worldbody.bodies)
    if len(roots) != 1:
        found = ", ".join(body.name or "(no name)" for body in roots) or "none"
        raise robot_problem(
            path, "worldbody", f"expected one root body, found {found}; keep the robot alone"
        )
    if spec.equalities:
        raise robot_problem(
            path,
            "equality",
            "expected none, found a constraint; closed loops and coupled joints "
            "have no forward kinematics here, remove it",
        )
    if not list(roots[0].joints):
        roots[0].add_freejoint(name="root")
    return spec


def compile_spec(path: Path, spec: mujoco.MjSpec) -> mujoco.MjModel:
    """Compile, with the file's name in front of MuJoCo's message.

    Raises:
        RobotError: MuJoCo refuses the model, for example for a repeated name.
    """
    try:
        return spec.compile()
    except (ValueError, OSError) as error:
        raise robot_problem(path, "", f"MuJoCo cannot compile it: {shown_error(error)}") from error


def check_model(path: Path, model: mujoco.MjModel) -> None:
    """Refuse what the rooms above cannot represent.

    Raises:
        RobotError: A nameless body or joint, a root that is not free, a joint that is not a hinge
            at its body's origin with a range and reference zero.
    """
    if model.nbody > MAX_BODIES:
        raise robot_problem(path, "body", f"expected at most {MAX_BODIES}, found {model.nbody}")
    for body in range(1, model.nbody):
        if not model.body(body).name:
            parent = model.body(model.body_parentid[body]).name
            raise robot_problem(path, "body", f"a child of {parent!r} has no name; give it one")
    if model.jnt_type[0] != mujoco.mjtJoint.mjJNT_FREE or model.jnt_bodyid[0] != 1:
        root = model.body(1).name
        raise robot_problem(path, f"body {root!r}", "expected a free joint on the root; add one")
    for joint in range(1, model.njnt):
        problem = _joint_problem(model, joint)
        if problem:
            name = model.joint(joint).name
            body = model.body(model.jnt_bodyid[joint]).name
            raise robot_problem(path, f"joint {name!r} of body {body!r}", problem)


def _joint_problem(model: mujoco.MjModel, joint: int) -> str:
    if not model.joint(joint).name:
        return "has no name; give it one"
    if model.jnt_type[joint] != mujoco.mjtJoint.mjJNT_HINGE:
        found = mujoco.mjtJoint(model.jnt_type[joint]).name.removeprefix("mjJNT_").lower()
        return f"expected a hinge, found {found}; replace it by hinges"
    if np.any(np.abs(model.jnt_pos[joint]) > 1e-9):
        return f"expected pos 0 0 0, found {model.jnt_pos[joint]}; move the body's origin onto the axis"
    if abs(model.qpos0[model.jnt_qposadr[joint]]) > 1e-12:
        return "expected ref 0; fold it into the body's quat"
    if not model.jnt_limited[joint]:
        return 'expected a range, found none; add range="lower upper"'
    return ""


def _check_files(path: Path, spec: mujoco.MjSpec) -> None:
    for mesh in spec.meshes:
        if not mesh.file:
            continue
        file = path.parent / spec.meshdir / mesh.file
        if not file.is_file():
            raise robot_problem(
                path,
                f"mesh {mesh.name or mesh.file!r}",
                f"expected the file {file}, found none; copy "
                "it there or correct the mesh's file or the compiler's meshdir",
            )


def _strip(spec: mujoco.MjSpec) -> None:
    for group in (spec.actuators, spec.sensors, spec.keys):
        for element in list(group):
            spec.delete(element)
    for geom in list(spec.worldbody.geoms):
        if geom.type == mujoco.mjtGeom.mjGEOM_PLANE:
            spec.delete(geom)

"""Robots from files: a `robot.yaml` and its MJCF become a `Robot`, or an error that says where."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import mujoco
import numpy as np

from motionlib.errors import RobotChangedError, RobotError, nearest_names
from motionlib.exponential_map import hinge_angles
from motionlib.files import data_folder, stamp_of
from motionlib.robot import DofCoordinates, Robot, Sole
from motionlib.robots.mjcf import check_model, compile_spec, read_model, sha256_of_robot
from motionlib.robots.parts import (
    actuators_from_yaml,
    check_body_names,
    check_coordinates,
    default_pose_from_yaml,
    markers_from_yaml,
    named_bodies,
)
from motionlib.robots.stance import Stance, sole_corners
from motionlib.robots.yaml_file import RobotYaml, moved_yaml, read_robot_yaml
from motionlib.robots.yaml_values import check_names

_MODEL_SUFFIXES = (".xml", ".urdf", ".mjcf", ".mjb", ".xacro", ".usd", ".sdf")


def robot_names() -> tuple[str, ...]:
    """Robots that come with the workbench, sorted."""
    return tuple(sorted(p.parent.name for p in (data_folder() / "robots").glob("*/robot.yaml")))


def find_robot(name_or_path: str | Path) -> Path:
    """The `robot.yaml` that a user means.

    Args:
        name_or_path: Name of a folder in `data/robots`, a robot.yaml, or a folder that holds one.

    Raises:
        RobotError: Nothing there; lists the known names.
    """
    if str(name_or_path) in robot_names():
        return data_folder() / "robots" / str(name_or_path) / "robot.yaml"
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        path = path / "robot.yaml"
    if path.is_file():
        if path.suffix.lower() in _MODEL_SUFFIXES:
            raise RobotError(_bare_model(path))
        return path.resolve()
    raise RobotError(
        f"robot {str(name_or_path)!r}: expected a known name ({', '.join(robot_names())}) or the "
        f"path of a robot.yaml or its folder, found neither; "
        f"{nearest_names(str(name_or_path), robot_names())}"
    )


def _bare_model(path: Path) -> str:
    beside = path.parent / "robot.yaml"
    remedy = (
        f"name {beside}, which is there"
        if beside.is_file()
        else f"write a first one with: motion robot init {path}"
    )
    return (
        f"{path}: expected a robot.yaml or its folder, found a model; which bodies are feet and how "
        f"strong servos are stands in a robot.yaml: {remedy}"
    )


def load_robot(name_or_path: str | Path, *, profile: str = "") -> Robot:
    """Read a robot.

    Args:
        name_or_path: Name in `data/robots`, or the path of a robot.yaml or its folder.
        profile: Actuator profile that becomes the default; empty keeps the yaml's.

    Returns:
        The robot; every name checked, the default pose inside the limits.

    Raises:
        RobotError: Unknown robot or profile, or files that do not agree; says file, field, what
            was expected, what was found and the remedy.
    """
    path = find_robot(name_or_path)
    stamp = stamp_of(path.stat())
    text = read_robot_yaml(path)
    xml_path = (path.parent / text.model).resolve()
    mjcf = read_model(xml_path, named=named_bodies(text))
    model = compile_spec(xml_path, mjcf.spec)
    check_model(xml_path, model)
    stamps = {path: stamp, **mjcf.stamps}
    robot = _robot_from_files(tuple(stamps), moved_yaml(text, mjcf.shifts), model)
    # the hash was taken last: it is that of what was read, if nothing was written meanwhile
    if changed := [file for file, before in stamps.items() if stamp_of(file.stat()) != before]:
        raise RobotChangedError(f"{changed[0]}: changed while it was read; read it again")
    if not profile:
        return robot
    check_names(path, "actuators", [profile], list(robot.actuator_profiles), kind="profile")
    return replace(robot, default_profile=profile)


def _robot_from_files(files: tuple[Path, ...], text: RobotYaml, model: mujoco.MjModel) -> Robot:
    path, xml_path = files[:2]
    bodies = tuple(model.body(body).name for body in range(1, model.nbody))
    dofs = tuple(model.joint(joint).name for joint in range(1, model.njnt))
    check_body_names(path, text, bodies)
    default_dof_pos = default_pose_from_yaml(path, text, dofs, model.jnt_range[1:])
    check_coordinates(path, text, model)
    stance = Stance(model, hinge_angles(default_dof_pos, text.dof_coordinates))
    corners = {
        foot: sole_corners(path, stance, foot, text.soles[foot]) for foot in text.foot_bodies
    }
    height = text.default_root_height
    if height is None:
        height = stance.height_over_soles(corners)
    quats = model.body_quat[1:] / np.linalg.norm(model.body_quat[1:], axis=-1, keepdims=True)
    parents = model.body_parentid[1:].astype(np.int64) - 1
    dof_bodies = model.jnt_bodyid[1:].astype(np.int64) - 1
    return Robot(
        name=text.name,
        xml_path=xml_path,
        files=files,
        sha256=sha256_of_robot(files),
        body_names=bodies,
        body_aliases=dict(text.body_aliases),
        parents=parents,
        body_offset_pos=model.body_pos[1:].copy(),
        body_offset_quat_wxyz=quats,
        dof_names=dofs,
        dof_bodies=dof_bodies,
        dof_axes=model.jnt_axis[1:].copy(),
        dof_limits=model.jnt_range[1:].copy(),
        soft_limit_factor=text.soft_limit_factor,
        default_dof_pos=default_dof_pos,
        default_root_height=height,
        standing_height=text.standing_height or height + stance.top_over_root(),
        anchor_body=text.anchor_body,
        head_body=text.head_body,
        tracked_bodies=text.tracked_bodies,
        foot_bodies=text.foot_bodies,
        hand_bodies=text.hand_bodies,
        soles=tuple(Sole(body=foot, corners=corners[foot]) for foot in text.foot_bodies),
        foot_friction=text.foot_friction,
        actuator_profiles=actuators_from_yaml(path, text, dofs),
        default_profile=text.default_profile,
        marker_bodies=markers_from_yaml(path, text, bodies),
        polynomial_dof_names=text.polynomial_dof_names,
        dof_coordinates=cast("DofCoordinates", text.dof_coordinates),
        rest_root_pos=(text.rest_root_pos[0], text.rest_root_pos[1], text.rest_root_pos[2]),
        lowest_body_height=text.lowest_body_height,
        semantic_sha256=_semantic_sha256(model, bodies, dofs, text.dof_coordinates),
    )


def _semantic_sha256(
    model: mujoco.MjModel, bodies: tuple[str, ...], dofs: tuple[str, ...], dof_coordinates: str
) -> str:
    quats = model.body_quat[1:]
    leading = np.take_along_axis(quats, np.abs(quats).argmax(axis=-1)[:, None], axis=-1)
    facts: dict[str, object] = {
        "bodies": bodies,
        "parents": model.body_parentid[1:].tolist(),
        "offset_pos": _rounded(model.body_pos[2:]),
        "offset_quat_wxyz": _rounded(quats[1:] * np.sign(leading[1:])),
        "dofs": dofs,
        "dof_bodies": model.jnt_bodyid[1:].tolist(),
        "axes": _rounded(model.jnt_axis[1:]),
        "limits": _rounded(model.jnt_range[1:]),
    }
    if dof_coordinates != "hinges":
        facts["dof_coordinates"] = dof_coordinates
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _rounded(values: np.ndarray) -> list[list[float]]:
    return (np.round(values, 4) + 0.0).tolist()  # + 0.0: no negative zeros

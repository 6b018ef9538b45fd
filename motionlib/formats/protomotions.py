"""ProtoMotions' packaged MotionLib `.pt`; quaternions are xyzw in it."""

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

import torch

from motionlib.contacts import label_contacts
from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.files import sha256_of_file, write_bytes
from motionlib.formats.body_order import check_poses
from motionlib.formats.fingerprint import fingerprint_velocities, telling_motion
from motionlib.formats.header import (
    SCHEMA_VERSION,
    check_robot,
    check_schema_version,
    json_from_provenance,
    provenance_from_json,
    relative_name,
)
from motionlib.formats.marker_layout import BodyLayout, Layout, body_layout, layout_or_error
from motionlib.formats.motion_file import (
    MotionFile,
    load_motion_file,
    motion_from_motion_file,
)
from motionlib.formats.motion_lib_file import check_states, motion_names, motion_table
from motionlib.formats.motion_lib_tensors import clip_tensors, motion_tensors
from motionlib.formats.torch_file import load_torch_dict
from motionlib.library import MotionLib, library_from_states
from motionlib.motion import Motion, MotionStates, Provenance
from motionlib.robot import Robot
from motionlib.rotations import wxyz_from_xyzw
from motionlib.velocities import (
    HISTORICAL_RULES,
    VELOCITY_RULES,
    VelocityRule,
    angular_velocity,
    dof_velocity,
    linear_velocity,
)

__all__ = [
    "MotionFile",
    "load_motion_file",
    "load_motion_lib",
    "motion_from_motion_file",
    "save_motion_lib",
]

HEADER_KEY = "workbench"
"""Our one extra key: a dict of plain values; ProtoMotions stores it as an unused attribute."""

_log = logging.getLogger(__name__)


def save_motion_lib(
    path: Path,
    lib: MotionLib,
    *,
    layout: Layout = "native",
    velocity_rule: VelocityRule = "forward_min3",
) -> None:
    """Write a packaged library that ProtoMotions' own `MotionLib` loads.

    Args:
        path: Output file.
        lib: Motions; contacts are written as they are.
        layout: `native` for robots with our bodies, `protomotions` to add the robot's marker
            bodies, whose velocities and contacts follow from their own positions.
        velocity_rule: Velocities are made anew, clip by clip, where `lib` has another rule.

    Raises:
        RobotError: `protomotions` for a robot without marker bodies.
        OSError: The disk is full.
    """
    robot = lib.robot
    if layout == "protomotions" and not robot.marker_bodies:
        raise RobotError(
            f"{robot.name} has no marker_bodies in its robot.yaml; use layout native, "
            "or name the extra bodies of the foreign robot there"
        )
    bodies = body_layout(robot, layout)
    parts = []
    for clip in range(lib.num_motions):
        start = int(lib.starts[clip])
        states = lib.states.frames(slice(start, start + int(lib.num_frames[clip])))
        keep = lib.velocity_rule == velocity_rule
        parts.append(clip_tensors(states, bodies, float(lib.fps[clip]), velocity_rule, keep=keep))
    content: dict[str, Any] = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    content |= motion_tensors(lib)
    content["motion_files"] = tuple(f"{name}.motion" for name in lib.names)
    content[HEADER_KEY] = {
        "schema_version": SCHEMA_VERSION,
        "robot_name": robot.name,
        "robot_semantic_sha256": robot.semantic_sha256,
        "body_names": bodies.body_names,
        "dof_names": robot.dof_names,
        "layout": layout,
        "velocity_rule": velocity_rule,
        "motion_names": lib.names,
        "provenance": tuple(json_from_provenance(p) for p in lib.provenances),
    }
    if not content["contacts"].any():
        _log.warning("%s: no body is ever in contact; ProtoMotions discards such labels", path)
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())


def load_motion_lib(path: Path, robot: Robot) -> MotionLib:
    """Read a packaged library as one of ours (wxyz, the robot's own bodies).

    A file without our header says neither robot nor rule: it is taken if the counts match and
    the stored bodies lie where the robot's kinematics puts them; its velocities are kept if a
    rule of ours reproduces them and made anew (`forward_min3`) if not; the provenance says which.

    Args:
        path: `.pt` of ours or of ProtoMotions.
        robot: The robot that it belongs to.

    Raises:
        FormatError: Truncated, hostile, keys missing, shapes, NaN (with motion and frame).
        RobotError: Written for another robot.
    """
    path = Path(path)
    content = load_torch_dict(path, mmap=True)
    starts, counts, fps = motion_table(content, path)
    check_states(content, starts, counts, path)
    header = content.get(HEADER_KEY)
    bodies, note = _match_robot(content, header, robot, path)
    names = motion_names(content, header, len(counts), path)
    states = _states(content, bodies)
    check_poses(
        robot,
        root_pos=states.body_pos[:, 0],
        root_quat_wxyz=states.body_quat_wxyz[:, 0],
        dof_pos=states.dof_pos,
        body_pos=states.body_pos,
        where=str(path),
    )
    slices = [slice(s, s + n) for s, n in zip(starts, counts, strict=True)]
    parts = [states.frames(rows) for rows in slices]
    rule, rule_note = _velocity_rule(header, parts, fps, path)
    provenances = _provenances(header, names, path, [n for n in (note, rule_note) if n])
    weights = content.get("motion_weights", torch.ones(len(counts)))
    motions = [
        _motion(robot, name, part, fps[m], provenances[m], float(weights[m]))
        for m, (name, part) in enumerate(zip(names, parts, strict=True))
    ]
    if rule is None:
        rule = "forward_min3"
        parts = [_renewed(part, motion, rule) for part, motion in zip(parts, motions, strict=True)]
    library = library_from_states(motions, parts, velocity_rule=rule)
    return replace(library, sha256=sha256_of_file(path))


def _match_robot(
    content: Mapping[str, Any], header: object, robot: Robot, path: Path
) -> tuple[BodyLayout, str]:
    found = content["gts"].shape[1], content["dps"].shape[1]
    if header is None:
        bodies = layout_or_error(robot, *found, path)
        return bodies, f"no robot in the file; read as {robot.name}, {bodies.name} bodies"
    where = f"{path}: {HEADER_KEY}"
    if not isinstance(header, dict):
        raise FormatError(f"{where} is a {type(header).__name__}, expected a dict")
    check_schema_version(header.get("schema_version"), where)
    note = check_robot(
        robot,
        name=str(header.get("robot_name")),
        semantic_sha256=str(header.get("robot_semantic_sha256")),
        where=str(path),
    )
    return layout_or_error(robot, *found, path), note


def _states(content: Mapping[str, Any], bodies: BodyLayout) -> MotionStates:
    native = list(bodies.native)
    lin_vel = content["gvs"][:, native].float()
    body_pos = content["gts"][:, native].float()
    contacts = content.get("contacts")
    if contacts is None:
        body_contact = label_contacts(body_pos, lin_vel)
    else:
        body_contact = contacts[:, native] > 0.5
    return MotionStates(
        dof_pos=content["dps"].float(),
        dof_vel=content["dvs"].float(),
        body_pos=body_pos,
        body_quat_wxyz=wxyz_from_xyzw(content["grs"][:, native].float()),
        body_lin_vel=lin_vel,
        body_ang_vel=content["gavs"][:, native].float(),
        body_contact=body_contact,
    )


def _velocity_rule(
    header: Any, parts: Sequence[MotionStates], fps: Sequence[float], path: Path
) -> tuple[VelocityRule | None, str]:
    if header is not None:
        rule = header.get("velocity_rule")
        if rule not in VELOCITY_RULES:
            raise FormatError(
                f"{path}: velocity_rule is {rule!r}; choices: {', '.join(VELOCITY_RULES)}"
            )
        return cast("VelocityRule", rule), ""
    counts = [part.num_frames for part in parts]
    starts = [0, *accumulate(counts)][:-1]
    told = telling_motion(torch.cat([part.body_lin_vel for part in parts]), starts, counts)
    part = parts[told]
    found = fingerprint_velocities(
        body_pos=part.body_pos,
        body_quat_wxyz=part.body_quat_wxyz,
        lin_vel=part.body_lin_vel,
        ang_vel=part.body_ang_vel,
        fps=fps[told],
    )
    note = f"velocities told from motion {told}: generation {found.generation}"
    if found.velocity_rule is None or found.velocity_rule in HISTORICAL_RULES:
        return None, f"{note}; made anew by forward_min3"
    return found.velocity_rule, f"{note}; kept"


def _provenances(
    header: Any, names: Sequence[str], path: Path, notes: Sequence[str]
) -> list[Provenance]:
    if header is not None:
        texts = header.get("provenance", ())
        if len(texts) != len(names):
            raise FormatError(f"{path}: {len(texts)} provenances, expected {len(names)}")
        read = [
            provenance_from_json(str(text), f"{path}: {name}")
            for text, name in zip(texts, names, strict=True)
        ]
    else:
        sha256 = sha256_of_file(path)
        read = [
            Provenance(source=f"{relative_name(path)}:{name}", source_sha256=sha256)
            for name in names
        ]
    for note in notes:
        read = [provenance.then(note) for provenance in read]
    return read


def _motion(
    robot: Robot,
    name: str,
    part: MotionStates,
    fps: float,
    provenance: Provenance,
    weight: float,
) -> Motion:
    try:
        return Motion(
            name=name,
            robot=robot,
            fps=fps,
            root_pos=part.body_pos[:, 0],
            root_quat_wxyz=part.body_quat_wxyz[:, 0],
            dof_pos=part.dof_pos,
            provenance=provenance,
            weight=weight,
        )
    except MotionError as error:
        raise FormatError(f"{provenance.source}: {error}") from error


def _renewed(part: MotionStates, motion: Motion, rule: VelocityRule) -> MotionStates:
    """Stored poses and contacts with velocities made anew from them."""
    fps = motion.fps
    return MotionStates(
        dof_pos=part.dof_pos,
        dof_vel=dof_velocity(motion.robot, part.dof_pos.double(), fps, rule).float(),
        body_pos=part.body_pos,
        body_quat_wxyz=part.body_quat_wxyz,
        body_lin_vel=linear_velocity(part.body_pos.double(), fps, rule).float(),
        body_ang_vel=angular_velocity(part.body_quat_wxyz.double(), fps, rule).float(),
        body_contact=part.body_contact,
    )

"""BeyondMimic `.npz`: six arrays of body states, read by whole_body_tracking and mjlab."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motionlib.errors import MotionError, RobotError
from motionlib.exponential_map import dofs_from_hinges, hinge_states
from motionlib.files import sha256_of_file, write_bytes
from motionlib.formats.body_order import (
    BodyOrder,
    body_indices,
    dof_indices,
)
from motionlib.formats.header import (
    SCHEMA_VERSION,
    check_one_kind,
    json_from_provenance,
    relative_name,
)
from motionlib.formats.npz_file import NpzFile, read_npz
from motionlib.formats.npz_robot import body_index, check_file_poses, match_robot
from motionlib.library import ContentHash, MotionLib, library_from_motions
from motionlib.motion import Motion, Provenance, concatenate_states, states_from_motion
from motionlib.plausibility import rate_step
from motionlib.robot import Robot
from motionlib.velocities import VelocityRule

_UNLABELLED = -1
"""Foot contact of a clip whose source has no labels."""


def save_npz(
    path: Path,
    motions: Sequence[Motion],
    *,
    body_names: Sequence[str] | None = None,
    order: BodyOrder = "mjlab",
    velocity_rule: VelocityRule = "central",
) -> None:
    """Write clips one after the other; no velocity is computed across a boundary.

    Joints are hinges in this format, whatever the robot's dofs are: its readers drive simulators.

    Args:
        path: Output file.
        motions: At least one; one robot, one rate, unique names.
        body_names: Bodies to write, root first; all of the robot's if None. Foreign readers
            index by the robot's own body index, so a subset is for readers that know of it.
        order: Of bodies and dofs: `mjlab` depth-first, `isaaclab` breadth-first.
        velocity_rule: Named in the file.

    Raises:
        MotionError: Clips that cannot share a file.
        RobotError: A body that the robot lacks, one named twice, or the root not first.
        OSError: The disk is full.
    """
    check_one_kind(motions, str(path))
    _check_one_rate(motions, str(path))
    robot = motions[0].robot
    bodies = _bodies_to_write(robot, body_names, order)
    dofs = dof_indices(robot, order)
    states = concatenate_states(
        [states_from_motion(motion, velocity_rule=velocity_rule) for motion in motions]
    )
    joint_pos, joint_vel = hinge_states(robot, states.dof_pos, states.dof_vel)
    arrays = {
        "fps": np.array([motions[0].fps], dtype=np.float64),
        "joint_pos": joint_pos[:, dofs].numpy(),
        "joint_vel": joint_vel[:, dofs].numpy(),
        "body_pos_w": states.body_pos[:, bodies].numpy(),
        "body_quat_w": states.body_quat_wxyz[:, bodies].numpy(),
        "body_lin_vel_w": states.body_lin_vel[:, bodies].numpy(),
        "body_ang_vel_w": states.body_ang_vel[:, bodies].numpy(),
        "joint_names": np.array([robot.dof_names[dof] for dof in dofs]),
        "body_names": np.array([robot.body_names[body] for body in bodies]),
        "order": np.array(order),
        "velocity_rule": np.array(velocity_rule),
        **_clip_arrays(motions),
        "robot_name": np.array(robot.name),
        "robot_semantic_sha256": np.array(robot.semantic_sha256),
        "schema_version": np.array(SCHEMA_VERSION, dtype=np.int64),
    }
    buffer = io.BytesIO()
    # numpy stamps every member with 1980-01-01, so equal clips give equal bytes
    np.savez(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue())


def load_npz(path: Path, robot: Robot, *, order: BodyOrder | None = None) -> list[Motion]:
    """Read the clips of a file: root pose of body 0 and dofs; the rest follows by kinematics.

    Bodies and dofs are put into the robot's order by the names in the file. A foreign file has
    no names: if the counts match it is read in `order`, or in that order, depth first or breadth
    first, in which its bodies lie where they belong, and says so in its provenance. Either way the stored bodies must lie where the robot's kinematics puts them.

    Args:
        path: A `.npz` of ours or of another BeyondMimic converter.
        robot: The robot that the file belongs to.
        order: Of a file without names; found by its poses if None.

    Raises:
        FormatError: Not such a file: truncated, an array missing, object arrays, NaN, shapes.
        RobotError: Written for another robot, or in another body order.
    """
    path = Path(path)
    file = read_npz(path)
    bodies, dofs, steps = match_robot(file, robot, order)
    if not file.fps_stated:
        steps = (*steps, f"no fps in the file; {file.fps:g} assumed")
    arrays = {name: torch.from_numpy(value) for name, value in file.arrays.items()}
    root_pos, root_quat_wxyz = arrays["body_pos_w"][:, 0], arrays["body_quat_w"][:, 0]
    dof_pos = dofs_from_hinges(robot, arrays["joint_pos"][:, dofs])
    check_file_poses(file, robot, bodies, root_pos, root_quat_wxyz, dof_pos)
    motions = []
    for clip, name in enumerate(file.clip_names):
        rows = slice(file.clip_starts[clip], file.clip_starts[clip + 1])
        told = rate_step(arrays["joint_pos"][rows], arrays["joint_vel"][rows], file.fps)
        motions.append(
            Motion(
                name=name,
                robot=robot,
                fps=file.fps,
                root_pos=root_pos[rows].clone(),
                root_quat_wxyz=root_quat_wxyz[rows].clone(),
                dof_pos=dof_pos[rows].clone(),
                foot_contact=_foot_contact(file, rows),
                provenance=_provenance(file, clip, (*steps, *told)),
                weight=file.clip_weights[clip],
            )
        )
    return motions


def load_npz_library(path: Path, robot: Robot, *, order: BodyOrder | None = None) -> MotionLib:
    """Read a file as a library; velocities by the rule that it names, `central` if it names none.

    Raises:
        FormatError: See `load_npz`.
        RobotError: See `load_npz`.
    """
    motions = load_npz(path, robot, order=order)
    library = library_from_motions(motions, velocity_rule=read_npz(Path(path)).velocity_rule)
    return replace(library, content=ContentHash(lambda: sha256_of_file(path)))


def _check_one_rate(motions: Sequence[Motion], where: str) -> None:
    rates = {motion.fps: motion.name for motion in reversed(motions)}
    if len(rates) > 1:
        shown = ", ".join(f"{name} {fps:g}" for fps, name in sorted(rates.items()))
        raise MotionError(
            f"{where}: clips differ in fps ({shown}), but the file has room for one; "
            "resample them first (--fps)"
        )


def _bodies_to_write(robot: Robot, body_names: Sequence[str] | None, order: BodyOrder) -> list[int]:
    if body_names is None:
        return body_indices(robot, order)
    bodies = [body_index(robot, name) for name in body_names]
    if len(set(bodies)) < len(bodies):
        raise RobotError(f"{robot.name}: a body is asked for twice: {', '.join(body_names)}")
    if not bodies or bodies[0] != 0:
        raise RobotError(
            f"{robot.name}: the first body must be the root {robot.body_names[0]!r} "
            f"(readers take row 0 as the root), found {list(body_names)[:1]}"
        )
    return bodies


def _clip_arrays(motions: Sequence[Motion]) -> Mapping[str, np.ndarray]:
    robot = motions[0].robot
    contacts = []
    for motion in motions:
        labels = torch.full((motion.num_frames, len(robot.foot_bodies)), _UNLABELLED)
        contacts.append(labels if motion.foot_contact is None else motion.foot_contact.long())
    none = (np.nan, np.nan, np.nan)
    commands = [motion.provenance.command or none for motion in motions]
    lengths = np.cumsum([0, *(motion.num_frames for motion in motions)])
    return {
        "clip_starts": lengths.astype(np.int64),
        "clip_names": np.array([motion.name for motion in motions]),
        "clip_commands": np.array(commands, dtype=np.float64),
        "clip_weights": np.array([motion.weight for motion in motions], dtype=np.float64),
        "foot_names": np.array(robot.foot_bodies),
        "foot_contact": torch.cat(contacts).numpy().astype(np.int8),
        "provenance": np.array([json_from_provenance(motion.provenance) for motion in motions]),
    }


def _foot_contact(file: NpzFile, rows: slice) -> Tensor | None:
    if file.foot_contact is None:
        return None
    labels = torch.from_numpy(file.foot_contact[rows])
    return None if bool((labels == _UNLABELLED).any()) else labels.bool()


def _provenance(file: NpzFile, clip: int, steps: tuple[str, ...]) -> Provenance:
    if file.provenances:
        provenance = file.provenances[clip]
    else:
        provenance = Provenance(
            source=relative_name(file.path), source_sha256=sha256_of_file(file.path)
        )
    return replace(provenance, steps=(*provenance.steps, *steps))

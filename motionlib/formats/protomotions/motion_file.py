"""ProtoMotions' single clip `.motion`, without ProtoMotions; quaternions are xyzw in it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import FormatError, RobotError
from motionlib.files import sha256_of_file, write_bytes
from motionlib.formats.body_order import TURNED, check_poses, pose_error, turn_error
from motionlib.formats.header import relative_name
from motionlib.formats.protomotions.file import check_tensors
from motionlib.formats.protomotions.marker_layout import layout_or_error
from motionlib.grounding import shifted_to_floor
from motionlib.motion import Motion, Provenance, states_from_motion
from motionlib.robot import Robot
from motionlib.rotations import quat_unroll, wxyz_from_xyzw, xyzw_from_wxyz
from motionlib.showing import cut, shown
from motionlib.velocities import VelocityRule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionFile:
    """Content of one `.motion`, quaternions reordered to wxyz, nothing else changed."""

    path: Path
    fps: float
    dof_pos: Tensor
    """(T, D) rad."""
    dof_vel: Tensor
    """(T, D) rad/s."""
    body_pos: Tensor
    """(T, L, 3) m; L bodies of the foreign robot."""
    body_quat_wxyz: Tensor
    """(T, L, 4)."""
    body_lin_vel: Tensor
    """(T, L, 3) m/s."""
    body_ang_vel: Tensor
    """(T, L, 3) rad/s."""
    body_contact: Tensor | None
    """(T, L) bool."""
    state_conversion: str
    """ProtoMotions' own word for the ordering (`common`), empty if the file has none."""


_MOTION_FILE_KEYS: Mapping[str, int] = {
    "dof_pos": 0,
    "dof_vel": 0,
    "rigid_body_pos": 3,
    "rigid_body_rot": 4,
    "rigid_body_vel": 3,
    "rigid_body_ang_vel": 3,
}


def load_motion_file(path: Path) -> MotionFile:
    """Read a `.motion` without ProtoMotions and without running its pickle.

    Raises:
        FormatError: Truncated, hostile, keys missing, shapes.
    """
    path = Path(path)
    content = load_torch_dict(path)
    check_tensors(content, _MOTION_FILE_KEYS, "rigid_body_pos", "dof_pos", path)
    fps = content.get("fps")
    if not isinstance(fps, int | float) or not 0 < fps < 1e6:
        raise FormatError(f"{path}: fps is {shown(fps)}, expected a positive number")
    contacts = content.get("rigid_body_contacts")
    if contacts is not None and not isinstance(contacts, Tensor):
        raise FormatError(f"{path}: rigid_body_contacts is {shown(contacts)}, expected a tensor")
    return MotionFile(
        path=path,
        fps=float(fps),
        dof_pos=content["dof_pos"].float(),
        dof_vel=content["dof_vel"].float(),
        body_pos=content["rigid_body_pos"].float(),
        body_quat_wxyz=wxyz_from_xyzw(content["rigid_body_rot"].float()),
        body_lin_vel=content["rigid_body_vel"].float(),
        body_ang_vel=content["rigid_body_ang_vel"].float(),
        body_contact=None if contacts is None else contacts > 0.5,
        state_conversion=_text(content.get("state_conversion")),
    )


def _text(value: object) -> str:
    return cut(value) if isinstance(value, str) else ""


def motion_from_motion_file(file: MotionFile, robot: Robot) -> Motion:
    """Root pose and dofs of a `.motion` as a clip of ours; velocities follow from them anew.

    A humanoid's rotations are taken where its bones are longer or shorter than ours; the clip is
    then put on its floor.

    Raises:
        RobotError: Counts or poses are not those of the robot.
    """
    bodies = layout_or_error(robot, file.body_pos.shape[1], file.dof_pos.shape[1], file.path)
    motion = Motion(
        name=file.path.stem,
        robot=robot,
        fps=file.fps,
        root_pos=file.body_pos[:, 0].clone(),
        root_quat_wxyz=quat_unroll(file.body_quat_wxyz[:, 0]),
        dof_pos=file.dof_pos.clone(),
        provenance=Provenance(
            source=relative_name(file.path),
            source_sha256=sha256_of_file(file.path),
            steps=(f"read from .motion ({bodies.name} bodies); velocities and contacts anew",),
        ),
    )
    native = list(bodies.native)
    positions, turns = file.body_pos[:, native], file.body_quat_wxyz[:, native]
    try:
        check_poses(
            robot,
            root_pos=motion.root_pos,
            root_quat_wxyz=motion.root_quat_wxyz,
            dof_pos=motion.dof_pos,
            body_pos=positions,
            where=str(file.path),
        )
    except RobotError as error:
        if robot.dof_coordinates != "exponential_map":
            raise
        return _on_our_bones(motion, positions, turns, str(file.path), error)
    return motion


def _on_our_bones(
    motion: Motion, positions: Tensor, turns: Tensor, where: str, error: RobotError
) -> Motion:
    """A humanoid's clip that was made on bones of another length, if its rotations are ours.

    Raises:
        RobotError: They are not.
    """
    robot = motion.robot
    off = turn_error(
        robot,
        root_quat_wxyz=motion.root_quat_wxyz,
        dof_pos=motion.dof_pos,
        body_quat_wxyz=turns,
    )
    if off > TURNED:
        raise RobotError(
            f"{where}: its bodies' rotations are up to {off:.2f} rad from where {robot.name}'s joints "
            f"turn them, its positions are off too ({error}); pass the humanoid that it was made for"
        ) from error
    distance, body, _ = pose_error(
        robot,
        root_pos=motion.root_pos,
        root_quat_wxyz=motion.root_quat_wxyz,
        dof_pos=motion.dof_pos,
        body_pos=positions,
        bodies=list(range(robot.num_bodies)),
    )
    step = (
        f"made on bones of another length ({body} lies up to {distance:.3f} m from {robot.name}'s): "
        "rotations kept"
    )
    return shifted_to_floor(replace(motion, provenance=motion.provenance.then(step)))


def save_motion_file(
    path: Path, motion: Motion, *, velocity_rule: VelocityRule = "forward_min3"
) -> None:
    """Write a `.motion` that ProtoMotions' `MotionLib` loads: the robot's own bodies, plain tensors.

    Args:
        path: To write.
        motion: Any clip; contacts are its own labels where it has them.
        velocity_rule: By which its velocities are made.

    Raises:
        OSError: The disk is full.
    """
    states = states_from_motion(motion, velocity_rule=velocity_rule)
    content = {
        "dof_pos": states.dof_pos,
        "dof_vel": states.dof_vel,
        "rigid_body_pos": states.body_pos,
        "rigid_body_rot": xyzw_from_wxyz(states.body_quat_wxyz),
        "rigid_body_vel": states.body_lin_vel,
        "rigid_body_ang_vel": states.body_ang_vel,
        "rigid_body_contacts": states.body_contact,
        "fps": float(motion.fps),
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())

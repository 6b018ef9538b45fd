"""ProtoMotions' packaged MotionLib `.pt`; quaternions are xyzw in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from motionlib.containers.torch_file import load_torch_dict
from motionlib.containers.zip_members import check_members
from motionlib.errors import FormatError
from motionlib.files import sha256_of_file
from motionlib.formats.fingerprint import fingerprint_velocities
from motionlib.formats.header import (
    check_robot,
    check_schema_version,
    provenance_from_json,
    relative_name,
)
from motionlib.formats.protomotions.checks import (
    WHOLE_BYTES,
    check_frames,
)
from motionlib.formats.protomotions.checksums import HEADER_KEY, MotionChecksums, check_header
from motionlib.formats.protomotions.file import check_states, motion_names, motion_table
from motionlib.formats.protomotions.frames import MappedFrames
from motionlib.formats.protomotions.marker_layout import BodyLayout, Layout, layout_or_error
from motionlib.formats.protomotions.motion_file import (
    MotionFile,
    load_motion_file,
    motion_from_motion_file,
)
from motionlib.formats.protomotions.packed_clip import clips_of_library
from motionlib.formats.protomotions.shards import shard_path
from motionlib.formats.protomotions.velocities import renewed, telling_clip, velocities_anew
from motionlib.formats.protomotions.writer import write_motion_lib
from motionlib.library import ContentHash, MotionLib
from motionlib.motion import Provenance
from motionlib.robot import Robot
from motionlib.showing import shown
from motionlib.velocities import VELOCITY_RULES, VelocityRule

__all__ = [
    "HEADER_KEY",
    "MotionFile",
    "load_motion_file",
    "load_motion_lib",
    "motion_from_motion_file",
    "save_motion_lib",
]


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
    clips = clips_of_library(lib)
    if lib.velocity_rule != velocity_rule:
        clips = [
            replace(
                clip,
                load=lambda clip=clip: renewed(clip.load(), lib.robot, clip.fps, velocity_rule),
            )
            for clip in clips
        ]
    write_motion_lib(path, lib.robot, clips, velocity_rule=velocity_rule, layout=layout)


def load_motion_lib(path: Path, robot: Robot) -> MotionLib:
    """Open a packaged library as one of ours (wxyz, the robot's own bodies).

    The file is mapped: frames are read when they are asked for, and the library may be larger
    than memory. It must not be changed in place meanwhile; our writers replace files instead.

    A file without our header says neither robot nor rule: it is taken if the counts match and
    the stored bodies lie where the robot's kinematics puts them; its velocities are kept if a
    rule of ours reproduces them and made anew (`forward_min3`) if not; the provenance says which.
    Numbers are checked frame by frame in such files and in those up to 64 MB, and in samples
    where a larger file is ours.

    A file of ours has checksums: that of its header is checked here, a motion's when its frames
    are first asked for, and here in files up to 64 MB. Of a foreign file, which is gone through
    whole anyway, the zip's checksums are; of an older one of ours above 64 MB none.

    Args:
        path: `.pt` of ours or of ProtoMotions; with `slurmrank` in its name, this process' shard.
        robot: The robot that it belongs to.

    Raises:
        FormatError: Truncated, damaged, hostile, keys missing, shapes, NaN (with motion and frame).
        RobotError: Written for another robot.
    """
    path = shard_path(path)
    content = load_torch_dict(path, mmap=True)
    has_checksums = check_header(content, path)
    starts, counts, fps = motion_table(content, path)
    check_states(content, starts, counts, path)
    header = content.get(HEADER_KEY)
    bodies, note = _match_robot(content, header, robot, path)
    names = motion_names(content, header, len(counts), path)
    checksums = MotionChecksums(content, names, starts, counts, path) if has_checksums else None
    whole = header is None or path.stat().st_size <= WHOLE_BYTES
    if whole and checksums is None:
        check_members(path, "a torch zip file")
    unchecked = MappedFrames(content, robot, bodies)
    check_frames(content, unchecked, robot, starts, path, whole=whole, checksums=checksums)
    source = MappedFrames(content, robot, bodies, checksums)
    clips = [slice(s, s + n) for s, n in zip(starts, counts, strict=True)]
    rule, rule_note = _velocity_rule(header, source, content, clips, fps, path)
    if rule is None:
        rule = "forward_min3"
        made = velocities_anew(content, source, robot, bodies, clips, fps)
        source = MappedFrames({**content, **made}, robot, bodies)
    return MotionLib(
        robot=robot,
        names=names,
        provenances=tuple(_provenances(header, names, path, [n for n in (note, rule_note) if n])),
        velocity_rule=rule,
        source=source,
        starts=torch.tensor(starts),
        num_frames=torch.tensor(counts),
        fps=torch.tensor(fps, dtype=torch.float32),
        weights=_weights(content, len(counts), path),
        content=ContentHash(lambda: sha256_of_file(path)),
    )


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


def _weights(content: Mapping[str, Any], num_motions: int, path: Path) -> Tensor:
    weights = content.get("motion_weights")
    if weights is None:
        return torch.ones(num_motions)
    if not isinstance(weights, Tensor) or tuple(weights.shape) != (num_motions,):
        raise FormatError(f"{path}: motion_weights is not one number for each motion")
    if not bool((torch.isfinite(weights) & (weights >= 0)).all()):
        raise FormatError(
            f"{path}: motion_weights has NaN, infinite or negative ones; write the library again "
            "with weights of 0 or more"
        )
    return weights.float().clone()


def _velocity_rule(
    header: Any,
    source: MappedFrames,
    content: Mapping[str, Any],
    clips: Sequence[slice],
    fps: Sequence[float],
    path: Path,
) -> tuple[VelocityRule | None, str]:
    if header is not None:
        rule = header.get("velocity_rule")
        if not isinstance(rule, str) or rule not in VELOCITY_RULES:
            raise FormatError(
                f"{path}: velocity_rule is {shown(rule)}; choices: {', '.join(VELOCITY_RULES)}"
            )
        return cast("VelocityRule", rule), ""
    told = telling_clip(content["gvs"], clips)
    states = source.frames(clips[told])
    found = fingerprint_velocities(
        body_pos=states.body_pos,
        body_quat_wxyz=states.body_quat_wxyz,
        lin_vel=states.body_lin_vel,
        ang_vel=states.body_ang_vel,
        fps=fps[told],
    )
    note = f"velocities told from motion {told}: generation {found.generation}"
    if found.velocity_rule is None:
        return None, f"{note}; made anew by forward_min3"
    return found.velocity_rule, f"{note}; kept"


def _provenances(
    header: Any, names: Sequence[str], path: Path, notes: Sequence[str]
) -> list[Provenance]:
    if header is not None:
        texts = header.get("provenance", ())
        if not isinstance(texts, list | tuple):
            raise FormatError(f"{path}: provenance is {shown(texts)}, expected a list of texts")
        if len(texts) != len(names):
            raise FormatError(f"{path}: {len(texts)} provenances, expected {len(names)}")
        read = [
            provenance_from_json(str(text), f"{path}: {name}")
            for text, name in zip(texts, names, strict=True)
        ]
    else:
        sha256 = sha256_of_file(path)  # a foreign file is gone through whole anyway
        read = [
            Provenance(source=f"{relative_name(path)}:{name}", source_sha256=sha256)
            for name in names
        ]
    for note in notes:
        read = [provenance.then(note) for provenance in read]
    return read

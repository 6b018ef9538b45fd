"""What a motion file holds, whoever wrote it: arrays, rates, robot, velocity rule, problems."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from motionlib.boundary import reason_of
from motionlib.containers.bounds import checked_size
from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import KindError, MotionError
from motionlib.files import sha256_of_file
from motionlib.formats.fingerprint import fingerprint_velocities
from motionlib.formats.protomotions.legacy import legacy_pt_note, read_legacy_npy
from motionlib.formats.protomotions.velocities import telling_clip
from motionlib.formats.unread import unread_note
from motionlib.inspection.foreign import FOREIGN, foreign_fit
from motionlib.inspection.foreign_content import ForeignContent
from motionlib.inspection.motion_lib import kinematics_report
from motionlib.inspection.readers import READERS, InspectedContent, Loaded, checksum_report
from motionlib.library import MotionLib
from motionlib.motion import Motion
from motionlib.plausibility import DOUBTFUL, IMPOSSIBLE, asked, library_findings
from motionlib.plausibility_measures import unnamed_values
from motionlib.plausibility_table import Finding, findings_of, told_findings
from motionlib.robot import Robot
from motionlib.robots.files import load_robot, robot_names
from motionlib.rotations import wxyz_from_xyzw

_MAX_LISTED = 20_000
"""Motions listed one by one."""
_SUFFIXES = tuple(dict.fromkeys((*READERS, *FOREIGN)))


def inspect_file(path: Path, robot: Robot | None = None) -> dict[str, Any]:
    """Describe a file of motions of any suffix that is known; plain values only, ready for JSON.

    Bad content is not an error here: it is a line in `problems`, and all that is said where a file
    is damaged or made to harm its reader.

    Args:
        path: File; nothing in it is executed.
        robot: If given, whether the file fits it is told under `robot`.

    Returns:
        `file format bytes sha256 keys checksums fps num_motions frames seconds motions num_bodies
        num_dofs robot velocities notes problems`, and `kinematics` for a `.pt` with a robot. Of
        other projects' files `kind`, `read by`, and of the rest what their arrays say.

    Raises:
        KindError: The file is of another kind than its suffix says, or the suffix is unknown.
        OSError: It cannot be opened.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise KindError(f"{path}: {unread_note(path)}; expected {', '.join(_SUFFIXES)}")
    report: dict[str, Any] = {
        "file": path.name,
        "format": suffix[1:],
        "bytes": checked_size(path),
        "sha256": sha256_of_file(path),
        "keys": {},
        "problems": [],
    }
    try:
        if suffix == ".pt" and (closed := legacy_pt_note(path)):
            report["problems"].append(closed)
        elif (foreign := FOREIGN[suffix](path) if suffix in FOREIGN else None) is not None:
            _report_foreign(report, foreign, path, robot)
        elif suffix == ".npy":
            report |= _legacy_report(path)
        else:
            report["keys"] = READERS[suffix][0](path)
            _report_content(report, path, robot)
    except KindError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is in the file, there is a report
        report["problems"].append(reason_of(error, path.name, where=str(path)))
    report["problems"] = list(dict.fromkeys(report["problems"]))  # two readers, one reason
    return report


def _report_foreign(
    report: dict[str, Any], foreign: ForeignContent, path: Path, robot: Robot | None
) -> None:
    told = foreign.report()
    report["keys"] = foreign.keys or {}
    if path.suffix.lower() == ".npz":
        report["checksums"], damage = checksum_report(path)
        told["problems"] = [*damage, *told["problems"]]
    told["motions"] = told["motions"][:_MAX_LISTED]
    if robot is not None:
        against = foreign_fit(path, robot, foreign)
        told["robot"] = {"stated": None, "asked": robot.name, "fits": not against}
        told["problems"] += [against] if against else []
    report |= told


def _report_content(report: dict[str, Any], path: Path, robot: Robot | None) -> None:
    _, read_content, load = READERS[path.suffix.lower()]
    problems: list[str] = report["problems"]
    report["checksums"], damage = checksum_report(path)
    problems.extend(damage)
    content = read_content(path)
    report |= _facts(content)
    problems.extend(content.problems)
    problems.extend(_velocity_problems(report["velocities"]))
    report["robot"], loaded = _robot_fit(content, path, robot, load, problems)
    report["notes"] = list(content.notes)
    found = _found_unnamed(content) if loaded is None else _found(loaded)
    for impossible, kind, lines in (
        (True, IMPOSSIBLE, problems),
        (False, DOUBTFUL, report["notes"]),
    ):
        lines.extend(told_findings(found, impossible=impossible, start=kind))
    if robot is not None and path.suffix == ".pt":
        tensors = load_torch_dict(path, mmap=True)
        report["kinematics"] = kinematics_report(tensors, robot, path, problems)


def _facts(content: InspectedContent) -> dict[str, Any]:
    seconds = [(n - 1) / fps for n, fps in zip(content.counts, content.fps, strict=True)]
    rows = zip(content.names, content.counts, content.fps, seconds, strict=True)
    clips = [slice(s, s + n) for s, n in zip(content.starts, content.counts, strict=True)]
    told = telling_clip(content.lin_vel, clips)
    frames = clips[told]
    quats = content.body_quats[frames]
    found = fingerprint_velocities(
        body_pos=content.body_pos[frames],
        body_quat_wxyz=wxyz_from_xyzw(quats) if content.quats_are_xyzw else quats,
        lin_vel=content.lin_vel[frames],
        ang_vel=content.ang_vel[frames],
        fps=content.fps[told],
    )
    return {
        "fps": sorted(set(content.fps)),
        "num_motions": len(content.counts),
        "frames": sum(content.counts),
        "seconds": sum(seconds),
        "num_bodies": content.body_pos.shape[1],
        "num_dofs": content.num_dofs,
        "motions": [
            {"name": name, "frames": count, "fps": fps, "seconds": length}
            for name, count, fps, length in list(rows)[:_MAX_LISTED]
        ],
        "velocities": {
            "stated": content.velocity_rule,
            **asdict(found),
            "motion": content.names[told],
        },
    }


def _velocity_problems(velocities: Mapping[str, Any]) -> list[str]:
    problems = []
    if velocities["note"]:
        problems.append(f"velocities: {velocities['note']}")
    if "late" in velocities["angular"]:
        problems.append("velocities: angular velocities are stored one frame late")
    if velocities["generation"] == "unknown" and "still" not in velocities["linear"]:
        problems.append("velocities: no known rule reproduces them from the positions")
    found = {velocities["linear"], velocities["angular"]} - {"still", "unknown"}
    if velocities["stated"] and found and found != {velocities["stated"]}:
        problems.append(
            f"velocities: the file states {velocities['stated']}, its numbers say "
            f"{', '.join(sorted(found))}"
        )
    return problems


def _robot_fit(
    content: InspectedContent,
    path: Path,
    robot: Robot | None,
    load: Callable[[Path, Robot], Loaded],
    problems: list[str],
) -> tuple[dict[str, Any], Loaded | None]:
    """Whether the file is one of the robot's, and what it holds if it is."""
    fit: dict[str, Any] = {"stated": content.robot_name or None}
    if robot is None:
        # a robot of the house is known by its name; what it finds wrong is no fault of the file
        with suppress(MotionError):
            if content.robot_name in robot_names():
                return fit, load(path, load_robot(content.robot_name))
        return fit, None
    fit["asked"] = robot.name
    try:
        loaded = load(path, robot)
    except MotionError as error:
        problems.append(str(error))
        return {**fit, "fits": False}, None
    return {**fit, "fits": True}, loaded


def _found(loaded: Loaded) -> dict[str, list[Finding]]:
    """What speaks against the motions of a file of a known robot."""
    if isinstance(loaded, MotionLib):
        return library_findings(loaded)
    motions = [loaded] if isinstance(loaded, Motion) else loaded
    return {motion.name: asked(motion) for motion in motions}


def _found_unnamed(content: InspectedContent) -> dict[str, list[Finding]]:
    """What of it can be told without a robot."""
    found = {}
    for name, start, count, fps in zip(
        content.names, content.starts, content.counts, content.fps, strict=True
    ):
        rows = slice(start, start + count)
        quats = content.body_quats[rows, 0]
        root = wxyz_from_xyzw(quats) if content.quats_are_xyzw else quats
        values = unnamed_values(fps, content.body_pos[rows].numpy(), root.numpy())
        found[name] = findings_of(values)
    return found


def _legacy_report(path: Path) -> dict[str, Any]:
    """A `.npy` of ProtoMotions' second version."""
    motion = read_legacy_npy(path)
    seconds = (motion.num_frames - 1) / motion.fps
    row = {
        "name": path.stem, "frames": motion.num_frames, "fps": motion.fps, "seconds": seconds,
    }  # fmt: skip
    return {
        "kind": "skeleton motion of ProtoMotions' second version, pickled; quaternions xyzw, "
        f"rotations to the {'parent' if motion.is_local else 'world'}",
        "keys": {
            key: {"shape": list(array.shape), "dtype": str(array.dtype)}
            for key, array in motion.arrays.items()
        },
        "fps": [motion.fps],
        "num_motions": 1,
        "frames": motion.num_frames,
        "seconds": seconds,
        "motions": [row],
        "num_bodies": len(motion.node_names),
        "bodies": " ".join(motion.node_names),
        "problems": motion.problems(),
    }

"""What a file of ours says about itself beside the arrays that its foreign readers want."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from motionlib.errors import FormatError, MotionError, RobotError, repeated_names
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.schema import SCHEMA_VERSION
from motionlib.showing import cut, shown, shown_error


def json_from_provenance(provenance: Provenance) -> str:
    """One line of JSON, the same bytes for the same provenance."""
    return json.dumps(asdict(provenance), sort_keys=True, ensure_ascii=True)


def provenance_from_json(text: str, where: str) -> Provenance:
    """Inverse of `json_from_provenance`.

    Raises:
        FormatError: Not JSON, or not the fields of a provenance.
    """
    try:
        fields = json.loads(text)
        command = fields.get("command")
        return Provenance(
            source=str(fields["source"]),
            source_sha256=str(fields["source_sha256"]),
            steps=tuple(str(step) for step in fields["steps"]),
            command=None if command is None else _three_numbers(command),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(
            f"{where}: provenance is not readable ({shown_error(error)}); expected JSON with source, "
            "source_sha256, steps and command; write the file again from its source"
        ) from error


def check_schema_version(version: object, where: str) -> None:
    """Refuse a file that a newer release wrote.

    Raises:
        FormatError: `version` is not an integer up to `SCHEMA_VERSION`.
    """
    if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        raise FormatError(
            f"{where}: schema_version is {shown(version)}, expected 1 to {SCHEMA_VERSION}; "
            "update this program or write the file again"
        )


def check_robot(robot: Robot, *, name: str, semantic_sha256: str, where: str) -> str:
    """Refuse a file that was written for another robot.

    Args:
        robot: The robot that the caller wants.
        name: Robot name in the file.
        semantic_sha256: Robot hash in the file.
        where: File, for the message.

    Returns:
        A note for the provenance when the robot's files changed since, else "".

    Raises:
        RobotError: The file names another robot.
    """
    if semantic_sha256 == robot.semantic_sha256:
        return ""
    if name != robot.name:
        raise RobotError(
            f"{where}: written for robot {shown(name)}, asked for {robot.name!r}; "
            f"pass --robot {cut(name)}, or convert the source again for {robot.name!r}"
        )
    return f"{robot.name} changed since the file was written; poses agree with forward kinematics"


def check_one_kind(motions: Sequence[Motion], where: str) -> None:
    """Refuse what cannot share one file: nothing, two robots, or one name twice.

    Raises:
        MotionError: Names the offending clips and what to do.
    """
    if not motions:
        raise MotionError(f"{where}: no motions to write")
    first = motions[0]
    for motion in motions:
        if motion.robot.semantic_sha256 != first.robot.semantic_sha256:
            raise MotionError(
                f"{where}: {motion.name} is on robot {motion.robot.name}, {first.name} on "
                f"{first.robot.name}; write one file for each robot"
            )
    if twice := repeated_names(motion.name for motion in motions):
        raise MotionError(
            f"{where}: motion names must be unique, used twice: {', '.join(twice[:5])}; "
            "rename the source files"
        )


def relative_name(path: Path) -> str:
    """Name of a source as provenance states it: without the folders of this machine."""
    return Path(path).name


def _three_numbers(values: Sequence[float]) -> tuple[float, float, float]:
    dx, dy, dtheta = values
    return float(dx), float(dy), float(dtheta)

"""Whether an experiment, a robot and motions belong together, asked before anything is built."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from motionlib.errors import RobotError
from motionlib.formats.library_header import LibraryHeader, read_library_header
from motionlib.formats.loading import load_library
from motionlib.library import MotionLib
from motionlib.robot import Robot
from motionlib.robots.files import find_robot, load_robot, robot_names
from motionlib.showing import cut, listed
from training.asking import ask_motions
from training.building import MotionSource, at_control_rate
from training.config import Experiment
from training.values import ConfigError

_LOG = logging.getLogger(__name__)
_SAME_RATE = 1e-3
"""Share by which two rates may differ that are one: a `.pt` stores f32 seconds a frame."""


def with_robot(experiment: Experiment, source: MotionSource | None) -> Experiment:
    """The experiment with a robot: its own, else the one that the motions say they are of.

    Raises:
        ConfigError: It takes any robot, and the motions name none that comes with the workbench.
        FormatError: The motions cannot be read.
    """
    if experiment.robot:
        return experiment
    named = ""
    if source is not None:
        headers = (_header_of_artifact(source), read_library_header(source.path))
        named = next((header.robot_name for header in headers if header.robot_name), "")
    if named in robot_names():
        return replace(experiment, robot=named)
    where = "there are no motions" if source is None else f"motions {source.name}"
    if source is not None:
        where += f" are of {cut(named)!r}" if named else " do not say whose they are"
    raise ConfigError(
        f"experiment {experiment.name}: robot is '', any robot, and {where}, expected the name of "
        f"one ({', '.join(robot_names())}); say which with --robot-name NAME or PATH"
    )


def check_fit(experiment: Experiment, robot: Robot, source: MotionSource) -> None:
    """Refuse motions that are not of the robot and rate that an experiment wants.

    Costs milliseconds: the manifest of an artifact is asked, then what the file says of itself;
    no frame is read. What neither of them says is found out when the motions are opened.

    Args:
        experiment: Its `robot`, if it names one, and `motion_lib.fps`.
        robot: That it is to be trained on.
        source: See `find_motions`.

    Raises:
        RobotError: Another robot, other dofs or bodies, or the experiment names a robot that is
            not there; says field, both values, what differs, and the remedy.
        ConfigError: Another number of frames a second; says the same.
        FormatError: The motions cannot be read.
    """
    check_own_robot(experiment, robot)
    _check_robot(_header_of_artifact(source), robot, experiment, source)
    header = read_library_header(source.path)
    _check_robot(header, robot, experiment, source)
    _check_rates(header.fps, experiment, source)


def open_motions(
    experiment: Experiment, robot: Robot, source: MotionSource, *, ask: bool = False
) -> tuple[MotionSource, MotionLib]:
    """Motions that fit, at the control rate, and their source with the rates as stored.

    Args:
        experiment: Says the rate, and whether motions that cannot be true are taken.
        robot: Whose motions they are to be.
        source: See `find_motions`.
        ask: Whether they are asked if they can be true, see `ask_motions`.

    Raises:
        RobotError, ConfigError: They do not fit, see `check_fit`.
        MotionError: They cannot be read, no clip has two frames, or one that is asked is impossible.
    """
    check_fit(experiment, robot, source)
    stored = load_library(source.path, robot)
    if ask:
        accept = experiment.motion_lib.accept_implausible
        ask_motions(stored, str(source.path), accept=accept)
    library = at_control_rate(stored, experiment, where=str(source.path))
    source = replace(source, fps=tuple(sorted(set(stored.fps.tolist()))))
    _check_rates(source.fps, experiment, source)  # of files without a header, too
    if library is not stored:
        _LOG.info(
            "motions %s have %s frames a second; resampled to the control rate, %g",
            source.name,
            _rates(source.fps),
            1.0 / experiment.simulator.control_dt,
        )
    return source, library


def _header_of_artifact(source: MotionSource) -> LibraryHeader:
    facts = source.facts
    if facts is None:
        return LibraryHeader()
    return LibraryHeader(
        robot_name=str(facts.robot),
        robot_semantic_sha256=str(facts.robot_sha256),
        body_names=tuple(map(str, facts.body_names)),
        dof_names=tuple(map(str, facts.dof_names)),
    )


def check_own_robot(experiment: Experiment, robot: Robot) -> None:
    """Refuse to train another robot than the one that an experiment names.

    Raises:
        RobotError: Another robot, or the one that it names is not there.
    """
    if not experiment.robot or find_robot(experiment.robot) == robot.files[0]:
        return
    own = load_robot(experiment.robot)
    if own.semantic_sha256 != robot.semantic_sha256:
        raise RobotError(
            f"experiment {experiment.name}: robot is {own.name} ({own.num_dofs} dofs), asked to "
            f"train {robot.name} ({robot.num_dofs} dofs); use an experiment of that robot, or one "
            "with robot='', which takes any"
        )


def _check_robot(
    header: LibraryHeader, robot: Robot, experiment: Experiment, source: MotionSource
) -> None:
    if robot.semantic_sha256 == header.robot_semantic_sha256:
        return
    another = header.robot_name not in {"", robot.name}
    known = {*robot.body_names, *robot.body_aliases, *(each.name for each in robot.marker_bodies)}
    differences = [
        *_difference("dof_names", header.dof_names, robot.dof_names, known=robot.dof_names),
        *_difference("body_names", header.body_names, robot.body_names, known=known),
    ]
    if not another and not differences:
        return
    theirs = cut(header.robot_name) or "a robot without a name"
    if header.dof_names:
        theirs += f" ({len(header.dof_names)} dofs)"
    lines = "".join(f"\n  {each}" for each in differences)
    raise RobotError(
        f"experiment {experiment.name}: robot is {robot.name} ({robot.num_dofs} dofs), motions "
        f"{source.name} are of {theirs}{lines}\nName motions of {robot.name} with --motion-file or "
        "--registry-name, or the motions' robot with --robot-name if the experiment suits it"
    )


def _difference(
    field: str, found: tuple[str, ...], wanted: tuple[str, ...], *, known: Iterable[str]
) -> list[str]:
    """What names in the motions differ; a file that states none says nothing."""
    if not found:
        return []
    lacking, foreign = sorted(set(wanted) - set(found)), sorted(set(found) - set(known))
    if field == "body_names":
        lacking = []  # a file may leave bodies out, or name them by aliases
    parts = [f"the motions lack {listed(lacking)}"] if lacking else []
    parts += [f"the robot lacks {listed(foreign)}"] if foreign else []
    return [f"{field}: {'; '.join(parts)}"] if parts else []


def _check_rates(rates: tuple[float, ...], experiment: Experiment, source: MotionSource) -> None:
    wanted = experiment.motion_lib.fps
    if wanted and any(abs(rate - wanted) > _SAME_RATE * wanted for rate in rates):
        raise ConfigError(
            f"experiment {experiment.name}: motion_lib.fps is {wanted:g}, motions {source.name} "
            f"have {_rates(rates)} frames a second; name motions of that rate, or set "
            "motion_lib.fps=0, which resamples them to the control rate"
        )


def _rates(rates: tuple[float, ...]) -> str:
    return listed([f"{rate:g}" for rate in rates], 4)

"""`robot.yaml` for a model that nobody described: proposed, tried in simulation, written."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import os
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np

from motionlib.errors import RobotError
from motionlib.files import write_text
from motionlib.robot import Robot
from motionlib.robots.facts.servos import author_model, model_servos
from motionlib.robots.files import load_robot
from motionlib.robots.mjcf import check_model, compile_spec, read_model
from motionlib.robots.model import check_feet_touch, robot_model
from motionlib.robots.proposal.gains import STIFFNESS, propose_servos
from motionlib.robots.proposal.roles import ModelRoles, model_roles
from motionlib.robots.proposal.shapes import Posture
from motionlib.robots.proposal.soles import propose_sole
from motionlib.robots.proposal.text import Proposal, proposal_text
from motionlib.robots.proposal.trial import TRIAL_S, PoseTrial, standing_text
from motionlib.robots.yaml_values import robot_problem

_BENDS = (0.6, 0.3, 0.0)
"""rad of the knees, tried in this order."""
_MOST_KEYS = 3
YAML = "robot.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A robot.yaml that was written."""

    path: Path
    robot: Robot
    stood_s: float
    """s that it stood in simulation, of `TRIAL_S`."""


def write_first_yaml(model_path: Path, folder: Path | None = None, *, name: str = "") -> Written:
    """Write a first `robot.yaml` for an MJCF or URDF.

    Poses and gains are tried in simulation; the first that stands is taken, else what stands
    longest.

    Args:
        model_path: The model.
        folder: Where the yaml goes; beside the model if None.
        name: Of the robot; the model's own, or its file's, if empty.

    Returns:
        The file, the robot that it reads as, and how long that stands.

    Raises:
        RobotError: A yaml is there already; no model, or one from which no biped can be told.
    """
    path = (folder or model_path.parent) / YAML
    if path.exists():
        raise RobotError(f"{path}: is there already; name another folder with --output")
    if not model_path.is_file():
        raise robot_problem(model_path, "", "no such file; expected an MJCF or URDF")
    model_path = model_path.resolve()
    mjcf = read_model(model_path)
    model = compile_spec(model_path, mjcf.spec)
    check_model(model_path, model)
    proposal = _proposal(model_path, model, name or mjcf.spec.modelname or model_path.stem)
    best, stood_s = _tried(model_path, model, proposal)
    path.parent.mkdir(parents=True, exist_ok=True)
    model_text = _relative(model_path, path.parent.resolve())
    write_text(path, proposal_text(replace(best, model=model_text)))
    return Written(path=path, robot=load_robot(path), stood_s=stood_s)


def _relative(model_path: Path, folder: Path) -> str:
    """A model's place seen from a folder; the whole path where both have only the root in common."""
    if os.path.commonpath((model_path, folder)) == model_path.anchor:
        return model_path.as_posix()
    return Path(os.path.relpath(model_path, folder)).as_posix()


def _proposal(path: Path, model: mujoco.MjModel, name: str) -> Proposal:
    """All but pose and servos."""
    roles, posture = model_roles(path, model), Posture(model)

    def names(bodies: list[int]) -> list[str]:
        return [model.body(body).name for body in bodies]

    feet = [leg.tip for leg in roles.legs]
    own = [np.flatnonzero(model.jnt_bodyid == body) for body in range(2, model.nbody)]
    return Proposal(
        name=re.sub(r"[^\w-]+", "_", name).strip("_") or "robot",
        model=str(path),
        anchor=model.body(roles.anchor).name,
        head=model.body(roles.head).name,
        tracked=names(list(roles.tracked)),
        feet=names(feet),
        hands=names([arm.tip for arm in roles.arms]),
        soles={model.body(foot).name: propose_sole(posture, foot) for foot in feet},
        default_pose={},
        exponential_map=all(
            len(joints) == 3 and np.array_equal(model.jnt_axis[joints], np.eye(3)) for joints in own
        ),
        servos={},
        note="",
    )


def _tried(path: Path, model: mujoco.MjModel, proposal: Proposal) -> tuple[Proposal, float]:
    """The proposal with the first pose and servos that stand, else those that stand longest."""
    roles, said, keys = model_roles(path, model), model_servos(path), _keyframes(path, model)
    names = [model.joint(joint).name for joint in range(1, model.njnt)]
    plain = _angles(names, np.clip(0.0, *model.jnt_range[1:].T))
    best, longest = proposal, -1.0
    for least in STIFFNESS:
        servos = propose_servos(model, roles, said, least=least)
        if servos == best.servos:  # the model says them all
            continue
        trial = _trial_of(replace(proposal, servos=servos, default_pose=plain), roles)
        poses = [(f"the model's keyframe {name}", pose, 0.0) for name, pose in keys]
        poses += [(f"knees bent by {bend:g} rad", None, bend) for bend in _BENDS]
        for what, key, bend in poses:
            pose, stood_s = trial.stand(bend) if key is None else (key, trial.hold(key))
            if stood_s <= longest:
                continue
            longest = stood_s
            note = f"{what}; {standing_text(stood_s)}"
            best = replace(proposal, servos=servos, default_pose=_angles(names, pose), note=note)
            if stood_s >= TRIAL_S:
                return best, stood_s
    return best, longest


def _keyframes(path: Path, model: mujoco.MjModel) -> list[tuple[str, np.ndarray]]:
    """Poses (D,) rad that the model's author keeps, within the limits."""
    author = author_model(path)
    joints = [model.joint(joint).name for joint in range(1, model.njnt)]
    places = [int(author.joint(name).qposadr[0]) for name in joints]
    keys = []
    for key in range(min(author.nkey, _MOST_KEYS)):
        pose = np.clip(author.key_qpos[key][places], *model.jnt_range[1:].T)
        keys.append((author.key(key).name or str(key), np.round(pose, 4)))
    return keys


def _angles(names: list[str], pose: np.ndarray) -> dict[str, float]:
    """Joints that are not at zero."""
    return {n: float(angle) for n, angle in zip(names, pose, strict=True) if abs(angle) > 1e-9}


def _trial_of(proposal: Proposal, roles: ModelRoles) -> PoseTrial:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / YAML
        path.write_text(proposal_text(proposal), encoding="utf-8")
        robot = load_robot(path)
        model = robot_model(robot)
        check_feet_touch(robot, model)
        return PoseTrial(robot, model, roles)

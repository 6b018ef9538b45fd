"""A robot's MJCF as a MuJoCo spec that holds the robot alone, and the files that it consists of."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import mujoco
import numpy as np

from motionlib.containers.bounds import MAX_BODIES
from motionlib.errors import RobotChangedError
from motionlib.files import Stamp, sha256_once, stamp_of
from motionlib.robot import Robot
from motionlib.robots.facts.fact import Fact
from motionlib.robots.facts.rules import settle
from motionlib.robots.parsing import keep_links, parse_model
from motionlib.robots.xml_bounds import XmlFiles, check_mjcf, written_path
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import cut, shown_error

_MOST_TURN = 8.0 * np.pi
"""rad, of a joint's range: four turns; 90 read as rad is fourteen."""
_LEAST_TURN, _MANY_JOINTS = 0.12, 4
"""rad, of the widest range of a robot with so many joints: half a turn read in degrees is .055."""

_MASSLESS = (
    "; give the body or link an <inertial>, or all of them some with "
    '<compiler boundmass="0.001" boundinertia="1e-6"/>'
)

_decoded: dict[Path, str] = {}
"""Meshes and height fields that this process had MuJoCo decode, with their sha256 then."""


class Mjcf(NamedTuple):
    """A robot's MJCF, and every file that it consists of."""

    spec: mujoco.MjSpec
    """MuJoCo's specification of the model, not compiled."""
    stamps: Mapping[Path, Stamp]
    """Each file with its `stamp_of` before it was read: the MJCF, what it includes, then the
    meshes, height fields and skins that it names. Textures are left out: they move nothing."""
    facts: tuple[Fact, ...]
    """What it says beyond robot.yaml, and what is in force."""
    shifts: Mapping[str, np.ndarray]
    """Body to (3,) m: how far its origin was moved onto its joint's axis, in its former frame."""


def read_mjcf(path: Path) -> mujoco.MjSpec:
    """The spec of `read_model`; same arguments and errors."""
    return read_model(path).spec


def spec_of(robot: Robot) -> mujoco.MjSpec:
    """The spec of `read_model` of a robot that was read before, not compiled.

    Raises:
        RobotChangedError: One of its files is not what it was when the robot was read.
        RobotError: As `read_model`.
    """
    spec = read_model(robot.xml_path, named=robot.body_names).spec
    try:
        same = sha256_of_robot(robot.files) == robot.sha256
    except OSError:
        same = False
    if not same:
        raise RobotChangedError(
            f"{robot.xml_path}: its files changed since {robot.name} was read; start again"
        )
    return spec


def sha256_of_robot(files: Sequence[Path]) -> str:
    """Hex sha256 of a robot's files' bytes, wherever they lie.

    Args:
        files: As in `Robot.files`; what follows the first two is hashed once as long as it rests.

    Raises:
        OSError: One of them cannot be read.
    """
    digest = hashlib.sha256()
    for file in files[:2]:
        digest.update(file.read_bytes())
    for file in files[2:]:
        digest.update(bytes.fromhex(sha256_once(file)))
    return digest.hexdigest()


def read_model(path: Path, *, named: Collection[str] = ()) -> Mjcf:
    """Read an MJCF or URDF file and leave nothing in it but the robot.

    Gains come from the `robot.yaml`, sensors and terrain from the simulator; what else the model
    says is overruled, removed, absorbed or kept as `facts` tells. A root without a joint gets a
    free one.

    Args:
        path: The MJCF or URDF file.
        named: Bodies that robot.yaml names: of a URDF, links that fixed joints carry are merged
            into those that move them, except these.

    Raises:
        RobotError: Missing file, included file or mesh, text that MuJoCo cannot parse, more than
            one root, a closed loop, gravity that is not along -z.
    """
    if not path.exists():
        raise robot_problem(path, "", "no such file; name the MJCF in the yaml's key 'model'")
    xml = check_mjcf(path)
    parsed = parse_model(path, named)
    spec = parsed.spec
    assets = list(_assets(path, spec, xml))
    _forget_changed(assets)
    settled = settle(path, spec)
    facts = (*parsed.facts, *settled.facts, *keep_links(parsed, named))
    stamps = {**xml.stamps, **{file: stamp_of(file.stat()) for file in assets}}
    return Mjcf(spec, stamps, facts, settled.shifts)


def compile_spec(path: Path, spec: mujoco.MjSpec) -> mujoco.MjModel:
    """Compile, with the file's name in front of MuJoCo's message.

    Raises:
        RobotError: MuJoCo refuses the model, for example for a repeated name.
    """
    try:
        return spec.compile()
    except (ValueError, OSError) as error:
        said = shown_error(error)
        remedy = _MASSLESS if "mjMINVAL" in said else ""
        raise robot_problem(path, "", f"MuJoCo cannot compile it: {said}{remedy}") from error


def check_model(path: Path, model: mujoco.MjModel) -> None:
    """Refuse what the rooms above cannot represent.

    Raises:
        RobotError: A nameless body or joint, a root that is not free, a joint that is not a hinge
            at its body's origin with a range and reference zero, ranges in another unit.
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
    _check_units(path, model)


def _check_units(path: Path, model: mujoco.MjModel) -> None:
    """Refuse ranges that only make sense in the other unit of angles."""
    widths = np.ptp(model.jnt_range[1:], axis=-1)
    if len(widths) == 0:
        return
    widest, kind = int(widths.argmax()), ("radian", "degree")
    if widths[widest] > _MOST_TURN:
        wrong, right = kind
    elif len(widths) >= _MANY_JOINTS and widths[widest] < _LEAST_TURN:
        right, wrong = kind
    else:
        return
    raise robot_problem(
        path,
        f"joint {model.joint(widest + 1).name!r}",
        f"the widest range of all joints is {widths[widest]:.4g} rad, as if angles were written in "
        f"{right}s and read in {wrong}s; say <compiler angle={right!r}/>, or correct the ranges",
    )


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
        return (
            'expected a range, found none; add range="lower upper", or in a URDF '
            'type="revolute" and <limit lower upper>'
        )
    return ""


def _assets(path: Path, spec: mujoco.MjSpec, xml: XmlFiles) -> Iterator[Path]:
    """Files of meshes, height fields and skins, where MuJoCo looks for them."""
    groups = {"mesh": spec.meshes, "hfield": spec.hfields, "skin": spec.skins}
    for kind, element in ((kind, each) for kind, group in groups.items() for each in group):
        if not element.file:
            continue
        folder = written_path(path.parent, spec.meshdir)
        file = written_path(folder, element.file)
        file = folder / file.name if spec.strippath else file
        if os.path.isfile(file):  # noqa: PTH113 - of any name
            yield file
            continue
        named_in, line = _place(xml, kind, element.file) or (path, 0)
        field = f"{kind} {cut(element.name or element.file)!r}"
        raise robot_problem(
            named_in,
            f"line {line}: {field}" if line else field,
            f"expected the file {cut(str(file), 300)}, found none; copy it there or correct the "
            f"{kind}'s file or the compiler's meshdir",
        )


def _place(xml: XmlFiles, kind: str, name: str) -> tuple[Path, int] | None:
    """File and line that name an asset.

    MuJoCo makes a path beside an included file of what it does not find beside the main one.
    """
    for (element, written), place in xml.places.items():
        beside = str(written_path(place[0].parent, written))
        if element == kind and name in (written, beside):
            return place
    return None


def _forget_changed(assets: Iterable[Path]) -> None:
    """Have MuJoCo decode anew what changed.

    It keeps what it decoded by name and whole second of change: a file written twice in a second,
    or copied with its times, would stay what it was.
    """
    now = {file: sha256_once(file) for file in assets}
    if any(_decoded.get(file, sha256) != sha256 for file, sha256 in now.items()):
        mujoco.mj_clearCache(mujoco.mj_getCache())
    _decoded.update(now)

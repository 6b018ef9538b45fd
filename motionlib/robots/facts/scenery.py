"""What a model holds that is no robot: ground, furniture, actuators, constraints, tendons."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Iterator
from pathlib import Path

import mujoco

from motionlib.robots.facts.fact import Fact, vector
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import cut, listed

_WORLD = ("", "world")


def remove_drives(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Servos are robot.yaml's, sensors the simulator's, keyframes nobody's."""
    moved = {each.plugin.name for each in spec.actuators if each.plugin.active}
    for plugin in [each for each in spec.plugins if each.name in moved]:
        spec.delete(plugin)
    groups = (
        ("actuators", spec.actuators, "robot.yaml's servos"),
        ("sensors", spec.sensors, "the simulator's"),
        ("keyframes", spec.keys, "robot.yaml's default_pose"),
        ("tuples", spec.tuples, "none"),
    )
    for kind, group, used in groups:
        if names := [element.name for element in group]:
            text = f"{len(names)}: {listed((name or '(no name)' for name in names), 4)}"
            yield Fact(name=kind, model=text, in_force=used, verdict="removed")
        for element in list(group):
            spec.delete(element)


def refuse_soft_bodies(path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Flexible bodies and bodies that a plugin moves have no place in a rigid robot.

    Raises:
        RobotError: There is one.
    """
    if soft := [flex.name for flex in spec.flexes]:
        raise robot_problem(
            path, f"flex {cut(soft[0])!r}", "a robot here is rigid; remove it from the model"
        )
    for body in spec.bodies:
        if body.plugin.active:
            raise robot_problem(
                path,
                f"body {cut(body.name)!r}",
                "a plugin acts on it, which robot.yaml cannot say; remove the plugin",
            )
    yield from ()


def remove_tendons(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Tendons pull and stop joints beside the servos: they go, and what couples them goes too."""
    for tendon in list(spec.tendons):
        stiffness, damping = tendon.stiffness[0], tendon.damping[0]
        said = [f"stiffness {stiffness:g}"] if stiffness else []
        said += [f"damping {damping:g}"] if damping else []
        said += [f"range {vector(tendon.range)}"] if any(tendon.range) else []
        yield Fact(
            name=f"tendon {cut(tendon.name) or '(no name)'}",
            model=", ".join(said) or "no force of its own",
            in_force="none",
            verdict="removed",
        )
        spec.delete(tendon)


def keep_one_root(path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Bodies and geoms of the world that are no part of the robot go.

    Raises:
        RobotError: No root body, or several that may be the robot.
    """
    removed: list[str] = []
    for geom in list(spec.worldbody.geoms):
        kind = geom.type.name.removeprefix("mjGEOM_").lower()
        used = "the simulator's ground, at height 0" if kind in ("plane", "hfield") else "none"
        yield Fact(
            name=f"world geom {cut(geom.name) or '(no name)'}",
            model=f"{kind} at {vector(geom.pos)} m",
            in_force=used,
            verdict="removed",
        )
        removed.append(geom.name)
        spec.delete(geom)
    roots = list(spec.worldbody.bodies)
    robots = [body for body in roots if _hinges(body)]
    if len(robots) != 1 and len(roots) != 1:
        found = ", ".join(body.name or "(no name)" for body in robots or roots) or "none"
        raise robot_problem(
            path, "worldbody", f"expected one root body, found {found}; keep the robot alone"
        )
    robot = (robots or roots)[0].name
    for body in [body for body in roots if len(roots) > 1 and body.name != robot]:
        yield Fact(
            name=f"world body {cut(body.name) or '(no name)'}",
            model="a mocap body" if body.mocap else "a body without hinges",
            in_force="none",
            verdict="removed",
        )
        parts = [body, *body.find_all(mujoco.mjtObj.mjOBJ_BODY)]
        removed += [part.name for part in parts]
        removed += [geom.name for part in parts for geom in part.geoms]
        _forget(spec, set(removed))
        spec.delete(body)
    yield from _settle_equalities(path, spec, {*removed, *_WORLD})
    yield from _settle_contacts(spec, set(removed))


def _hinges(body: mujoco.MjsBody) -> int:
    joints = [*body.joints, *body.find_all(mujoco.mjtObj.mjOBJ_JOINT)]
    return sum(joint.type == mujoco.mjtJoint.mjJNT_HINGE for joint in joints)


def _forget(spec: mujoco.MjSpec, gone: set[str]) -> None:
    """Delete what refers to bodies that go, before they do."""
    for skin in list(spec.skins):
        if gone & set(skin.bodyname):
            spec.delete(skin)


def _settle_equalities(path: Path, spec: mujoco.MjSpec, outside: set[str]) -> Iterator[Fact]:
    for equality in list(spec.equalities):
        kind = equality.type.name.removeprefix("mjEQ_").lower()
        first, second = cut(equality.name1), cut(equality.name2)
        used = "none"
        if not equality.active:
            said = "inactive"
        elif kind == "joint":
            factors = vector(equality.data[:5])
            said = f"follows {second}, polynomial {factors}" if second else f"held at {factors}"
            used = "a dof of its own, with robot.yaml's servo"
        elif kind == "tendon":
            said = "couples tendons"
        elif outside & {equality.name1, equality.name2}:
            said = "fastens the robot to what is no part of it"
        else:
            raise robot_problem(
                path,
                f"equality {kind}",
                f"expected none between bodies of the robot, found {first!r} and {second!r}; a "
                "closed loop has no forward kinematics here: remove it, and drive the joint behind "
                "which the loop hangs",
            )
        yield Fact(name=f"equality {kind} {first}", model=said, in_force=used, verdict="removed")
        spec.delete(equality)


def _settle_contacts(spec: mujoco.MjSpec, gone: set[str]) -> Iterator[Fact]:
    """Pairs and exclusions of the robot with itself stay; those with the world go.

    A model's author may have kept his floor in another file: a pair with a geom that is not there
    was one with the ground.
    """
    shapes = {geom.name: geom for body in spec.bodies for geom in body.geoms if geom.name}
    for pair in list(spec.pairs):
        names = (pair.geomname1, pair.geomname2)
        if set(names) <= set(shapes):
            continue
        yield _contact(f"contact pair {names[0]}, {names[1]}", "own friction and softness")
        for geom in (shapes[name] for name in names if name in shapes):
            if not (geom.contype or geom.conaffinity):  # it touched the ground by this pair alone
                geom.conaffinity = 1
        spec.delete(pair)
    for exclude in list(spec.excludes):
        names = {exclude.bodyname1, exclude.bodyname2}
        if (gone | {*_WORLD}) & names:
            other = ", ".join(sorted(names - {*_WORLD}))
            yield _contact(f"contact exclude {other}", "does not touch the world")
            spec.delete(exclude)
    for kind, group in (("pairs", spec.pairs), ("excludes", spec.excludes)):
        if count := len(list(group)):
            text = f"{count} of the robot with itself"
            yield Fact(name=f"contact {kind}", model=text, in_force=text, verdict="kept")


def _contact(name: str, said: str) -> Fact:
    used = "the ground touches every geom that touches anything"
    return Fact(name=cut(name), model=said, in_force=used, verdict="removed")

"""Forces and bounds that a model's joints, bodies and geoms bring along, beside robot.yaml's."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Iterator
from pathlib import Path

import mujoco
import numpy as np

from motionlib.robots.facts.fact import Fact, facts_by_value, joined, vector
from motionlib.robots.yaml_values import robot_problem

_LIMITED, _UNLIMITED = mujoco.mjtLimited.mjLIMITED_TRUE, mujoco.mjtLimited.mjLIMITED_FALSE
_FREE = mujoco.mjtJoint.mjJNT_FREE
_SLIDE, _HINGE = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE


def free_the_root(path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """A root without joints, or with three slides and three hinges, becomes free.

    Raises:
        RobotError: It slides in a plane.
    """
    root = next(iter(spec.worldbody.bodies))
    joints = list(root.joints)
    slides = sum(joint.type == _SLIDE for joint in joints)
    turns = sum(joint.type == _HINGE for joint in joints)
    if slides and (slides, turns) != (3, 3):
        raise robot_problem(
            path,
            f"body {root.name!r}",
            f"expected a free joint on the root, found {slides} slides and {turns} hinges; write "
            "<freejoint/> in their place",
        )
    if joints and not slides:
        return
    for joint in joints:
        spec.delete(joint)
    root.add_freejoint(name="root")
    said = "three slides and three hinges" if joints else "no joint"
    yield Fact(name=f"root {root.name}", model=said, in_force="a free joint", verdict="absorbed")


def clear_joints(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """No spring, no force range, no compensation, no drag on the free root."""
    springs, forces, helped, drags = ([] for _ in range(4))
    for joint in spec.joints:
        name = joint.name or "(no name)"
        if any(joint.stiffness) or any(joint.springdamper):
            text = f"{joint.stiffness[0]:g} N m/rad, rest {joint.springref:g}"
            springs.append((name, text if any(joint.stiffness) else "a spring by its frequency"))
        if joint.actfrclimited != _UNLIMITED and any(joint.actfrcrange):
            forces.append((name, f"{vector(joint.actfrcrange)} N m"))
        if joint.actgravcomp:
            helped.append((name, "on"))
        drag = (joint.damping[0], joint.armature, joint.frictionloss)
        if joint.type == _FREE and any(drag):
            drags.append((name, "damping {:g}, armature {:g}, frictionloss {:g}".format(*drag)))
        joint.stiffness, joint.springdamper, joint.springref = np.zeros(3), np.zeros(2), 0.0
        joint.damping, joint.armature, joint.frictionloss = np.zeros(3), 0.0, 0.0
        joint.actfrclimited, joint.actfrcrange = _UNLIMITED, np.zeros(2)
        joint.actgravcomp = False
    rest = "none: robot.yaml's servos alone"
    yield from facts_by_value("joint springs", springs, rest)
    yield from facts_by_value("joint actuatorfrcrange", forces, "robot.yaml's effort_limit")
    yield from facts_by_value("joint actuatorgravcomp", helped, "off")
    yield from facts_by_value("free joint", drags, "nothing holds the root back")


def clear_bodies(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Every body has its weight, none is led by a mocap, no geom sticks or runs like a belt."""
    bodies = list(spec.bodies)
    light = [(body.name, f"{body.gravcomp:g}") for body in bodies if body.gravcomp]
    led = [(body.name, "mocap") for body in bodies if body.mocap]
    geoms = [geom for body in bodies for geom in body.geoms]
    odd = [
        (geom.name or f"one of {geom.parent.name}", "adhesion or surfacevel")
        for geom in geoms
        if geom.adhesion or any(geom.surfacevel)
    ]
    for body in bodies:
        body.gravcomp, body.mocap = 0.0, False
    for geom in geoms:
        geom.adhesion, geom.surfacevel = 0.0, np.zeros(6)
    yield from facts_by_value("body gravcomp", light, "0: gravity acts in full")
    yield from facts_by_value("body mocap", led, "moved by physics alone")
    yield from facts_by_value("geom", odd, "none")


def settle_limits(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """A range that is written is in force, whatever `limited` and `autolimits` say."""
    loose, soft = [], []
    plain_spec = mujoco.MjSpec()  # named, as its joints end with it
    usual = plain_spec.worldbody.add_body().add_joint()
    for joint in spec.joints:
        if joint.type != _HINGE:
            continue
        if any(joint.range) and joint.limited == _UNLIMITED:
            loose.append((joint.name or "(no name)", "limited=false"))
            joint.limited = _LIMITED
        same = np.array_equal(joint.solref_limit, usual.solref_limit)
        if not (same and np.array_equal(joint.solimp_limit, usual.solimp_limit)) or joint.margin:
            soft.append((joint.name or "(no name)", "solreflimit, solimplimit or margin"))
    yield from facts_by_value("joint range", loose, "the range is a limit", "absorbed")
    yield from facts_by_value("limit softness", soft, "as the model says", "kept")


def note_shapes(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Masses from shapes, and contacts of their own softness, are the model's to say."""
    plain_spec = mujoco.MjSpec()
    usual = plain_spec.worldbody.add_geom()
    shaped, soft = [], []
    for body in spec.bodies:
        if not body.explicitinertial and list(body.geoms):
            shaped.append(body.name)
        for geom in body.geoms:
            own = (geom.margin, geom.gap, *geom.solref, *geom.solimp)
            touches = geom.contype or geom.conaffinity
            if touches and own != (usual.margin, usual.gap, *usual.solref, *usual.solimp):
                soft.append(geom.name or f"one of {body.name}")
    if shaped:
        text = "from shapes and their density"
        yield Fact(
            name="body mass", model=text, in_force=text, verdict="kept", where=joined(shaped)
        )
    if soft:
        text = "margin, gap, solref or solimp"
        yield Fact(
            name="contact softness", model=text, in_force=text, verdict="kept", where=joined(soft)
        )

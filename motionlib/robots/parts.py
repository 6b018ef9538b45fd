"""The parts of a robot that its yaml names, compared with what its model has."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import fnmatch
from pathlib import Path

import mujoco
import numpy as np

from motionlib.errors import nearest_names
from motionlib.robot import Actuators, MarkerBody
from motionlib.robots.yaml_file import ActuatorGroup, RobotYaml
from motionlib.robots.yaml_values import check_names, robot_problem


def _bodies_by_field(text: RobotYaml) -> dict[str, tuple[str, ...]]:
    return {
        "anchor_body": (text.anchor_body,),
        "head_body": (text.head_body,),
        "tracked_bodies": text.tracked_bodies,
        "foot_bodies": text.foot_bodies,
        "hand_bodies": text.hand_bodies,
        "soles": tuple(text.soles),
        "body_aliases": tuple(text.body_aliases.values()),
    }


def named_bodies(text: RobotYaml) -> frozenset[str]:
    """Bodies of the model that a yaml names, wherever it does."""
    parents = {marker.parent for marker in text.marker_bodies}
    return frozenset(parents.union(*_bodies_by_field(text).values()))


def check_body_names(path: Path, text: RobotYaml, bodies: tuple[str, ...]) -> None:
    """Refuse a body that the model lacks, a root that is not tracked first, a foot without a sole.

    Raises:
        RobotError: Names file, field and remedy.
    """
    for field, names in _bodies_by_field(text).items():
        check_names(path, field, names, bodies, kind="body")
    if text.tracked_bodies[:1] != bodies[:1]:
        found = text.tracked_bodies[0] if text.tracked_bodies else "nothing"
        raise robot_problem(
            path,
            "tracked_bodies",
            f"expected the root {bodies[0]!r} first, because readers take "
            f"the first tracked body for the root, found {found!r}; reorder the list",
        )
    for alias in text.body_aliases:
        if alias in bodies:
            raise robot_problem(
                path,
                f"body_aliases.{alias}",
                "expected a foreign name, found one of the model's "
                "own bodies; remove the alias or rename the body",
            )
    for foot in text.foot_bodies:
        if foot not in text.soles:
            raise robot_problem(
                path,
                "soles",
                f"expected one for each of foot_bodies, found none for {foot!r}; "
                "name a box geom or give four corners",
            )


def check_coordinates(path: Path, text: RobotYaml, model: mujoco.MjModel) -> None:
    """Refuse exponential-map dofs that are not hinges x y z, three a body, in body order.

    Raises:
        RobotError: Names file, body and remedy.
    """
    if text.dof_coordinates != "exponential_map":
        return
    axes, bodies = model.jnt_axis[1:], model.jnt_bodyid[1:]
    for body in range(2, model.nbody):
        own = np.flatnonzero(bodies == body)
        if not np.array_equal(axes[own], np.eye(3)) or own[0] != 3 * (body - 2):
            raise robot_problem(
                path,
                "dof_coordinates",
                f"exponential_map expects exactly three hinges about x, y and z on every body but "
                f"the root, found {len(own)} on {model.body(body).name}; say hinges or correct "
                "the model",
            )


def default_pose_from_yaml(
    path: Path, text: RobotYaml, dofs: tuple[str, ...], limits: np.ndarray
) -> np.ndarray:
    """(D,) rad; refuses unknown joints and angles beyond the limits (D, 2).

    Raises:
        RobotError: Names file, field and remedy.
    """
    check_names(path, "default_pose", text.default_pose, dofs, kind="joint")
    pose = np.array([text.default_pose.get(name, 0.0) for name in dofs])
    for name, angle, (low, high) in zip(dofs, pose, limits, strict=True):
        if not low - 1e-6 <= angle <= high + 1e-6:
            raise robot_problem(
                path,
                f"default_pose.{name}",
                f"expected an angle within the joint's range {low:g} to {high:g} rad of "
                f"{text.model}, found {angle:g}; change the pose or the range",
            )
    return pose


def actuators_from_yaml(path: Path, text: RobotYaml, dofs: tuple[str, ...]) -> dict[str, Actuators]:
    """Profiles by name; refuses a joint with no servo or with two.

    Raises:
        RobotError: Names file, field and remedy.
    """
    if text.default_profile not in text.actuators:
        raise robot_problem(
            path,
            "default_profile",
            f"unknown profile {text.default_profile!r}; "
            f"{nearest_names(text.default_profile, text.actuators)}",
        )
    return {
        profile: _actuators(path, profile, groups, dofs)
        for profile, groups in text.actuators.items()
    }


def _actuators(
    path: Path, profile: str, groups: tuple[ActuatorGroup, ...], dofs: tuple[str, ...]
) -> Actuators:
    owner: dict[str, ActuatorGroup] = {}
    for group in groups:
        for pattern in group.joints:
            matched = fnmatch.filter(dofs, pattern)
            if not matched:
                check_names(path, f"{group.field}.joints", [pattern], dofs, kind="joint")
            for dof in matched:
                if dof in owner:
                    raise robot_problem(
                        path,
                        f"{group.field}.joints",
                        f"expected each joint once, found {dof!r} "
                        f"in {owner[dof].field} too; remove it from one",
                    )
                owner[dof] = group
    missing = [dof for dof in dofs if dof not in owner]
    if missing:
        raise robot_problem(
            path,
            f"actuators.{profile}",
            f"expected a servo for every joint, found none for "
            f"{', '.join(missing)}; add them to a group",
        )

    def column(field: str) -> np.ndarray:
        return np.array([float(getattr(owner[dof], field)) for dof in dofs])

    return Actuators(
        profile=profile,
        stiffness=column("stiffness"),
        damping=column("damping"),
        armature=column("armature"),
        frictionloss=column("frictionloss"),
        effort_limit=column("effort_limit"),
        velocity_limit=column("velocity_limit"),
        action_scale=column("action_scale"),
    )


def markers_from_yaml(
    path: Path, text: RobotYaml, bodies: tuple[str, ...]
) -> tuple[MarkerBody, ...]:
    """Marker bodies; refuses unknown parents and names that are taken.

    Raises:
        RobotError: Names file, field and remedy.
    """
    known = list(bodies)
    markers = []
    for index, marker in enumerate(text.marker_bodies):
        field = f"marker_bodies[{index}]"
        check_names(path, f"{field}.parent", [marker.parent], bodies, kind="body")
        check_names(path, f"{field}.after", [marker.after], known, kind="body")
        if marker.name in known:
            raise robot_problem(
                path,
                f"{field}.name",
                f"expected a new name, found the body {marker.name!r}; rename the marker",
            )
        known.append(marker.name)
        markers.append(
            MarkerBody(
                name=marker.name,
                parent=marker.parent,
                pos=np.array(marker.pos),
                after=marker.after,
            )
        )
    return tuple(markers)

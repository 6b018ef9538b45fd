"""The text of a `robot.yaml`: read safely, every key and type checked, no names resolved yet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from motionlib.robot import DOF_COORDINATES
from motionlib.robots.yaml_values import YamlValues, parse_yaml, robot_problem
from motionlib.showing import shown

_GROUP_KEYS = {
    "joints": True,
    "stiffness": True,
    "damping": True,
    "effort_limit": True,
    "armature": False,
    "frictionloss": False,
    "velocity_limit": False,
    "action_scale": False,
    "action_scale_ratio": False,
}
_MARKER_KEYS = {"name": True, "parent": True, "pos": True, "after": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActuatorGroup:
    """Servos of one kind."""

    field: str
    """Place of the group in the yaml, for messages."""
    joints: tuple[str, ...]
    """Names, or shell patterns such as `*_ankle`."""
    stiffness: float
    damping: float
    effort_limit: float
    armature: float = 0.0
    frictionloss: float = 0.0
    velocity_limit: float = math.inf
    action_scale: float
    """rad; from `action_scale_ratio` times effort over stiffness where the yaml gives that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerText:
    """A marker body as written."""

    name: str
    parent: str
    pos: tuple[float, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotYaml:
    """A `robot.yaml` with every value typed; fields with a default may be left out."""

    name: str
    model: str
    """MJCF file, relative to the yaml."""
    anchor_body: str
    head_body: str
    tracked_bodies: tuple[str, ...]
    foot_bodies: tuple[str, ...]
    soles: Mapping[str, str | np.ndarray]
    """Foot body to the name of a box geom, or to (4, 3) m corners in the foot's frame."""
    foot_friction: float
    default_pose: Mapping[str, float]
    """Joint to rad; joints left out are zero."""
    default_profile: str
    actuators: Mapping[str, tuple[ActuatorGroup, ...]]
    hand_bodies: tuple[str, ...] = ()
    body_aliases: Mapping[str, str]
    """Foreign body name to ours."""
    default_root_height: float | None = None
    """m; computed from the soles when left out."""
    standing_height: float | None = None
    """m; computed from the geoms when left out."""
    soft_limit_factor: float = 0.9
    marker_bodies: tuple[MarkerText, ...] = ()
    polynomial_dof_names: tuple[str, ...] = ()
    dof_coordinates: str = "hinges"
    rest_root_pos: tuple[float, ...] = (0.0, 0.0, 0.0)
    lowest_body_height: float = 0.0


_OPTIONAL = {
    "hand_bodies",
    "body_aliases",
    "default_root_height",
    "standing_height",
    "soft_limit_factor",
    "marker_bodies",
    "polynomial_dof_names",
    "dof_coordinates",
    "rest_root_pos",
    "lowest_body_height",
}


def read_robot_yaml(path: Path) -> RobotYaml:
    """Read a `robot.yaml`.

    Args:
        path: The file.

    Returns:
        Its values, typed; names are not yet compared with the model.

    Raises:
        RobotError: Missing or unreadable file, bad YAML, an unknown, missing or repeated key, a
            value of the wrong type.
    """
    raw = parse_yaml(path)
    read = YamlValues(path)
    known = {f.name: f.name not in _OPTIONAL for f in fields(RobotYaml)}
    raw = read.keys(raw, "", known)
    optional_height = {
        key: read.number(raw[key], key, low=0.0)
        for key in ("default_root_height", "standing_height")
        if key in raw
    }
    return RobotYaml(
        name=read.text(raw["name"], "name"),
        model=read.text(raw["model"], "model"),
        anchor_body=read.text(raw["anchor_body"], "anchor_body"),
        head_body=read.text(raw["head_body"], "head_body"),
        tracked_bodies=read.names(raw["tracked_bodies"], "tracked_bodies"),
        foot_bodies=read.names(raw["foot_bodies"], "foot_bodies"),
        soles=_soles(read, raw["soles"]),
        foot_friction=read.number(raw["foot_friction"], "foot_friction", low=0.0),
        default_pose={
            joint: read.number(angle, f"default_pose.{joint}")
            for joint, angle in read.mapping(raw["default_pose"], "default_pose").items()
        },
        default_profile=read.text(raw["default_profile"], "default_profile"),
        actuators=_profiles(read, raw["actuators"]),
        hand_bodies=read.names(raw.get("hand_bodies", []), "hand_bodies"),
        body_aliases={
            alias: read.text(name, f"body_aliases.{alias}")
            for alias, name in read.mapping(raw.get("body_aliases", {}), "body_aliases").items()
        },
        soft_limit_factor=read.number(
            raw.get("soft_limit_factor", 0.9), "soft_limit_factor", low=0.0
        ),
        marker_bodies=_markers(read, raw.get("marker_bodies", [])),
        polynomial_dof_names=read.names(
            raw.get("polynomial_dof_names", []), "polynomial_dof_names"
        ),
        dof_coordinates=read.choice(
            raw.get("dof_coordinates", "hinges"), "dof_coordinates", DOF_COORDINATES
        ),
        rest_root_pos=read.numbers(raw.get("rest_root_pos", [0.0, 0.0, 0.0]), "rest_root_pos", 3),
        lowest_body_height=read.number(
            raw.get("lowest_body_height", 0.0), "lowest_body_height", low=0.0
        ),
        **optional_height,
    )


def moved_yaml(text: RobotYaml, shifts: Mapping[str, np.ndarray]) -> RobotYaml:
    """The yaml with its points in the frames of bodies whose origin was moved.

    Args:
        text: As written, for the frames of the model's text.
        shifts: Body to (3,) m: where its origin is now, in its former frame.
    """
    if not shifts:
        return text
    soles = {
        foot: sole if isinstance(sole, str) else sole - shifts.get(foot, np.zeros(3))
        for foot, sole in text.soles.items()
    }
    markers = tuple(
        replace(marker, pos=tuple(np.array(marker.pos) - shifts.get(marker.parent, np.zeros(3))))
        for marker in text.marker_bodies
    )
    return replace(text, soles=soles, marker_bodies=markers)


def _soles(read: YamlValues, value: object) -> dict[str, str | np.ndarray]:
    soles: dict[str, str | np.ndarray] = {}
    for foot, sole in read.mapping(value, "soles").items():
        field = f"soles.{foot}"
        if isinstance(sole, str):
            soles[foot] = read.text(sole, field)
            continue
        rows = read.sequence(sole, field)
        if len(rows) != 4:
            raise robot_problem(
                read.path, field, f"expected a box geom's name or four corners, found {shown(sole)}"
            )
        soles[foot] = np.array([read.numbers(row, field, 3) for row in rows])
    return soles


def _profiles(read: YamlValues, value: object) -> dict[str, tuple[ActuatorGroup, ...]]:
    profiles = read.mapping(value, "actuators")
    return {
        profile: tuple(
            _group(read, group, f"actuators.{profile}[{index}]")
            for index, group in enumerate(read.sequence(groups, f"actuators.{profile}"))
        )
        for profile, groups in profiles.items()
    }


def _group(read: YamlValues, value: object, field: str) -> ActuatorGroup:
    raw = read.keys(value, field, _GROUP_KEYS)
    numbers = {
        key: read.number(raw[key], f"{field}.{key}", low=0.0, infinite=key == "velocity_limit")
        for key in raw
        if key not in {"joints", "action_scale", "action_scale_ratio"}
    }
    if ("action_scale" in raw) == ("action_scale_ratio" in raw):
        raise robot_problem(
            read.path,
            field,
            "expected exactly one of action_scale (rad) and action_scale_ratio (times effort_limit "
            "/ stiffness); add or remove one",
        )
    if numbers["stiffness"] <= 0.0 or numbers["effort_limit"] <= 0.0:
        raise robot_problem(
            read.path,
            field,
            "expected stiffness and effort_limit above 0, found "
            f"{numbers['stiffness']:g} and {numbers['effort_limit']:g}; correct them",
        )
    if "action_scale" in raw:
        scale = read.number(raw["action_scale"], f"{field}.action_scale", low=0.0)
    else:
        ratio = read.number(raw["action_scale_ratio"], f"{field}.action_scale_ratio", low=0.0)
        scale = ratio * numbers["effort_limit"] / numbers["stiffness"]
    joints = read.names(raw["joints"], f"{field}.joints")
    return ActuatorGroup(field=field, joints=joints, action_scale=scale, **numbers)


def _markers(read: YamlValues, value: object) -> tuple[MarkerText, ...]:
    markers = []
    for index, item in enumerate(read.sequence(value, "marker_bodies")):
        field = f"marker_bodies[{index}]"
        raw = read.keys(item, field, _MARKER_KEYS)
        names = {key: read.text(raw[key], f"{field}.{key}") for key in ("name", "parent", "after")}
        markers.append(MarkerText(pos=read.numbers(raw["pos"], f"{field}.pos", 3), **names))
    return tuple(markers)

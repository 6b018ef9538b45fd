"""Joint-name maps: which joint of a foreign skeleton drives which body of the SMPL robot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from motionlib.errors import MotionError, nearest_names
from motionlib.files import data_folder
from motionlib.human.skeleton.joint_names import JointNames
from motionlib.robots.yaml_values import YamlValues, parse_yaml, robot_problem
from motionlib.showing import shown

REQUIRED_BODIES = (
    *("Pelvis", "Chest", "Head"),
    *(f"{side}_{part}" for side in "LR" for part in ("Hip", "Knee", "Ankle")),
    *(f"{side}_{part}" for side in "LR" for part in ("Shoulder", "Elbow", "Wrist")),
)
"""Bodies that every map must drive."""
OPTIONAL_BODIES = (
    *("Torso", "Spine", "Neck"),
    *(f"{side}_{part}" for side in "LR" for part in ("Toe", "Thorax", "Hand")),
)
"""Bodies that stay at rest on their parent where the skeleton has no joint for them."""
AXES = tuple(sign + axis for axis in "xyz" for sign in ("", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonMap:
    """One family of skeletons; immutable."""

    name: str
    joints: Mapping[str, str]
    """SMPL body to the joint whose rotation drives it."""
    other_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """SMPL body to further names that its joint has in some files of the family."""
    rest_pose: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    """Joint to (axis, degrees) rotations about its own axes, in order: they bring the zero pose
    into a T- or A-pose. Not applied where the zero pose stands already."""
    feet: Literal["flat", "with_legs"] = "flat"
    """Whether feet stand flat in the rest pose even where its legs are spread, or lean with them
    and become flat once the legs are straightened."""
    world_up: str = ""
    """Axis of the file's world that points up, such as `y` or `-z`; found out where empty."""


def load_skeleton_map(path: Path) -> SkeletonMap:
    """Read one map.

    Raises:
        MotionError: No such file, bad YAML, an unknown key, body or axis.
    """
    path = Path(path)
    if not path.exists():
        raise MotionError(
            f"{path}: no such file; expected a joint-name map; examples lie in {_folder()}"
        )
    read = YamlValues(path)
    keys = {"joints": True, "rest_pose": False, "feet": False, "world_up": False}
    raw = read.keys(parse_yaml(path), "", keys)
    feet = read.choice(raw.get("feet", "flat"), "feet", ("flat", "with_legs"))
    joints = {
        body: _names(read, names, f"joints.{body}")
        for body, names in read.mapping(raw["joints"], "joints").items()
    }
    known = (*REQUIRED_BODIES, *OPTIONAL_BODIES)
    for body in joints:
        if body not in known:
            raise robot_problem(
                path, "joints", f"unknown body {shown(body)}; {nearest_names(body, known)}"
            )
    missing = [body for body in REQUIRED_BODIES if body not in joints]
    if missing:
        raise robot_problem(path, "joints", f"no joint for {', '.join(missing)}; add them")
    return SkeletonMap(
        name=path.stem,
        joints={body: names[0] for body, names in joints.items()},
        other_names={body: names[1:] for body, names in joints.items() if names[1:]},
        rest_pose={
            joint: _rotations(read, value, f"rest_pose.{joint}")
            for joint, value in read.mapping(raw.get("rest_pose", {}), "rest_pose").items()
        },
        feet="with_legs" if feet == "with_legs" else "flat",
        world_up=read.choice(raw["world_up"], "world_up", AXES) if "world_up" in raw else "",
    )


def skeleton_maps() -> list[SkeletonMap]:
    """The maps that come with the workbench, by name."""
    return [load_skeleton_map(path) for path in sorted(_folder().glob("*.yaml"))]


def fitting_map(path: Path, names: Sequence[str], asked: SkeletonMap | None) -> SkeletonMap:
    """The map for a skeleton: the one asked for, else the one that knows most of its joints.

    Args:
        path: File that the skeleton is from, for messages.
        names: Its joints.
        asked: Use this one.

    Raises:
        MotionError: A required joint is missing; names it, the nearest map and the remedy.
    """
    known = JointNames(names)
    choices = [asked] if asked else skeleton_maps()
    best = min(choices, key=lambda choice: _distance(choice, known))
    missing = _missing(best, known)
    if missing:
        lacking = ", ".join(f"{best.joints[body]} ({body})" for body in missing)
        near = nearest_names(best.joints[missing[0]], list(known.bare))
        what = "the one asked for" if asked else "the nearest"
        raise MotionError(
            f"{path}: none of the joint-name maps fits its {len(names)} joints: {what}, "
            f"{best.name!r}, expects {lacking}, not found ({near}); it shares "
            f"{len(_found(best, known))} of its {len(best.joints)} joints with the file; write a map "
            f"such as {_folder() / 'cmu.yaml'} (body: joint) and pass it with --joint-map"
        )
    turns = {known.find(joint): turn for joint, turn in best.rest_pose.items()}
    return SkeletonMap(
        name=best.name,
        joints=_found(best, known),
        rest_pose={joint: turn for joint, turn in turns.items() if joint is not None},
        feet=best.feet,
        world_up=best.world_up,
    )


def _distance(choice: SkeletonMap, known: JointNames) -> tuple[bool, int, bool, int, str]:
    """How far a map is from fitting: whole ones first, then by how many joints are shared.

    Of maps that share as many the one wins that knows nothing but names, then the one that
    drives the fewest bodies beside those.
    """
    found = _found(choice, known)
    return (
        bool(_missing(choice, known)),
        -len(found),
        bool(choice.rest_pose or choice.world_up),
        len(choice.joints) - len(found),
        choice.name,
    )


def _missing(choice: SkeletonMap, known: JointNames) -> list[str]:
    found = _found(choice, known)
    return [body for body in REQUIRED_BODIES if body not in found]


def _found(choice: SkeletonMap, known: JointNames) -> dict[str, str]:
    """Body to the file's own name of its joint, for the bodies that have one."""
    found = {}
    for body, joint in choice.joints.items():
        names = (joint, *choice.other_names.get(body, ()))
        own = next((name for name in map(known.find, names) if name is not None), None)
        if own is not None:
            found[body] = own
    return found


def _names(read: YamlValues, value: object, place: str) -> tuple[str, ...]:
    """One name, or a list of at least one."""
    names = read.names(value, place) if isinstance(value, list) else (read.text(value, place),)
    if not names:
        raise robot_problem(read.path, place, "expected a joint's name, found an empty list")
    return names


def _rotations(read: YamlValues, value: object, place: str) -> tuple[tuple[str, float], ...]:
    turns = read.mapping(value, place)
    return tuple(
        (read.choice(axis, place, "xyz"), read.number(angle, f"{place}.{axis}"))
        for axis, angle in turns.items()
    )


def _folder() -> Path:
    return data_folder() / "yaml_files" / "bvh"

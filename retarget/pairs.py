"""Which point of a human is which point of a robot: the yaml of a pair, read strictly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from motionlib.errors import RobotError, nearest_names
from motionlib.robot import Robot
from motionlib.robot_yaml_values import YamlValues, parse_yaml
from retarget.pair_checks import check_target

PAIRS = Path(__file__).resolve().parent / "pairs"

_KEYS = {
    "source": True,
    "target": True,
    "keypoints": True,
    "matching_pose": False,
    "scales": False,
    "rest_weights": False,
    "limit_margin": False,
    "self_collision": False,
    "speed_limit": False,
}
_KEYPOINT_KEYS = {
    "source": True,
    "body": True,
    "offset": False,
    "after": False,
    "scale": False,
    "position": False,
    "orientation": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keypoint:
    """One point that robot and human share."""

    name: str
    source: str
    """Body of the source whose rotation this keypoint has."""
    body: str
    """Body of the robot."""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """m, robot body frame."""
    after: str = ""
    """Keypoint from which it hangs, empty for the root."""
    scale: str = ""
    """Key of `scales` for the limb from `after` to it; empty for one."""
    position: float = 0.0
    """Weight of its position; 0 leaves it out."""
    orientation: float = 0.0
    """Weight of its orientation; 0 leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How one source drives one robot."""

    source: str
    target: str
    keypoints: tuple[Keypoint, ...]
    matching_pose: Mapping[str, float] = field(default_factory=dict)
    """Robot joint to rad where the robot stands as the source does with all joints at zero."""
    scales: Mapping[str, float] = field(default_factory=dict)
    """Limb to a factor on the robot's own limb length; `height` on the root's travel."""
    rest_weights: Mapping[str, float] = field(default_factory=dict)
    """Joint pattern to weight of the rest pose."""
    limit_margin: float = 0.0
    """rad kept from every joint limit."""
    self_collision: tuple[tuple[str, str], ...] = ()
    """Pairs of robot bodies kept apart; empty takes all that can meet."""
    speed_limit: float = 1.0
    """Share of each motor's speed that a joint may use."""


def load_pair(source: str, target: Robot, path: Path | None = None) -> Pair:
    """The pair of a source skeleton and a robot.

    Raises:
        RobotError: No such pair, unknown keys, bodies or joints; offers the nearest.
    """
    path = path or _shipped(source, target)
    if not path.is_file():
        known = [file.stem for file in PAIRS.glob("*.yaml")]
        raise RobotError(
            f"{path}: no such pair; {nearest_names(path.stem, known)}; "
            f"`motion retarget init --robot {target.name} --source {source}` proposes one"
        )
    read = YamlValues(path)
    raw = read.keys(parse_yaml(path), "", _KEYS)
    keypoints = tuple(
        _keypoint(read, name, value)
        for name, value in read.mapping(raw["keypoints"], "keypoints").items()
    )
    numbers = {
        key: {
            name: read.number(value, f"{key}.{name}")
            for name, value in read.mapping(raw.get(key, {}), key).items()
        }
        for key in ("matching_pose", "scales", "rest_weights")
    }
    pairs = [
        read.names(item, f"self_collision[{i}]")
        for i, item in enumerate(read.sequence(raw.get("self_collision", []), "self_collision"))
    ]
    pair = Pair(
        source=read.text(raw["source"], "source"),
        target=read.text(raw["target"], "target"),
        keypoints=keypoints,
        limit_margin=read.number(raw.get("limit_margin", 0.0), "limit_margin", low=0.0),
        speed_limit=read.number(raw.get("speed_limit", 1.0), "speed_limit", low=0.0),
        self_collision=tuple((pair[0], pair[1]) for pair in pairs),
        **numbers,
    )
    check_target(str(path), pair, target)
    return pair


def _shipped(source: str, target: Robot) -> Path:
    """The pair of a source; those of SMPL serve SMPL-X and bodies built from a model of either."""
    family = ["smplx", "smpl"] if source.startswith("smplx") else ["smpl"]
    names = [source, *(family if source.startswith("smpl") else [])]
    paths = [PAIRS / f"{name}_to_{target.name}.yaml" for name in names]
    return next((path for path in paths if path.is_file()), paths[0])


def _keypoint(read: YamlValues, name: str, value: object) -> Keypoint:
    where = f"keypoints.{name}"
    raw = read.keys(value, where, _KEYPOINT_KEYS)
    offset = read.numbers(raw.get("offset", [0.0, 0.0, 0.0]), f"{where}.offset", 3)
    weights = {
        key: read.number(raw.get(key, 0.0), f"{where}.{key}", low=0.0)
        for key in ("position", "orientation")
    }
    return Keypoint(
        name=name,
        source=read.text(raw["source"], f"{where}.source"),
        body=read.text(raw["body"], f"{where}.body"),
        offset=(offset[0], offset[1], offset[2]),
        after=str(raw.get("after", "")),
        scale=str(raw.get("scale", "")),
        **weights,
    )

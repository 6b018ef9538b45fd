"""The yaml of a pair, read strictly and held against its robot."""

from pathlib import Path

from motionlib.errors import RobotError, nearest_names
from motionlib.robot import Robot
from motionlib.robots.yaml_values import YamlValues, parse_yaml
from retarget.pairs.checks import check_target
from retarget.pairs.pair import Keypoint, Pair

PAIRS = Path(__file__).resolve().parent

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
    "doubts": False,
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


def load_pair(source: str, target: Robot, path: Path | None = None) -> Pair:
    """The pair of a source skeleton and a robot.

    Raises:
        RobotError: No such pair, unknown keys, bodies or joints; offers the nearest.
    """
    path = path or _shipped(source, target)
    if not path.is_file():
        known = [file.stem for file in PAIRS.glob("*.yaml")]
        remedy = (
            f"`motion retarget init --robot {target.name} --source {source}` proposes one"
            if source.startswith("smpl")
            else f"write one after {PAIRS.name}/g1_to_g1.yaml and pass it as --pair: only those of "
            "SMPL's skeletons are proposed"
        )
        raise RobotError(f"{path}: no such pair; {nearest_names(path.stem, known)}; {remedy}")
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
        doubts=tuple(read.names(raw.get("doubts", []), "doubts")),
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

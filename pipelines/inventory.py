"""What there is, a row each: recipes, robots, artifacts and policies."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from assets.recipes.paths import robot_key
from motionlib.errors import MotionError
from motionlib.files import motion_home
from motionlib.showing import counted
from pipelines.recipe import AnyRecipe, HumanRecipe, recipes

if TYPE_CHECKING:
    from motionlib.registry.manifest import ArtifactFacts
    from training.checkpoint import CheckpointFacts

Row: TypeAlias = Mapping[str, str]
"""Column to text, for people: numbers are rounded and have their units."""
_KINDS = {"polynomial": "walking references", "amass": "AMASS", "bvh": "BVH"}


def recipe_rows() -> list[Row]:
    """Every recipe, and those that cannot be read with the reason; loads no torch."""
    good, broken = recipes()
    rows: list[Row] = [
        {
            "name": recipe.name,
            "kind": _KINDS[recipe.source.kind],
            "robots": " → ".join(filter(None, [recipe.robot, ", ".join(_targets(recipe))])),
            "trains": ", ".join(_trainings(recipe)),
            "description": recipe.description,
        }
        for recipe in good
    ]
    for entry in broken:
        what = {"name": entry.file.stem, "kind": "broken", "robots": "", "trains": ""}
        rows.append({**what, "description": entry.reason})
    return rows


def robot_rows() -> list[Row]:
    """Every robot that comes with the workbench, and those that recipes bring."""
    from motionlib.robots.files import load_robot, robot_names
    from motionlib.robots.model import robot_model

    trained = _trained_by()
    rows: list[Row] = []
    for name in dict.fromkeys([*robot_names(), *trained]):
        by = ", ".join(trained.get(name, ()))
        try:
            robot = load_robot(name)
        except MotionError as error:
            rows.append({"name": name, "dofs": "", "bodies": "", "mass": "", "trained by": by,
                         "file": str(error)})  # fmt: skip
            continue
        rows.append(
            {
                "name": robot_key(name),
                "dofs": str(robot.num_dofs),
                "bodies": str(robot.num_bodies),
                "mass": f"{robot_model(robot).body_mass.sum():.3g} kg",
                "trained by": by,
                "file": "" if name in robot_names() else name,
            }
        )
    return rows


def artifact_rows() -> list[Row]:
    """Every artifact of the local registry, with its newest version."""
    from motionlib.registry import open_registry

    registry = open_registry("local")
    rows: list[Row] = []
    for name in registry.collections():
        versions = registry.versions(name)
        newest = versions[-1]
        aliases = [
            f"{alias} (v{version.manifest.version})"
            for version in versions
            for alias in version.aliases
        ]
        rows.append(
            {
                "name": name,
                "versions": str(len(versions)),
                "aliases": ", ".join(aliases),
                "newest": when(newest.path),
                "robot": newest.manifest.facts.robot,
                "motions": str(motions_in(newest.manifest.facts)),
            }
        )
    return rows


def policy_rows() -> list[Row]:
    """Every training run in the results, by its newest state."""
    from motionlib.home import check_home

    check_home()
    files = sorted((motion_home() / "results").glob("*/last.ckpt"))
    return [_policy_row(file) for file in files]


def motions_in(facts: "ArtifactFacts") -> int:
    """Motions of an artifact: its names, or of libraries the clips that were counted by split."""
    counted_clips = facts.extra.get("clips")
    clips = counted_clips.values() if isinstance(counted_clips, Mapping) else ()
    return len(facts.motion_names) or sum(each for each in clips if isinstance(each, int))


def duration(seconds: float) -> str:
    """`43 s`, `7.2 min`, `1.5 h`."""
    for scale, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def when(path: Path) -> str:
    """When a file or folder was made, in local time."""
    return datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")


def scaled(number: int) -> str:
    """`900`, `12 k`, `5 M`: three digits, with a prefix from ten thousand on."""
    for scale, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= max(scale, 1e4):
            return f"{number / scale:.3g} {prefix}"
    return str(number)


def _targets(recipe: AnyRecipe) -> Sequence[str]:
    section = recipe.retarget if isinstance(recipe, HumanRecipe) else None
    return section.robots if section else ()


def _trainings(recipe: AnyRecipe) -> Iterator[str]:
    for training in recipe.training:
        name = training.name or Path(training.experiment).stem
        yield f"{name}, {scaled(training.max_steps)} steps"


def _trained_by() -> dict[str, list[str]]:
    """Robot, by name or path, to the recipes that train it."""
    trained: dict[str, list[str]] = {}
    for recipe in recipes()[0]:
        section = recipe.retarget if isinstance(recipe, HumanRecipe) else None
        robots = []
        for training in recipe.training:
            if section and not training.humanoid:
                robots += [section.reference(recipe.file, key) for key in section.robot_keys()]
            else:
                robots.append(recipe.robot_reference())
        for robot in dict.fromkeys(robots):
            trained.setdefault(robot, []).append(recipe.name)
    return trained


def _policy_row(file: Path) -> Row:
    from training.checkpoint import load_checkpoint
    from training.values import ConfigError

    row = {"run": file.parent.name, "robot": "", "motions": "", "steps": "", "score": "",
           "trained": when(file)}  # fmt: skip
    try:
        facts = load_checkpoint(file).facts
        state = _state(file, facts)
    except (MotionError, ConfigError, OSError) as error:
        return {**row, "state": f"cannot be read: {error}"}
    reference = facts.motions_reference
    motions = Path(reference).name if Path(reference).is_absolute() else reference
    return {
        **row,
        "robot": facts.robot_name,
        "motions": f"{counted(facts.num_motions, 'motion')} of {motions}" if motions else "none",
        "steps": scaled(facts.step_count),
        "score": "" if facts.score is None else f"{facts.score:.2f}",
        "state": state,
    }


def _state(file: Path, facts: "CheckpointFacts") -> str:
    """Whether the code of today would learn the same, as far as it was noted."""
    from training.checkpoint import UNNOTED
    from training.learning_code import learning_code
    from training.runs import RunFolder

    copy = RunFolder(path=file.parent).experiment_copy
    codes = facts.learning_codes
    if not codes or UNNOTED in codes:
        return "unknown: nobody noted by which code it was trained"
    now = learning_code(copy if copy.is_file() else None, facts.experiment())
    return "current" if codes == (now,) else "outdated: the code that learns has another meaning"

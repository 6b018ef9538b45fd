"""First drafts of recipes: a source and a robot in, the text of a recipe that runs out."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import yaml

from motionlib.corpus.identity import dataset_of
from motionlib.corpus.row import SPLITS
from motionlib.corpus.splits import subset_split
from motionlib.errors import MotionError

Kind: TypeAlias = Literal["polynomial", "amass", "bvh"]
SCHEMA_FILE = "motion-recipe.schema.json"
"""Beside the recipe: its first line tells editors so."""
_EXPERIMENTS = Path(__file__).resolve().parents[1] / "training" / "experiments" / "mimic"
_SUFFIXES: tuple[tuple[Kind, str], ...] = (("amass", ".npz"), ("bvh", ".bvh"))
_LOOKED_AT = 50
"""Files of a folder that are opened to find a recording among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a recipe begins with."""

    kind: Kind
    path: Path
    splits: tuple[str, ...] = ()
    """Those that the recordings of a folder fall into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a recipe shall say."""

    name: str
    folder: Path
    """In which it will lie: paths below it are written relative to it."""
    robot: str
    """A name, or the absolute path of a robot.yaml."""
    is_humanoid: bool
    """Whether recordings of humans are put on that robot without retargeting."""
    source: Source
    pair: str = ""
    """File of the pair of a robot that the workbench has none for; relative to the folder."""


def find_source(path: Path, *, kind: Kind | None = None) -> Source:
    """What a path holds that a recipe can begin with.

    Args:
        path: A pickle of walking references, or a folder of AMASS or of BVH.
        kind: Which recordings of a folder that holds both.

    Raises:
        MotionError: Nothing there that a recipe reads; says what was found and what does read it.
    """
    path = path.expanduser().resolve()
    if "$" in str(path):
        raise MotionError(
            f"{path}: a $ in a recipe's path stands for a variable; rename the folder"
        )
    if path.is_file():
        if path.suffix.lower() != ".pkl":
            raise MotionError(
                f"{path}: expected a pickle of walking references or a folder of recordings, found "
                f"a {path.suffix or 'file'}; for one recording name its folder"
            )
        return Source(kind="polynomial", path=path)
    if not path.is_dir():
        raise MotionError(f"{path}: no such file or folder")
    files: dict[Kind, list[Path]] = {
        name: _files(path, suffix) for name, suffix in _SUFFIXES if kind in (None, name)
    }
    found: list[Kind] = [name for name, those in files.items() if those]
    if len(found) > 1:
        raise MotionError(f"{path}: holds .npz and .bvh; say which with --kind amass or --kind bvh")
    if not found:
        raise MotionError(f"{path}: holds no recordings of humans, AMASS's .npz or .bvh")
    if found == ["amass"]:
        _check_humans(path, files["amass"])
    fallen = {
        subset_split(dataset_of(file.relative_to(path).as_posix())) for file in files[found[0]]
    }
    splits = tuple(split for split in SPLITS if split in fallen)
    return Source(kind=found[0], path=path, splits=splits)


def draft_text(draft: Draft) -> str:
    """The text of a recipe; which keys there are more, its schema says."""
    lines = _walking(draft) if draft.source.kind == "polynomial" else _human(draft)
    return "\n".join((f"# yaml-language-server: $schema=./{SCHEMA_FILE}", *lines)) + "\n"


def _walking(draft: Draft) -> Iterator[str]:
    yield f"name: {_scalar(draft.name)}"
    yield f"description: {_scalar(f'Walking references of {draft.source.path.name}.')}"
    yield f"robot: {_robot(draft)} # a name of `motion list robots`, or a path"
    yield from _source(draft)
    yield from ("sampling:", "  fps: 50 # the control rate of the experiment")
    yield "  min_seconds: 10.0 # whole cycles are added until a clip is this long"
    yield "max_rejected: 0 # motions that the gates may reject before the graph stops"
    yield "selection:"
    yield "  strategy: edges # the extreme commands alone; all takes every accepted motion"
    yield from ("artifact:", f"  name: {_artifact(draft)}")
    yield from _training(draft, max_steps="5_000_000", num_envs=512)


def _human(draft: Draft) -> Iterator[str]:
    humanoid = _robot(draft) if draft.is_humanoid else "smpl"
    yield f"name: {_scalar(draft.name)}"
    yield f"description: {_scalar(f'Recordings of {draft.source.path.name}.')}"
    yield f"robot: {humanoid} # what the recordings are put on first"
    yield from _source(draft)
    yield from ("human:", "  fps: 30")
    yield "max_rejected_share: 0.5 # of the hours, before the graph stops"
    yield from ("libraries:", f"  splits: [{', '.join(draft.source.splits)}]")
    yield from ("artifact:", f"  name: {_artifact(draft, '' if draft.is_humanoid else '-smpl')}")
    if not draft.is_humanoid:
        yield from ("retarget:", "  robots:", f"    - {_robot(draft)}")
        yield from ("  artifact:", f"    name: {_artifact(draft, '-{robot}')}")
        if draft.pair:
            yield from ("  settings:", f"    pair: {_scalar(draft.pair)} # proposed; read it")
        yield "  max_rejected_share: 0.5 # of the hours that came this far"
    yield from _training(draft, max_steps="600_000", num_envs=128)


def _source(draft: Draft) -> Iterator[str]:
    yield "source:"
    yield f"  kind: {draft.source.kind}"
    yield f"  path: {_scalar(_told(draft.source.path, draft.folder))}"


def _training(draft: Draft, *, max_steps: str, num_envs: int) -> Iterator[str]:
    """A training by the robot's own experiment; where it has none, what one would look like."""
    own = _EXPERIMENTS / f"{draft.robot}.py"
    lines = (
        "training:",
        f"  experiment: {_scalar(str(own if own.is_file() else _EXPERIMENTS / 'mlp.py'))}",
        f"  max_steps: {max_steps}",
        f"  num_envs: {num_envs}",
    )
    if own.is_file():
        yield from lines
    else:
        yield "# a policy on the result, by an experiment for any robot, which takes hours:"
        yield from (f"# {line}" for line in lines)


def _robot(draft: Draft) -> str:
    path = Path(draft.robot)
    told = _told(path, draft.folder) if path.is_absolute() else draft.robot
    # without a folder it would be a name
    return _scalar(told if "/" in told or not path.is_absolute() else draft.robot)


def _artifact(draft: Draft, ending: str = "") -> str:
    return _scalar(draft.name.replace("_", "-") + ending)


def _told(path: Path, folder: Path) -> str:
    """A path below the recipe's folder relative to it, so that both move together."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _scalar(text: str) -> str:
    """A text as YAML writes it on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=math.inf).split("\n")[0]


def _files(folder: Path, suffix: str) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() == suffix)


def _check_humans(folder: Path, files: Sequence[Path]) -> None:
    """Refuse a folder of other arrays than AMASS's.

    Raises:
        MotionError: None of its first files is a recording.
    """
    from motionlib.containers.array_zip import array_headers
    from motionlib.formats.npz_kinds import npz_kind

    kind = ""
    for file in files[:_LOOKED_AT]:
        try:
            found = npz_kind(set(array_headers(file)))
        except MotionError:
            continue
        if found.is_human:
            return
        kind = kind or found.name
    raise MotionError(
        f"{folder}: expected AMASS's recordings of humans, found {kind or 'other .npz'}; robots' own "
        "motions are read by `motion import`, packed by `motion pack` and trained on by `motion train`"
    )

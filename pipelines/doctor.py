"""What is installed, what is missing, and what each missing thing would give."""

import ctypes.util
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from motionlib.errors import MotionError
from motionlib.files import motion_home
from motionlib.home import check_home

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = "motion-workbench"
_PYTHONS = ((3, 11), (3, 13))
"""Oldest and newest version that the workbench is run with."""
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?(?:==(?P<pin>[^;,\s]+))?")
_SHOWN = ("torch", "mujoco", "dagster", "numpy")
"""Needed packages whose versions are told; of the others only that they are there."""
_LITTLE_BYTES = 2e9
"""Free bytes below which a training and its caches may not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked for."""

    area: str
    name: str
    found: str
    """Version, path or value; what is wrong where something is."""
    advice: str = ""
    """What a missing thing would give, and how to get it."""
    needed: bool = False
    """Whether the workbench does not work as it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extra:
    """A package that is not needed."""

    module: str
    gives: str
    install: str


_EXTRAS = (
    _Extra(
        module="wandb",
        gives="registry and learning curves on a wandb server (--registry wandb, --use-wandb)",
        install="pip install -e '.[wandb]'",
    ),
    _Extra(
        module="mink",
        gives="retargeting frame by frame, the baseline (--method mink)",
        install="pip install -e '.[mink]'",
    ),
    _Extra(
        module="pyroki",
        gives="retargeting by PyRoki (--method pyroki)",
        install="pip install git+https://github.com/chungmin99/pyroki.git, jaxls before it",
    ),
    _Extra(
        module="mjlab",
        gives="a test that reads our .npz by mjlab's own loader",
        install="pip install -e '.[mjlab]' in an interpreter of its own",
    ),
)
VARIABLES: Mapping[str, str] = {
    "MOTION_RECIPES": "a folder of your own recipes",
    "AMASS_ROOT": "the recipes amass_smpl and amass_g1",
    "MOTION_REGISTRY": "publishing and pulling by the graph on wandb",
    "MOTION_DEBUG": "where in the code an error arose",
    "DAGSTER_HOME": "Dagster's history in another folder than MOTION_HOME/dagster",
    "MUJOCO_GL": "another way to draw: egl or osmesa",
    "MOTION_TEST_DATA": "the tests on real motion data",
}
"""Environment variables that change what the workbench does, and what each gives."""
_FOLDERS = ("MOTION_RECIPES", "AMASS_ROOT", "MOTION_TEST_DATA")


def examine() -> Sequence[Finding]:
    """Everything that was looked for, needed things first."""
    return [*_needed(), *_torch(), *_extras(), _drawing(), *_home(), *_variables()]


def requirements() -> list[str]:
    """What the workbench needs: as its checkout says, else as it was installed.

    Raises:
        MotionError: Neither is there.
    """
    project = _ROOT / "pyproject.toml"
    if project.is_file():
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    try:
        required = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise MotionError(
            f"{project}: no such file, and {_PACKAGE} is not installed; run it from a checkout"
        ) from error
    return [each for each in required if "extra ==" not in each]


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; one with several names counts once."""
    seen: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if not path.is_symlink() and path.exists():
                stat = path.stat()
                seen[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(seen.values())


def in_bytes(number: float) -> str:
    """`12 kB`, `3.4 GB`."""
    for scale, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= scale:
            return f"{number / scale:.3g} {unit}"
    return f"{number:.0f} bytes"


def _needed() -> Iterator[Finding]:
    """The interpreter and the packages without which nothing runs."""
    version = sys.version.split(maxsplit=1)[0]
    old = not _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
    yield Finding(
        area="needed", name="python", found=version, needed=old,
        advice="Python 3.11 to 3.13 is needed: make setup PYTHON=python3.12" if old else "",
    )  # fmt: skip
    others = 0
    for requirement in requirements():
        name, found, wrong = _package(requirement)
        if wrong:
            yield Finding(
                area="needed", name=name, found=found or "missing", needed=True,
                advice=f"{requirement} is needed: make setup, or pip install -c constraints.txt -e .",
            )  # fmt: skip
        elif name in _SHOWN:
            yield Finding(area="needed", name=name, found=found)
        else:
            others += 1
    yield Finding(area="needed", name="others", found=f"{others} packages, as they are needed")


def _package(requirement: str) -> tuple[str, str, bool]:
    """A required package, its installed version, and whether that is none or another one."""
    match = _REQUIREMENT.match(requirement)
    assert match is not None
    try:
        found = metadata.version(match["name"])
    except metadata.PackageNotFoundError:
        return match["name"], "", True
    wrong = bool(match["pin"]) and found.split("+")[0] != match["pin"]
    return match["name"], found, wrong


def _torch() -> Iterator[Finding]:
    """What torch computes on."""
    if util.find_spec("torch") is None:
        return
    import torch

    cores = os.cpu_count() or 1
    threads = f"{torch.get_num_threads()} threads on {cores} cores"
    yield Finding(area="compute", name="CPU", found=threads)
    devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    built = torch.version.cuda
    absent = f"no device; torch is built for CUDA {built}" if built else "torch is a CPU build"
    yield Finding(
        area="compute",
        name="CUDA",
        found=", ".join(devices) or absent,
        advice="" if devices else "gives --device cuda; the demos need none",
    )


def _extras() -> Iterator[Finding]:
    for extra in _EXTRAS:
        if util.find_spec(extra.module) is not None:
            yield Finding(area="extra", name=extra.module, found=_version(extra.module))
        else:
            advice = f"gives {extra.gives}; {extra.install}"
            yield Finding(area="extra", name=extra.module, found="missing", advice=advice)


def _version(module: str) -> str:
    try:
        return metadata.version(module)
    except metadata.PackageNotFoundError:
        return "found"


def _drawing() -> Finding:
    """Whether MuJoCo can draw without a screen."""
    found = [name for name in ("EGL", "OSMesa") if ctypes.util.find_library(name)]
    return Finding(
        area="extra",
        name="drawing",
        found=", ".join(found) or "missing",
        advice="" if found else "gives robots in the pictures of reports, sticks without; libegl1",
    )


def _home() -> Iterator[Finding]:
    home = motion_home()
    there = next(each for each in (home, *home.parents) if each.exists())
    writable = there.is_dir() and os.access(there, os.W_OK)
    free = shutil.disk_usage(there).free
    size = f"{in_bytes(size_of(home))}" if home.is_dir() else "not made yet"
    said = "" if writable else f"{there} cannot be written; set MOTION_HOME to a folder that can"
    if not said and free < _LITTLE_BYTES:
        said = "little is free; a training with its caches may not fit"
    yield Finding(
        area="home", name="MOTION_HOME", found=f"{home}, {size}, {in_bytes(free)} free",
        advice=said, needed=not writable,
    )  # fmt: skip
    try:
        check_home()
    except MotionError as error:
        yield Finding(area="home", name="version", found="newer", advice=str(error), needed=True)


def _variables() -> Iterator[Finding]:
    for name, gives in VARIABLES.items():
        value = os.environ.get(name, "")
        lost = value and name in _FOLDERS and not Path(value).expanduser().is_dir()
        advice = f"names no folder; it is for {gives}" if lost else f"for {gives}"
        yield Finding(
            area="environment", name=name, found=value or "not set", advice=advice,
            needed=bool(lost) and name == "MOTION_RECIPES",
        )  # fmt: skip

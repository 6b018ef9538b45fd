"""A wheel is complete: it is built from a copy of the sources, unpacked and used elsewhere."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("assets", "motionlib", "pipelines", "retarget", "training")
FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "NOTICE")
BESIDE = ("data", "workspace.yaml")
CACHE = "__pycache__"
ADVICE = re.compile(r"(pip install|uv add|uv pip install)[^\n]*motion-workbench")


def build(source: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    words = ["wheel", str(source), "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    return subprocess.run(
        [sys.executable, "-m", "pip", *words, "-w", str(wheels)],
        capture_output=True,
        text=True,
        check=False,
    )


def copied_sources(folder: Path) -> Path:
    for name in (*ROOMS, *FILES, *BESIDE):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(CACHE))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install .` would put beside other packages."""
    folder = tmp_path_factory.mktemp("wheel")
    done = build(copied_sources(folder / "source"), folder / "wheels")
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = (folder / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def files_under(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in found if CACHE not in path.parts}


def test_every_file_that_a_program_reads_is_in_the_wheel(unpacked: Path) -> None:
    for name in (*ROOMS, "data"):
        assert files_under(unpacked / name) == files_under(ROOT / name), name
    held = files_under(unpacked)
    for name in (
        "data/robots/microduck/robot.xml",
        "data/robots/g1/robot.yaml",
        "data/motions/microduck/reference_motions.pkl",
        "data/yaml_files/bvh/cmu.yaml",
        "pipelines/recipes/microduck_walk.yaml",
        "retarget/pairs/smpl_to_g1.yaml",
        "retarget/report/report.html.j2",
        "training/evaluation/report.html.j2",
        "training/experiments/mimic/microduck.py",
        "training/train_agent.py",
        "workspace.yaml",
    ):
        assert name in held, name
    assert not any(name.startswith("tests/") for name in held)
    (licence,) = unpacked.glob("*.dist-info/licenses")
    assert {path.name for path in licence.iterdir()} == {"LICENSE", "NOTICE"}


def test_an_installed_wheel_finds_its_robots_and_recipes(unpacked: Path, tmp_path: Path) -> None:
    program = (
        "from motionlib.robots.files import load_robot, robot_names\n"
        "import motionlib\n"
        "from pipelines.recipe import recipes\n"
        "good, broken = recipes()\n"
        "walk = next(each for each in good if each.name == 'microduck_walk')\n"
        "print(motionlib.__file__, len(good), broken, walk.source_path().is_file())\n"
        "print(load_robot('microduck').num_dofs, len(list(robot_names())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    recipes = len(list((ROOT / "pipelines" / "recipes").glob("*.yaml")))
    robots = len(list((ROOT / "data" / "robots").iterdir()))
    assert done.stdout.splitlines() == [
        f"{unpacked / 'motionlib' / '__init__.py'} {recipes} [] True",
        f"14 {robots}",
    ]


def test_sources_without_robots_are_refused_in_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy2(ROOT / name, source / name)
    for room in ROOMS:
        (source / room).mkdir()
        (source / room / "__init__.py").write_text("")
    done = build(source, tmp_path / "wheels")
    assert done.returncode != 0
    assert "no data/robots beside setup.py" in done.stderr
    assert not list(tmp_path.glob("wheels/*"))


def test_nobody_is_told_to_install_us_from_an_index() -> None:
    places = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "Makefile"]
    places += [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    told = [str(path) for path in places if ADVICE.search(path.read_text(encoding="utf-8"))]
    assert told == []

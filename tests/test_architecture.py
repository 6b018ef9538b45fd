"""The house rules that a machine can hold: arrows, light definitions, twins of tests."""

import graphlib
import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("assets", "motionlib", "pipelines", "retarget", "training")
BY_THEIR_OWN_NAME = {"tests/test_architecture.py"}
"""Tests of the whole, not of one module; these folders too."""
WHOLE = ("benchmarks/", "foreign/", "whole/", "training/simulators/contract/")


def test_imports_run_down() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_no_circle_hides_in_a_body_or_behind_a_type() -> None:
    graph = grimp.build_graph(*ROOMS, exclude_type_checking_imports=False)
    below = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    graphlib.TopologicalSorter(below).prepare()


def test_definitions_load_neither_torch_nor_mujoco() -> None:
    code = (
        "import sys, pipelines.definitions\n"
        "heavy = {'torch', 'mujoco', 'matplotlib', 'numba', 'pandas', 'scipy'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_test_has_a_twin() -> None:
    orphans = []
    for file in (ROOT / "tests").rglob("test_*.py"):
        relative = file.relative_to(ROOT / "tests")
        if relative.as_posix().startswith(WHOLE) or f"tests/{relative}" in BY_THEIR_OWN_NAME:
            continue
        twin = ROOT / relative.with_name(relative.name.removeprefix("test_"))
        package = twin.with_suffix("")
        if not twin.is_file() and not package.is_dir():
            orphans.append(str(relative))
    assert orphans == []


def test_no_module_postpones_annotations() -> None:
    banned = "from __future__ import " + "annotations"
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    assert [str(f) for f in files if banned in f.read_text(encoding="utf-8")] == []


def test_the_makefile_has_its_six_targets() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(".PHONY:"))
    assert line.split()[1:] == ["setup", "demo", "ui", "test", "check", "bench"]

"""The house rules that a machine can hold: arrows, light definitions, twins of tests."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("assets", "motionlib", "pipelines", "retarget", "training")
BY_THEIR_OWN_NAME = {"tests/test_architecture.py"}
"""Tests of the whole, not of one module; these folders too."""
WHOLE = ("benchmarks/", "foreign/", "whole/", "training/simulators/contract/")
"""Files whose docstrings may still begin with "Of"; no file is to be added."""


def docstrings(code: str) -> Iterator[str]:
    """Text of every docstring: of modules, classes, functions, fields and constants."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            for line in node.body:
                match line:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        yield text


def missing_paths(text: str) -> list[str]:
    """Paths below our folders, or below a room, that a document names and that do not exist.

    Of `training/agents/<agent>.py` and of `data/*/robot.xml` the folder has to exist.
    """
    missing = []
    for written in re.findall(r"(?<![\w./<>~-])[a-z]\w*/[\w./*<>{}-]*", text):
        path = re.split(r"[^/]*[*<{]", written)[0].rstrip(".")
        places = [place for place in (ROOT, *map(ROOT.joinpath, ROOMS)) if path]
        ours = [place for place in places if (place / path.split("/")[0]).is_dir()]
        if (ours or path.endswith(".py")) and not any((place / path).exists() for place in ours):
            missing.append(written)
    return missing


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
        "heavy = {'torch', 'mujoco', 'matplotlib', 'numba', 'pandas', 'scipy', 'dagster_webserver'}\n"
        "print(sorted(heavy & set(sys.modules)))"
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


def test_the_makefile_has_its_targets() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(".PHONY:"))
    targets = ["setup", "demo", "demo-g1", "ui", "test", "check", "bench", "docs"]
    assert line.split()[1:] == targets


def test_docstrings_are_whole_sentences_without_the_name_above_them() -> None:
    code = '"""Of a."""\nB = 1\n"""Of b."""\nclass C:\n    d: int\n    """Of d."""\n'
    assert list(docstrings(code)) == ["Of a.", "Of b.", "Of d."]
    of = [
        f"{file.relative_to(ROOT)}: {text}"
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for text in docstrings(file.read_text(encoding="utf-8"))
        if text.startswith("Of ")
    ]
    assert of == [], "name what it is: 'Frames a second of the source.'"


def test_documents_name_files_that_exist() -> None:
    text = (
        "see `training/agents/<agent>.py`, (`envs/step.py`), motionlib/nothing.py and wing/no.py."
    )
    assert missing_paths(text) == ["motionlib/nothing.py", "wing/no.py."]
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    read = {each.name: missing_paths(each.read_text(encoding="utf-8")) for each in documents}
    del read["CHANGELOG.md"]  # tells of what was
    assert {name: paths for name, paths in read.items() if paths} == {}

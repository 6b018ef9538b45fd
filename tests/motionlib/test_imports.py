"""What a module depends on is read from its text, as the whole of Python's own reading says it."""

import ast
from pathlib import Path

import pytest

import motionlib
from motionlib import imports
from motionlib.imports import imported_files, source_files

HOUSE = Path(motionlib.__path__[0]).parent


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "motionlib"
    folder.mkdir()
    monkeypatch.setattr(motionlib, "__path__", [str(folder)])
    return folder


def names(files, folder):
    return [file.relative_to(folder).as_posix() for file in files]


def test_imports_are_followed_wherever_they_stand(package):
    (package / "a.py").write_text("def f():\n    from motionlib import b\n    import numpy\n")
    (package / "b.py").write_text("import motionlib.c.d\nfrom motionlib.a import f\n")
    (package / "c").mkdir()
    (package / "c" / "__init__.py").write_text("")
    (package / "c" / "d.py").write_text("from os import path\n")
    (package / "alone.py").write_text("")
    assert names(source_files(["motionlib.a"]), package) == ["a.py", "b.py", "c/d.py"]


@pytest.mark.parametrize(
    "text",
    [
        "from motionlib import (\n    b,  # a bracket: )\n    c,\n)\n",
        '"""What\n    from motionlib import (others\ndo."""\nfrom motionlib import b, c\n',
        "from motionlib import b, \\\n    c\n",
        "import motionlib.b, motionlib.c  # (both)\n",
    ],
)
def test_imports_are_understood_however_they_are_written(package, text):
    (package / "a.py").write_text(text)
    (package / "b.py").write_text("")
    (package / "c.py").write_text("")
    assert names(source_files(["motionlib.a"]), package) == ["a.py", "b.py", "c.py"]


def test_rooms_that_are_not_named_are_left_out(package, tmp_path):
    (package / "a.py").write_text("")
    (tmp_path / "retarget").mkdir()
    file = tmp_path / "retarget" / "b.py"
    file.write_text("from motionlib import a\nimport retarget.c\n")
    (tmp_path / "retarget" / "c.py").write_text("")
    assert names(imported_files(file, rooms=()), tmp_path) == ["retarget/b.py"]
    both = imported_files(file, rooms=("motionlib", "retarget"))
    assert names(both, tmp_path) == ["motionlib/a.py", "retarget/b.py", "retarget/c.py"]


def test_what_is_left_out_leads_nowhere(package):
    (package / "a.py").write_text("from motionlib import b\nfrom motionlib.c.d import x\n")
    (package / "b.py").write_text("from motionlib import e\n")
    (package / "c").mkdir()
    (package / "c" / "d.py").write_text("from motionlib import bc\n")
    (package / "bc.py").write_text("")
    (package / "e.py").write_text("")
    every = ["a.py", "b.py", "bc.py", "c/d.py", "e.py"]
    assert names(source_files(["motionlib.a"]), package) == every
    for without, found in (
        (["motionlib.b"], ["a.py", "bc.py", "c/d.py"]),
        (["motionlib.c"], ["a.py", "b.py", "e.py"]),
    ):
        assert names(source_files(["motionlib.a"], without=without), package) == found
        rooms = ("motionlib",)
        file = package / "a.py"
        assert names(imported_files(file, rooms=rooms, without=without), package) == found


def test_a_changed_import_is_seen_at_once(package):
    (package / "b.py").write_text("")
    for text, found in (("", ["a.py"]), ("from motionlib import b\n", ["a.py", "b.py"])):
        (package / "a.py").write_text(text)
        assert names(source_files(["motionlib.a"]), package) == found


def test_every_module_of_the_house_is_read_as_python_reads_it():
    files = [
        f for room in ("motionlib", "retarget", "training") for f in HOUSE.glob(f"{room}/**/*.py")
    ]
    assert len(files) > 100
    for file in files:
        text = file.read_text()
        assert set(imports._imports(text)) == set(imports._names(ast.parse(text))), file

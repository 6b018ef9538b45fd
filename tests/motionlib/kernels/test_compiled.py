"""Compiled code is kept on disk and renewed when any file that it calls into changes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import motionlib
from motionlib.kernels import compiled

_MULTIPLY = """
from motionlib.kernels.quaternions import multiply
multiply(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
print(sum(multiply.stats.cache_hits.values()), sum(multiply.stats.cache_misses.values()))
"""

_FAR = """
import sys
import motionlib
motionlib.__path__.insert(0, sys.argv[1] + "/motionlib")
sys.path.insert(0, sys.argv[1])
from retarget.far import thrice
print(thrice(2.0), sum(thrice.stats.cache_hits.values()))
"""
"""Two packages in a folder of their own, one of which lies over the real one."""


def run(cache: Path) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", _MULTIPLY],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        cwd=Path(compiled.__file__).parents[2],
    )
    hits, misses = done.stdout.split()
    return int(hits), int(misses)


def test_a_second_process_finds_the_code_of_the_first(tmp_path):
    assert run(tmp_path) == (0, 1)
    assert run(tmp_path) == (1, 0)
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("compiled-")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """`retarget.far` calls into `motionlib.near`, which uses a number of `motionlib.number`."""
    head = "from motionlib.kernels.compiled import compiled\n"
    texts = {
        "motionlib/number.py": "SHARE = 1.0\n",
        "motionlib/near.py": f"{head}from motionlib.number import SHARE\n"
        "@compiled\ndef same(x):\n    return SHARE * x\n",
        "motionlib/unrelated.py": f"{head}@compiled\ndef f(x):\n    return x\n",
        "retarget/__init__.py": "",
        "retarget/far.py": f"{head}from motionlib.near import same\n"
        "@compiled\ndef thrice(x):\n    return 3.0 * same(x)\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(motionlib, "__path__", [str(tmp_path / "motionlib")])
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_folder_is_named_by_all_that_a_module_imports(packages):
    folder_of = compiled.cache_folder.__wrapped__
    far, near = packages / "retarget" / "far.py", packages / "motionlib" / "near.py"
    first, own = folder_of(far), folder_of(near)
    change(packages / "motionlib" / "unrelated.py", "return x", "return 2.0 * x")
    assert (folder_of(far), folder_of(near)) == (first, own)
    change(packages / "motionlib" / "number.py", "1.0", "5.0")
    assert folder_of(far) != first
    assert folder_of(near) != own
    second, own = folder_of(far), folder_of(near)
    change(far, "3.0", "4.0")
    assert folder_of(far) != second
    assert folder_of(near) == own


def test_a_change_in_another_room_is_compiled_again(packages):
    def far() -> tuple[float, int]:
        done = subprocess.run(
            [sys.executable, "-c", _FAR, str(packages)],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(compiled.__file__).parents[2],
        )
        value, hits = done.stdout.split()
        return float(value), int(hits)

    assert far() == (6.0, 0)
    assert far() == (6.0, 1)
    change(packages / "motionlib" / "near.py", "SHARE * x", "SHARE * x + 1.0")
    assert far() == (9.0, 0)
    change(packages / "motionlib" / "unrelated.py", "return x", "return 2.0 * x")
    assert far() == (9.0, 1)


def test_a_module_is_compiled_once_its_code_lies_there(tmp_path, monkeypatch):
    kernels = Path(compiled.__file__).with_name("quaternions.py").resolve()
    monkeypatch.setattr(compiled.config, "CACHE_DIR", str(tmp_path))
    compiled.cache_folder.cache_clear()
    try:
        assert not compiled.is_compiled(kernels)
        assert run(tmp_path) == (0, 1)
        assert compiled.is_compiled(kernels)
    finally:
        compiled.cache_folder.cache_clear()

"""Compiled code is kept on disk and renewed when any file of it changes."""

import os
import subprocess
import sys
from pathlib import Path

from motionlib.human import compiled

_MULTIPLY = """
from motionlib.human.quaternions import multiply
multiply(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
print(sum(multiply.stats.cache_hits.values()), sum(multiply.stats.cache_misses.values()))
"""


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
    assert folder.name == compiled._FOLDER.name


def test_the_folder_is_named_by_every_file_with_compiled_code(tmp_path, monkeypatch):
    here = tmp_path / "human"
    here.mkdir()
    (here / "a.py").write_text("@compiled\ndef f(): ...\n")
    (here / "b.py").write_text("nothing of the sort\n")
    monkeypatch.setattr(compiled, "_HERE", here)
    first = compiled._cache_folder()
    (here / "b.py").write_text("changed\n")
    assert compiled._cache_folder() == first
    (here / "a.py").write_text("@compiled\ndef f(): return 1\n")
    assert compiled._cache_folder() != first

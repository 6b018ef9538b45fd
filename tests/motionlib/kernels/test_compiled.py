"""Compiled code is kept on disk and renewed when any file of it changes."""

import os
import subprocess
import sys
from pathlib import Path

from motionlib.kernels import compiled

_MULTIPLY = """
from motionlib.kernels.quaternions import multiply
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
        cwd=Path(compiled.__file__).parents[1],
    )
    hits, misses = done.stdout.split()
    return int(hits), int(misses)


def test_a_second_process_finds_the_code_of_the_first(tmp_path):
    assert run(tmp_path) == (0, 1)
    assert run(tmp_path) == (1, 0)
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("compiled-")


def test_the_folder_is_named_by_every_file_with_compiled_code(tmp_path):
    folder_of = compiled.cache_folder.__wrapped__
    (tmp_path / "a.py").write_text("@compiled\ndef f(): ...\n")
    (tmp_path / "b.py").write_text("nothing of the sort\n")
    first = folder_of(tmp_path)
    (tmp_path / "b.py").write_text("changed\n")
    assert folder_of(tmp_path) == first
    (tmp_path / "a.py").write_text("@compiled\ndef f(): return 1\n")
    assert folder_of(tmp_path) != first

"""Reading one AMASS file against numpy's own loader, and a second scan against the first.

Ratios of one run; no wall clock is asserted. Run alone to see the numbers:
`pytest tests/benchmarks/test_reading_speed.py -s`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from motionlib.corpus.index import IndexSettings, build_index
from motionlib.human.readers.amass import probe_amass, read_amass
from motionlib.robot import Robot

pytestmark = pytest.mark.benchmark

FRAMES = 720
"""6 s at 120 Hz, the median recording of AMASS."""
FILES = 1500
READING_COLLAPSE, SCAN_COLLAPSE = 1.0, 3.0
"""Below these the reader copies what it maps, or the memory is not used; quiet cores reach five
times as much."""


def best_seconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def write_clip(path: Path, frames: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    poses, trans = np.full((frames, 156), 0.1), np.zeros((frames, 3))
    np.savez(path, poses=poses, trans=trans, gender="male", mocap_framerate=120.0)


def numpy_load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def test_a_file_is_read_faster_than_numpy_does(tmp_path: Path, smpl: Robot) -> None:
    path = tmp_path / "a_poses.npz"
    write_clip(path, FRAMES)
    whole = best_seconds(lambda: numpy_load(path), 50)
    ours = best_seconds(lambda: read_amass(path, smpl), 50)
    headers = best_seconds(lambda: probe_amass(path), 50)
    line = f"{FRAMES} frames: numpy {whole * 1e3:.2f} ms, read {ours * 1e3:.2f}, headers {headers * 1e3:.2f}"
    print(line, file=sys.stderr)  # noqa: T201
    assert whole / ours > READING_COLLAPSE


def test_a_second_scan_costs_stat_calls(tmp_path: Path) -> None:
    for number in range(FILES):
        write_clip(tmp_path / "amass" / "CMU" / f"{number % 50}" / f"{number}.npz", 4)
    memory = tmp_path / "memory.json"

    def scan() -> None:
        build_index(tmp_path / "amass", IndexSettings(), memory=memory, processes=1, progress=False)

    first = best_seconds(scan, 1)
    second = best_seconds(scan, 3)
    print(f"{FILES} files: first {first:.2f} s, again {second:.3f} s", file=sys.stderr)  # noqa: T201
    assert first / second > SCAN_COLLAPSE

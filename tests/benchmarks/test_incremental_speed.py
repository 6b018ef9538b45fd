"""Ten thousand clips, then the same with one file changed: only that one is converted again.

The count is exact; seconds are shown, and bounded only against a collapse. Run alone to see them:
`pytest tests/benchmarks/test_incremental_speed.py -s`.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from motionlib.corpus.index import IndexSettings, build_index
from motionlib.human.settings import HumanSettings
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.stages.books import books_of
from motionlib.stages.conversion import convert_clips
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.result import StageResult
from motionlib.stages.store import ClipStore
from motionlib.synthesis.amass_writer import AmassRecording, amass_arrays, npz_bytes

CLIPS, FRAMES, FPS = 10_000, 24, 60.0
PROCESSES = 2
CHANGED = "CMU/17/4317_poses"
COLLAPSE = 0.5
"""Share of the first pass above which the second has nothing of a second pass."""


class Pass:
    """One materialisation from folder to books, and what each step took."""

    def __init__(self, root: Path, memory: Path, store: ClipStore, robot: Robot) -> None:
        start = time.perf_counter()
        rows = build_index(
            root, IndexSettings(), memory=memory, processes=PROCESSES, progress=False
        )
        indexed = time.perf_counter()
        results = convert_clips(
            rows, root=root, robot=robot, settings=HumanSettings(), store=store,
            processes=PROCESSES, progress=False,
        )  # fmt: skip
        converted = time.perf_counter()
        table = judge(rows, results, HumanGates())
        self.balanced = books_of(rows, table).balanced
        self.results: Sequence[StageResult] = results
        self.index_s = indexed - start
        self.convert_s = converted - indexed
        self.judge_s = time.perf_counter() - converted

    @property
    def seconds(self) -> float:
        return self.index_s + self.convert_s + self.judge_s

    @property
    def recomputed(self) -> list[str]:
        return [each.clip_id for each in self.results if each.recomputed]

    def __str__(self) -> str:
        return (
            f"{self.seconds:.2f} s (index {self.index_s:.2f}, clips {self.convert_s:.2f}, "
            f"gates and books {self.judge_s:.2f}), {len(self.recomputed)} clips converted"
        )


def write_clip(path: Path, seed: int) -> None:
    """A small AMASS file in which every number depends on the seed."""
    rng = np.random.default_rng(seed)
    sway = np.sin(np.arange(FRAMES)[:, None] / FPS * rng.uniform(2.0, 6.0, 66))
    recording = AmassRecording(
        fps=FPS,
        trans=np.cumsum(rng.normal(0.0, 0.002, (FRAMES, 3)), axis=0),
        body=0.2 * rng.normal(size=66) * sway,
        hands=np.zeros((FRAMES, 90)),
        gender="neutral",
        betas=np.zeros(16),
    )
    # not by the writer's atomic way: ten thousand flushes are not what is measured
    path.write_bytes(npz_bytes(amass_arrays(recording, "smplh")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for subject in range(100):
        (tmp_path / "amass" / "CMU" / f"{subject:02d}").mkdir(parents=True)
    for number in range(CLIPS):
        subject = number % 100
        name = f"{number:04d}_poses.npz"
        write_clip(tmp_path / "amass" / "CMU" / f"{subject:02d}" / name, number)
    return tmp_path / "amass"


@pytest.mark.benchmark
@pytest.mark.slow
def test_one_changed_file_among_ten_thousand_is_one_clip(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    robot, store, memory = load_robot("smpl"), ClipStore(tmp_path / "store"), tmp_path / "memory"
    first = Pass(folder, memory, store, robot)
    same = Pass(folder, memory, store, robot)
    write_clip(folder / f"{CHANGED}.npz", CLIPS)
    second = Pass(folder, memory, store, robot)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{CLIPS:,} clips of {FRAMES} frames, {PROCESSES} processes\n"
            f"  first pass:        {first}\n  nothing changed:   {same}\n"
            f"  one file changed:  {second}\n"
        )
    assert len(first.recomputed) == CLIPS
    assert not any(each.reason for each in first.results)
    assert same.recomputed == []
    assert second.recomputed == [CHANGED]
    assert first.balanced
    assert same.balanced
    assert second.balanced
    assert second.seconds < COLLAPSE * first.seconds

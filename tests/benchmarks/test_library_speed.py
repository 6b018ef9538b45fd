"""A library of a gigabyte: written, opened in a fresh process, sampled.

Run alone to see the numbers: `pytest tests/benchmarks/test_library_speed.py -s`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.formats.protomotions.writer import PackedClip, write_motion_lib
from motionlib.library import MotionLib
from motionlib.motion import Provenance, states_from_motion
from motionlib.robots.files import load_robot
from motionlib.rotations import rotvec_from_quat
from tests.conftest import turning_motion

LIBRARY_BYTES = 1_000_000_000
CLIP_FRAMES = 180
"""Six seconds at 30 frames a second, the median of AMASS."""
QUERIES, ROUNDS = 4096, 15
FIRST_SAMPLE_BYTES = 100_000_000
"""Anonymous ones; how many pages of a mapped file are resident is the kernel's choice."""
COLLAPSE = 5.0
"""Times as slow, and the code is to blame, not the machine."""

_FIRST_SAMPLE = """
import sys, time
from pathlib import Path
import torch

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))

idle, start = anonymous(), time.perf_counter()
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.robots.files import load_robot

imported = time.perf_counter()
lib = load_motion_lib(Path(sys.argv[1]), load_robot("smpl"))
lib.get_motion_state(torch.tensor([lib.num_motions // 2]), torch.tensor([1.0]))
print(imported - start, time.perf_counter() - imported, anonymous() - idle)
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, float]]:
    """A library on disk, and the seconds that writing it took."""
    robot = load_robot("smpl")
    states = states_from_motion(turning_motion(robot, frames=3000), velocity_rule="forward_min3")
    frame_bytes = 2208
    count = LIBRARY_BYTES // (frame_bytes * CLIP_FRAMES)
    clips = []
    for number in range(count):
        first = (37 * number) % (3000 - CLIP_FRAMES)
        rows = slice(first, first + CLIP_FRAMES)
        clips.append(
            PackedClip(
                name=f"clip {number}",
                fps=30.0,
                num_frames=CLIP_FRAMES,
                weight=1.0,
                provenance=Provenance(source=f"made here:{number}"),
                load=lambda rows=rows: states.frames(rows),
            )
        )
    path = tmp_path_factory.mktemp("library") / "big.pt"
    start = time.perf_counter()
    write_motion_lib(path, robot, clips, velocity_rule="forward_min3")
    yield path, time.perf_counter() - start
    path.unlink()


class PlainLibrary:
    """All tensors in memory, and the sampling rule as one would write it down first."""

    def __init__(self, path: Path) -> None:
        content = torch.load(path, weights_only=True)
        self.tensors = {key: each for key, each in content.items() if isinstance(each, Tensor)}

    def sample(self, ids: Tensor, times: Tensor) -> dict[str, Tensor]:
        t = self.tensors
        length, frames = t["motion_lengths"][ids], t["motion_num_frames"][ids]
        step, first = t["motion_dt"][ids], t["length_starts"][ids]
        time_s = torch.minimum(times.clip(min=0), length)
        low = ((time_s / length).clip(0, 1) * (frames - 1)).long()
        blend = ((time_s - low * step) / step).clip(0, 1)
        high = torch.minimum(low + 1, frames - 1)
        low, high = first + low, first + high
        state = {
            key: torch.lerp(t[key][low], t[key][high], blend.view(-1, *[1] * (t[key].ndim - 1)))
            for key in ("gts", "gvs", "gavs", "dvs")
        }
        for key in ("grs", "lrs"):
            state[key] = self.slerp(t[key][low], t[key][high], blend.view(-1, 1, 1))
        state["contacts"] = t["contacts"][low] | t["contacts"][high]
        local = state["lrs"][:, 1:]
        state["dps"] = rotvec_from_quat(local[..., [3, 0, 1, 2]]).flatten(1)
        return state

    @staticmethod
    def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
        cosine = (a * b).sum(-1, keepdim=True)
        b = torch.where(cosine < 0, -b, b)
        cosine = cosine.abs()
        angle, sine = torch.acos(cosine), torch.sqrt(1 - cosine * cosine)
        between = torch.sin((1 - t) * angle) / sine * a + torch.sin(t * angle) / sine * b
        between = torch.where(sine < 0.001, 0.5 * a + 0.5 * b, between)
        return torch.where(cosine >= 1, a, between)


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of several rounds."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def forget_cached(path: Path) -> None:
    """Have the system read the file from disk again."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.mark.benchmark
def test_writing_goes_at_the_pace_of_the_disk(
    packed: tuple[Path, float], capsys: pytest.CaptureFixture[str]
) -> None:
    path, seconds = packed
    size = path.stat().st_size
    with capsys.disabled():
        rate = size / seconds / 1e6
        sys.stdout.write(f"\nwritten: {size / 1e9:.2f} GB in {seconds:.1f} s, {rate:.0f} MB/s\n")
    assert size > 0.99 * LIBRARY_BYTES


@pytest.mark.benchmark
def test_the_first_sample_comes_at_once_and_costs_little_memory(
    packed: tuple[Path, float], capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = packed
    forget_cached(path)
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_SAMPLE, str(path)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    imports, seconds, grown = map(float, done.stdout.split())
    with capsys.disabled():
        sys.stdout.write(
            f"\nfirst sample: {seconds:.2f} s, after {imports:.2f} s of imports; "
            f"{grown / 1e6:.0f} MB of anonymous memory above idle\n"
        )
    assert grown < FIRST_SAMPLE_BYTES


@pytest.mark.benchmark
def test_sampling_is_no_slower_than_the_plain_way(
    packed: tuple[Path, float], capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = packed
    mapped = load_motion_lib(path, load_robot("smpl"))
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, mapped.num_motions, (QUERIES,), generator=generator)
    times = torch.rand(QUERIES, generator=generator) * mapped.lengths_s[ids]

    def rate(lib: MotionLib) -> float:
        return QUERIES / fastest(lambda: lib.get_motion_state(ids, times))

    rates = {"mapped": rate(mapped)}
    plain = PlainLibrary(path)
    rates["plain, in memory"] = QUERIES / fastest(lambda: plain.sample(ids, times))
    expected, got = plain.sample(ids, times), mapped.get_motion_state(ids, times)
    torch.testing.assert_close(got.body_pos, expected["gts"], atol=1e-5, rtol=0)
    torch.testing.assert_close(got.dof_pos, expected["dps"], atol=2e-4, rtol=0)
    rates["in memory"] = rate(mapped.loaded())
    with capsys.disabled():
        shown = ", ".join(f"{name} {each:,.0f}" for name, each in rates.items())
        sys.stdout.write(f"\nsamples/s for {QUERIES} queries: {shown}\n")
    assert rates["in memory"] > rates["plain, in memory"] / COLLAPSE * 2
    assert rates["mapped"] > rates["plain, in memory"] / COLLAPSE

"""One flipped bit in any file of a home: made again, or refused with the file named; never used."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from motionlib.errors import MotionError
from pipelines.verification import home_checks

FLIPS = 12
"""In each file, beginning and end always among them."""


def flip(path: Path, place: int, bit: int) -> bytes:
    """Flip a bit and keep the times; the sound bytes."""
    stat, sound = path.stat(), path.read_bytes()
    content = bytearray(sound)
    content[place] ^= 1 << bit
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return sound


def places(size: int, chance: random.Random) -> list[int]:
    ends = {0, size - 1, max(0, size - 12)}
    return sorted(ends | {chance.randrange(size) for _ in range(FLIPS - len(ends))})


@pytest.mark.slow
def test_no_flipped_bit_is_used(
    small_run: Callable[[Path], None],
    content_of: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # no power is cut here
    home, chance = tmp_path / "home", random.Random(1)
    small_run(home)
    expected = content_of(home)
    told: dict[str, list[str]] = {}
    for name in expected:
        path = home / name
        for place in places(len(expected[name]), chance):
            sound = flip(path, place, chance.randrange(8))
            seen = {f.path for check in home_checks(home) for f in check()}
            said = ""
            try:
                small_run(home)
            except (MotionError, OSError) as error:
                said = str(error)
            if said:
                assert str(path) in said, f"{name}: refused without its name: {said}"
                path.write_bytes(sound)
                small_run(home)
            assert content_of(home) == expected, f"{name}, byte {place} of {len(sound)}"
            told.setdefault(name, []).append("refused" if said else "made again")
            assert seen or name.startswith("reports/"), f"{name}, byte {place}: verify is blind"
    assert sum(map(len, told.values())) > 200
    refused = {name.split("/")[0] for name, fates in told.items() if "refused" in fates}
    assert refused <= {"artifacts", "results"}, "what can be made again is made again"

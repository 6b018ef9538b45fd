"""A home of before checksums and marks: its registry is kept, its cache is made again."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import safetensors.numpy

from motionlib.home import MARK, is_marked
from motionlib.registry.local import LocalRegistry
from motionlib.sealed import read_sealed


def as_before(home: Path) -> None:
    """Rewrite what a run left as the version before marks would have left it."""
    (home / MARK).unlink()
    for path in (*home.rglob("latest.json"), *home.rglob("aliases.json"), *home.rglob("scans/*")):
        content = read_sealed(path)
        content.pop("bytes", None)
        path.write_text(json.dumps({**content, **({"version": 1} if "root" in content else {})}))
    for path in home.rglob("made_from.json"):
        content, files = read_sealed(path), path.parent.glob("[!m]*")
        stamps = {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in files}
        path.write_text(json.dumps({**content, "files": stamps}, indent=1))
    for path in home.rglob("*.safetensors"):
        record = json.dumps({"measures": {}, "reason": "", "key": path.stem, "schema": 1})
        path.write_bytes(safetensors.numpy.save({"x": np.zeros(3)}, {"record": record}))


def test_an_older_home_goes_on_and_ends_with_the_bytes_of_a_new_one(
    small_run: Callable[[Path], None], content_of: Callable, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    small_run(home)
    expected, before = content_of(home), LocalRegistry(home / "artifacts").pull("small")
    as_before(home)
    damaged = next((home / "cache" / "small" / "clips").glob("*/clips.parquet"))
    stat, content = damaged.stat(), bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert damaged.stat().st_size == stat.st_size
    assert LocalRegistry(home / "artifacts").pull("small:latest").sha256 == before.sha256
    small_run(home)
    assert is_marked(home)
    assert content_of(home) == expected
    assert [v.reference for v in LocalRegistry(home / "artifacts").versions("small")] == [
        before.reference
    ]

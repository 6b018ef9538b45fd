import os
import random
import signal
import time

import pytest

from motionlib.errors import RegistryError
from motionlib.registry.artifact_folder import (
    artifact_folders,
    load_aliases,
    load_version,
    point_aliases,
    seal_aliases,
    version_numbers,
)
from motionlib.registry.local import LocalRegistry
from motionlib.sealed import read_sealed, write_sealed

_ENDLESS_PUBLISHER = """
import itertools, os, sys
from pathlib import Path
from motionlib.registry.local import LocalRegistry
root, source = Path(sys.argv[1]), Path(sys.argv[2])
registry = LocalRegistry(root)
for number in itertools.count():
    source.write_bytes(os.urandom(16) * (1 << 15))
    registry.publish({"motion.npz": source, "second.npz": source}, name="walk")
"""


def _fill(path):
    with path.open("wb") as filler:
        while True:
            filler.write(b"x" * 4096)
            filler.flush()


def test_version_folders_are_numbers_without_gaps_to_fill(tmp_path):
    for name in ("v0", "v10", "v2", ".staging-x.tmp", "v01", "walk"):
        (tmp_path / name).mkdir()
    assert version_numbers(tmp_path) == [0, 2, 10]
    assert version_numbers(tmp_path / "gone") == []
    with pytest.raises(RegistryError, match=r"v2/manifest\.json: the manifest is missing"):
        load_version(tmp_path, 2)


def test_aliases_move_and_unchanged_ones_are_not_rewritten(tmp_path):
    point_aliases(tmp_path, ["latest", "best"], 1)
    point_aliases(tmp_path, ["latest"], 2)
    assert load_aliases(tmp_path) == {"best": 1, "latest": 2}
    before = (tmp_path / "aliases.json").stat().st_ino
    point_aliases(tmp_path, ["latest"], 2)
    assert (tmp_path / "aliases.json").stat().st_ino == before
    assert read_sealed(tmp_path / "aliases.json") == {"best": 1, "latest": 2}


def test_aliases_of_before_checksums_are_read_and_sealed_by_the_next_writer(tmp_path):
    (tmp_path / "aliases.json").write_text('{"best": 1, "latest": 2}')
    assert load_aliases(tmp_path) == {"best": 1, "latest": 2}
    point_aliases(tmp_path, ["latest"], 2)
    assert read_sealed(tmp_path / "aliases.json") == {"best": 1, "latest": 2}
    (tmp_path / "aliases.json").write_text('{"best": 1}')
    seal_aliases(tmp_path)
    assert read_sealed(tmp_path / "aliases.json") == {"best": 1}
    (tmp_path / "aliases.json").unlink()
    seal_aliases(tmp_path)
    assert not (tmp_path / "aliases.json").exists()


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"a": "1"}', '{"a": 1.5}', '{"a": true}', '{"../a": 1}', '{"v3": 1}',
             '{"a": -1}', "\xff", "[" * 100_000]
)  # fmt: skip
def test_what_are_no_aliases_is_refused(tmp_path, text):
    (tmp_path / "aliases.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RegistryError, match=r"aliases\.json: expected a JSON object.*remove the"):
        load_aliases(tmp_path)
    write_sealed(tmp_path / "aliases.json", {"../a": 1})
    with pytest.raises(RegistryError, match="it holds other things"):
        load_aliases(tmp_path)


def test_kill_9_amid_publishing_leaves_a_usable_registry(tmp_path, run_child):
    root, chance = tmp_path / "artifacts", random.Random(1)
    registry, leftovers = LocalRegistry(root), 0
    source = tmp_path / "mine.npz"
    for round_number in range(8):
        seen = len(version_numbers(root / "names/local/motions/walk"))
        child = run_child(_ENDLESS_PUBLISHER, root, tmp_path / "theirs.npz")
        child.wait_until(
            lambda seen=seen: len(version_numbers(root / "names/local/motions/walk")) > seen
        )
        time.sleep(chance.uniform(0, 0.06))
        child.signal(signal.SIGKILL)
        leftovers += len(list(root.rglob("*.tmp")))
        for version in registry.versions("walk"):
            registry.pull(version.reference)
        source.write_bytes(os.urandom(32))
        made = registry.publish({"motion.npz": source}, name="walk")
        assert made.created
        assert registry.pull("walk:latest").reference == made.reference
        assert not list((root / "names").rglob("*.tmp")), round_number
    numbers = [version.manifest.version for version in registry.versions("walk")]
    assert numbers == list(range(len(numbers)))
    assert leftovers, "no kill fell into a publication, so this proved nothing"


def test_a_full_disk_leaves_a_usable_registry(small_disk, tmp_path):
    registry = LocalRegistry(small_disk / "artifacts")
    small, large = tmp_path / "small.npz", tmp_path / "large.npz"
    small.write_bytes(os.urandom(100 << 10))
    large.write_bytes(os.urandom(2 << 20))
    first = registry.publish({"motion.npz": small}, name="walk")
    with pytest.raises(OSError, match="No space left on device") as caught:
        registry.publish({"motion.npz": large}, name="walk")
    assert "walk" in str(caught.value)
    assert registry.pull("walk:latest").reference == first.reference
    assert not list(small_disk.rglob("*.tmp"))
    small.write_bytes(os.urandom(200 << 10))
    assert registry.publish({"motion.npz": small}, name="walk").reference.endswith(":v1")
    assert len(registry.versions("walk")) == 2


def test_a_disk_full_to_the_last_byte_still_reads_and_says_so(small_disk, tmp_path):
    registry = LocalRegistry(small_disk / "artifacts")
    source = tmp_path / "a.npz"
    source.write_bytes(b"one")
    registry.publish({"motion.npz": source}, name="walk")
    with pytest.raises(OSError, match="No space"):
        _fill(small_disk / "filler")
    assert registry.pull("walk").file.read_bytes() == b"one"
    assert not registry.publish({"motion.npz": source}, name="walk").created
    source.write_bytes(b"two")
    with pytest.raises(OSError, match="No space"):
        registry.publish({"motion.npz": source}, name="walk")
    assert registry.pull("walk").file.read_bytes() == b"one"
    (small_disk / "filler").unlink()
    assert registry.publish({"motion.npz": source}, name="walk").reference.endswith(":v1")


def test_a_pipe_in_the_place_of_aliases_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "aliases.json")
    assert load_aliases(tmp_path) == {}


def test_folders_of_artifacts_are_found_without_following_links(tmp_path):
    sound = tmp_path / "root" / "names" / "local" / "motions" / "walk"
    for folder in (sound, sound.with_name("a b"), tmp_path / "elsewhere" / "x" / "y"):
        folder.mkdir(parents=True)
    (tmp_path / "root" / "names" / "led").symlink_to(tmp_path / "elsewhere")
    (sound.parent / "file").touch()
    assert artifact_folders(tmp_path / "root") == [sound]
    assert artifact_folders(tmp_path / "nowhere") == []

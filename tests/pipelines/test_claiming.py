import json
import subprocess
import sys
from pathlib import Path

import pytest

from motionlib.files import HOST_TAG
from motionlib.home import HOME_VERSION, MARK, HomeError, is_marked
from motionlib.registry.local import LocalRegistry
from motionlib.registry.objects import object_path
from motionlib.sealed import DamagedError, read_sealed, write_sealed
from pipelines.claiming import claim_home, sweep_home


def as_before(home: Path) -> LocalRegistry:
    """A home with a published artifact, written as the version before marks wrote it."""
    source = home / "source.npz"
    home.mkdir()
    source.write_bytes(b"one")
    registry = LocalRegistry(home / "artifacts")
    registry.publish({"motion.npz": source}, name="walk", aliases=("latest", "best"))
    aliases = home / "artifacts" / "names" / "local" / "motions" / "walk" / "aliases.json"
    aliases.write_text(json.dumps({"best": 0, "latest": 0}, indent=1) + "\n")
    return registry


def test_a_new_home_is_marked_once(motion_home: Path) -> None:
    assert claim_home() == motion_home
    before = (motion_home / MARK).stat()
    claim_home()
    assert (motion_home / MARK).stat().st_ino == before.st_ino
    assert [path.name for path in motion_home.iterdir()] == [MARK]


def test_an_older_home_is_sealed_and_goes_on(
    motion_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registry = as_before(motion_home)
    aliases = registry.pull("walk").path.parent / "aliases.json"
    with pytest.raises(DamagedError):
        read_sealed(aliases)
    claim_home()
    assert read_sealed(aliases) == {"best": 0, "latest": 0}
    assert "is of an older version" in caplog.text
    assert registry.pull("walk:best").file.read_bytes() == b"one"
    caplog.clear()
    claim_home()
    assert caplog.text == ""


def test_damaged_aliases_do_not_stop_an_older_home(
    motion_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registry = as_before(motion_home)
    aliases = registry.pull("walk").path.parent / "aliases.json"
    aliases.write_text('{"best": ')
    claim_home()
    assert is_marked(motion_home)
    assert "aliases.json: expected a JSON object" in caplog.text


def test_a_newer_home_is_not_touched_and_every_command_says_one_sentence(
    motion_home: Path,
) -> None:
    motion_home.mkdir()
    write_sealed(motion_home / MARK, {"version": HOME_VERSION + 1})
    with pytest.raises(HomeError, match="newer"):
        claim_home()
    for command in (["pipelines", "microduck_walk"], ["pipelines.cli.main", "artifacts"],
                    ["pipelines.cli.main", "explain", "x"]):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", *command],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        (said,) = done.stderr.splitlines()
        assert f"{motion_home}: its files are of version {HOME_VERSION + 1}" in said
    assert [path.name for path in motion_home.iterdir()] == [MARK]


def test_bytes_of_a_killed_publication_go_with_what_it_left(
    motion_home: Path, dead_pid: int
) -> None:
    registry = as_before(motion_home)
    orphan = object_path(registry.root, "ab" * 32)
    left = registry.root / "names/local/motions/walk" / f".v1.{dead_pid}-{HOST_TAG}456789ab.tmp"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.touch()
    assert sweep_home(motion_home) == [], "without a sign of a killed one nobody looks"
    left.mkdir()
    assert sweep_home(motion_home) == [left, orphan]
    orphan.touch()
    assert sweep_home(motion_home, collect=True) == [orphan]
    assert registry.pull("walk").file.read_bytes() == b"one"

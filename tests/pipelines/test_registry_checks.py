import os
from pathlib import Path

import pytest

from motionlib.files import sha256_of_bytes
from motionlib.registry.artifact_folder import point_aliases
from motionlib.registry.local import LocalRegistry
from motionlib.registry.objects import describe_file, keep_files, object_path
from pipelines.findings import Finding
from pipelines.registry_checks import registry_checks


def found_in(root: Path) -> list[Finding]:
    return [finding for check in registry_checks(root) for finding in check()]


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    registry = LocalRegistry(tmp_path / "artifacts")
    for content in (b"one", b"two"):
        (tmp_path / "source").write_bytes(content)
        registry.publish({"motion.npz": tmp_path / "source", "b": tmp_path / "source"}, name="walk")
    return registry


def test_a_sound_registry_has_nothing_to_say(registry: LocalRegistry, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"kept")
    files = {"x": tmp_path / "source"}
    keep_files(registry.root, {"x": describe_file(tmp_path / "source")}, files)
    assert len(list(registry_checks(registry.root))) == 1 + 2 + 1 + 3 + 1
    assert found_in(registry.root) == []
    assert found_in(tmp_path / "nowhere") == []


def change(path: Path, content: bytes) -> None:
    """In place, with its time of change kept."""
    stat = path.stat()
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_changed_and_missing_files_are_named_with_their_version(registry: LocalRegistry) -> None:
    version = registry.pull("walk:v0")
    change(version.files["motion.npz"], b"0ne")
    registry.pull("walk:v1").files["b"].unlink()
    found = {finding.path: finding for finding in found_in(registry.root) if not finding.heals}
    # both names of v0 and the stored bytes are one file
    gone = version.path.with_name("v1") / "b"
    assert set(found) == {*version.files.values(), gone}
    assert "changed since it was published" in found[version.files["motion.npz"]].found
    assert found[gone].found == "it is gone"
    assert "local/motions/walk:v1: publish the original" in found[gone].remedy


def test_manifests_aliases_and_links_are_checked(registry: LocalRegistry, tmp_path: Path) -> None:
    version = registry.pull("walk:v0")
    change(version.path / "manifest.json", b"{}")
    point_aliases(version.path.parent, ["lost"], 7)
    (version.path.parent / "v3").symlink_to(tmp_path)
    texts = {finding.path.name: finding.found for finding in found_in(registry.root)}
    assert set(texts) == {"manifest.json", "aliases.json", "v3"}
    assert texts["aliases.json"] == "no such version: lost -> v7"
    found = {
        str(finding.path.relative_to(version.path.parent)) for finding in found_in(registry.root)
    }
    assert found == {"v0/manifest.json", "v3", "v3/manifest.json", "aliases.json"}
    change(version.path.parent / "aliases.json", b'{"latest": "v0"}')
    assert any("expected a JSON object" in finding.found for finding in found_in(registry.root))
    assert not any(finding.heals for finding in found_in(registry.root))


def test_bytes_that_nobody_takes_are_replaced_by_the_next_publication(
    registry: LocalRegistry, tmp_path: Path
) -> None:
    orphan = object_path(registry.root, sha256_of_bytes(b"orphan"))
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"0rphan")
    (found,) = found_in(registry.root)
    assert found.path == orphan
    assert found.heals
    (tmp_path / "source").write_bytes(b"orphan")
    registry.publish({"motion.npz": tmp_path / "source"}, name="walk")
    assert found_in(registry.root) == []

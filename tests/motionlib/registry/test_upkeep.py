import pytest

from motionlib.files import HOST_TAG
from motionlib.registry.local import LocalRegistry
from motionlib.registry.manifest import json_from_manifest
from motionlib.registry.objects import object_path
from motionlib.registry.upkeep import collect_unused, seal_all_aliases
from motionlib.sealed import read_sealed


@pytest.fixture
def registry(tmp_path, make_file):
    registry = LocalRegistry(tmp_path / "artifacts")
    registry.publish({"motion.npz": make_file(b"one")}, name="walk")
    return registry


@pytest.fixture
def orphan(registry):
    path = object_path(registry.root, "ab" * 32)
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_bytes_that_no_version_refers_to_go_and_others_stay(registry, orphan, dead_pid):
    left = registry.root / "names/local/motions" / f".walk.{dead_pid}-{HOST_TAG}456789ab.tmp"
    left.touch()
    assert collect_unused(registry.root) == [left, orphan]
    assert collect_unused(registry.root) == []
    assert registry.pull("walk").file.read_bytes() == b"one"
    assert collect_unused(registry.root / "nowhere") == []
    assert not (registry.root / "nowhere").exists()


def test_nothing_is_collected_while_a_manifest_cannot_be_read(registry, orphan):
    made = registry.pull("walk")
    (made.path / "manifest.json").chmod(0o644)
    (made.path / "manifest.json").write_text("{}")
    assert collect_unused(registry.root) == []
    assert orphan.exists()
    (made.path / "manifest.json").write_text(json_from_manifest(made.manifest))
    assert collect_unused(registry.root) == [orphan]


def test_aliases_of_before_are_sealed_and_damaged_ones_told(registry, make_file, caplog):
    registry.publish({"motion.npz": make_file(b"one")}, name="run")
    run, walk = (registry.root / "names/local/motions" / name / "aliases.json"
                 for name in ("run", "walk"))  # fmt: skip
    run.write_text('{"latest": ')
    walk.write_text('{"latest": 0}')
    seal_all_aliases(registry.root)
    assert read_sealed(walk) == {"latest": 0}
    assert run.read_text() == '{"latest": '
    assert f"{run}: expected a JSON object" in caplog.text

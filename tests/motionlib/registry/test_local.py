import json
import os
import signal
import stat
from pathlib import Path

import pytest

from motionlib.errors import RegistryError
from motionlib.files import HOST_TAG
from motionlib.registry.local import LocalRegistry
from motionlib.registry.manifest import (
    ArtifactFile,
    ArtifactManifest,
    Parent,
    json_from_manifest,
    load_manifest,
)
from motionlib.registry.objects import object_path


@pytest.fixture
def registry(tmp_path):
    return LocalRegistry(tmp_path / "artifacts")


@pytest.fixture
def publish(registry, make_file):
    def call(content: bytes, **options):
        options = {"name": "walk", **options}
        return registry.publish({"motion.npz": make_file(content)}, **options)

    return call


def test_published_bytes_come_back_read_only(registry, publish):
    made = publish(b"one", metadata={"robot": "microduck", "fps": 50.0})
    got = registry.pull("walk:latest")
    assert made.created
    assert got.reference == made.reference == "local/motions/walk:v0"
    assert got.file.read_bytes() == b"one"
    assert not stat.S_IMODE(got.file.stat().st_mode) & 0o222
    assert got.manifest.facts.robot == "microduck"
    assert got.aliases == ("latest",)
    assert got.sha256 == made.sha256


def test_versions_count_up_and_latest_moves(registry, publish):
    for content in (b"one", b"two", b"three"):
        publish(content)
    assert [v.manifest.version for v in registry.versions("walk")] == [0, 1, 2]
    assert registry.pull("walk").file.read_bytes() == b"three"
    assert registry.pull("walk:v0").file.read_bytes() == b"one"
    assert registry.pull("walk:v0").aliases == ()


def test_identical_content_makes_no_version_but_adds_aliases(registry, publish):
    publish(b"one")
    publish(b"two")
    again = publish(b"one", aliases=("best", "latest"))
    assert not again.created
    assert again.reference == "local/motions/walk:v0"
    assert again.aliases == ("best", "latest")
    assert len(registry.versions("walk")) == 2
    assert registry.pull("walk:latest").file.read_bytes() == b"one"


def test_identical_bytes_are_stored_once(registry, publish):
    one = publish(b"same", name="a")
    two = publish(b"same", name="b")
    assert one.file.stat().st_ino == two.file.stat().st_ino


def test_changed_bytes_name_file_and_hashes_and_remedy(registry, publish):
    made = publish(b"one")
    made.file.chmod(0o644)
    made.file.write_bytes(b"0ne")
    with pytest.raises(RegistryError) as caught:
        registry.pull("walk")
    text = str(caught.value)
    expected = made.manifest.files["motion.npz"].sha256
    assert str(made.file) in text
    assert f"expected sha256 {expected}" in text
    assert "found d" in text or "found " in text
    assert "publish the original file again" in text


def test_publishing_again_restores_changed_and_missing_bytes(registry, publish):
    made = publish(b"one")
    made.file.chmod(0o644)
    made.file.write_bytes(b"0ne")  # the store's copy too: it is the same inode
    assert not publish(b"one").created
    assert registry.pull("walk").file.read_bytes() == b"one"
    made.file.unlink()
    with pytest.raises(RegistryError, match="found no file"):
        registry.pull("walk")
    publish(b"one")
    assert registry.pull("walk").file.read_bytes() == b"one"


def test_a_damaged_store_is_not_spread_to_new_artifacts(registry, publish):
    made = publish(b"one", name="a")
    made.file.chmod(0o644)
    made.file.write_bytes(b"0ne")
    assert publish(b"one", name="b").file.read_bytes() == b"one"
    assert registry.pull("b").file.read_bytes() == b"one"


def test_unknown_references_name_the_nearest(registry, publish):
    with pytest.raises(RegistryError, match="nothing has been published here yet"):
        registry.pull("walk")
    assert not registry.root.exists()
    publish(b"one", name="microduck-walk", aliases=("latest", "best"))
    with pytest.raises(RegistryError, match="nearest: microduck-walk"):
        registry.pull("microduck-wlak")
    with pytest.raises(RegistryError, match="nearest: local/motions/microduck-walk"):
        registry.pull("me/motions/microduck-walk")
    with pytest.raises(RegistryError, match="'bset'; nearest: best"):
        registry.pull("microduck-walk:bset")
    with pytest.raises(RegistryError, match="no version or alias 'v7'"):
        registry.pull("microduck-walk:v7")


def test_another_type_under_one_name_is_refused(publish):
    publish(b"one")
    with pytest.raises(RegistryError, match="of type 'motions', not 'policy'"):
        publish(b"two", type="policy")


@pytest.mark.parametrize("options", [
    {"name": "../../etc"}, {"entity": ".."}, {"project": "a/b"}, {"aliases": ("v3",)},
    {"aliases": ("../x",)},
])  # fmt: skip
def test_names_that_could_leave_the_folder_are_refused(registry, publish, options):
    with pytest.raises(RegistryError):
        publish(b"one", **options)
    assert not registry.root.exists()


def test_missing_and_odd_sources_are_refused(registry, tmp_path, make_file):
    with pytest.raises(RegistryError, match=r"gone\.npz: no such file"):
        registry.publish({"motion.npz": tmp_path / "gone.npz"}, name="walk")
    with pytest.raises(RegistryError, match="at least one file"):
        registry.publish({}, name="walk")
    with pytest.raises(RegistryError, match=r"file name .* is not usable"):
        registry.publish({"../motion.npz": make_file(b"x")}, name="walk")


def test_lineage_walks_back_to_the_source_file(registry, publish):
    source = Parent(reference="reference_motions.pkl", sha256="a" * 64, kind="file")
    npz = publish(b"npz", name="walk", parents=[source])
    library = publish(b"pt", name="library", parents=[npz, npz])
    publish(b"policy", name="policy", type="policy", parents=[library, npz])
    steps = registry.lineage("policy")
    assert [(s.depth, s.parent.reference.rpartition("/")[2], s.known) for s in steps] == [
        (0, "policy:v0", True),
        (1, "library:v0", True),
        (2, "walk:v0", True),
        (3, "reference_motions.pkl", False),
    ]


def test_a_parent_with_other_content_is_not_known(registry, publish):
    publish(b"npz", name="walk")
    other = Parent(reference="local/motions/walk:v0", sha256="0" * 64)
    publish(b"pt", name="library", parents=[other])
    assert [step.known for step in registry.lineage("library")] == [True, False]


def test_folders_of_files_and_collections(registry, make_file):
    files = {"clips/a.npz": make_file(b"a", "a"), "clips/b.npz": make_file(b"b", "b")}
    made = registry.publish(files, name="clips", entity="me", project="demo")
    got = registry.pull("me/demo/clips")
    assert got.files["clips/b.npz"].read_bytes() == b"b"
    assert registry.collections() == ["me/demo/clips"]
    with pytest.raises(ValueError, match="has 2 files"):
        _ = made.file


def test_damaged_aliases_and_manifests_say_so(registry, publish):
    made = publish(b"one")
    aliases = made.path.parent / "aliases.json"
    aliases.write_text("[1]")
    with pytest.raises(RegistryError, match=r"aliases\.json: expected a JSON object"):
        registry.pull("walk")
    with pytest.raises(RegistryError, match=r"aliases\.json: expected a JSON object"):
        publish(b"two")
    assert [each.name for each in made.path.parent.glob("v*")] == ["v0"], "nothing was made"
    aliases.unlink()
    publish(b"one")
    manifest = made.path / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace('"walk"', '"work"'))
    with pytest.raises(RegistryError, match="was changed"):
        registry.pull("walk")
    manifest.unlink()
    with pytest.raises(RegistryError, match="manifest is missing"):
        registry.pull("walk")


def test_a_file_system_without_hard_links_gets_copies(registry, publish, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    publish(b"one")
    publish(b"one", name="other")
    assert registry.pull("walk").file.read_bytes() == b"one"
    assert registry.pull("other").file.read_bytes() == b"one"


def test_publishing_sweeps_what_killed_writers_left_and_nothing_else(registry, publish, dead_pid):
    publish(b"one")
    folder = registry.root / "names/local/motions/walk"
    left = folder / f".v1.{dead_pid}-{HOST_TAG}456789ab.tmp"
    (left / "clips").mkdir(parents=True)
    (folder / ".stranger.tmp").touch()
    publish(b"two")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [".lock", ".stranger.tmp", "aliases.json", "v0", "v1"]


_PUBLISHER = """
import sys
from pathlib import Path
from motionlib.registry.local import LocalRegistry
root, files, mine, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
registry = LocalRegistry(root)
(files / f"ready-{mine}").touch()
while not (files / "go").exists():
    pass
for number in range(count):
    own, shared = files / f"{mine}-{number}", files / f"shared-{mine}-{number}"
    own.write_text(f"{mine} {number}")
    shared.write_text(f"both {number}")
    registry.publish({"motion.npz": own}, name="walk", aliases=("latest", mine))
    registry.publish({"motion.npz": shared}, name="walk")
"""


def test_two_processes_publishing_at_once_lose_and_repeat_nothing(tmp_path, run_child):
    root, files, count = tmp_path / "artifacts", tmp_path / "files", 25
    files.mkdir()
    children = [run_child(_PUBLISHER, root, files, mine, count) for mine in ("a", "b")]
    for child, mine in zip(children, ("a", "b"), strict=True):
        child.wait_until((files / f"ready-{mine}").exists)
    (files / "go").touch()
    for child in children:
        child.finish()
    registry = LocalRegistry(root)
    versions = registry.versions("walk")
    contents = [registry.pull(v.reference).file.read_text() for v in versions]
    expected = {f"{who} {n}" for who in ("a", "b", "both") for n in range(count)}
    assert [v.manifest.version for v in versions] == list(range(3 * count))
    assert len(contents) == len(set(contents))
    assert set(contents) == expected
    assert registry.pull("walk:a").file.read_text() == f"a {count - 1}"
    assert registry.pull("walk:b").file.read_text() == f"b {count - 1}"
    assert not list(root.rglob("*.tmp"))


def _plant(folder: Path, manifest: ArtifactManifest) -> None:
    """A version as somebody else wrote it, with its checksums right."""
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json_from_manifest(manifest))


@pytest.fixture
def hostile(registry):
    def plant(**changes) -> Path:
        file = ArtifactFile(sha256="a" * 64, size=3)
        plain = {"entity": "local", "project": "motions", "name": "evil", "version": 0,
                 "type": "motions", "files": {"motion.npz": file}}  # fmt: skip
        folder = registry.root / "names" / "local" / "motions" / "evil" / "v0"
        _plant(folder, ArtifactManifest(**{**plain, **changes}))
        return folder

    return plant


@pytest.mark.parametrize("changes", [
    {"files": {"../../../../../../outside.npz": ArtifactFile(sha256="a" * 64, size=3)}},
    {"files": {"/outside.npz": ArtifactFile(sha256="a" * 64, size=3)}},
    {"entity": ".."}, {"project": "../.."}, {"name": "x/../../y"}, {"version": 1},
    {"name": "other"}, {"parents": (Parent(reference="../../x/y:v0", sha256="b" * 64),)},
])  # fmt: skip
def test_a_hostile_manifest_is_refused_by_every_reader(registry, hostile, make_file, changes):
    hostile(**changes)
    readers = [
        lambda: registry.pull("evil:v0"), lambda: registry.find("evil:v0"),
        lambda: registry.versions("evil"), lambda: registry.lineage("evil:v0"),
        lambda: registry.publish({"motion.npz": make_file(b"x")}, name="evil"),
    ]  # fmt: skip
    for read in readers:
        with pytest.raises(RegistryError, match=r"v0(/manifest\.json)?: "):
            read()


def test_values_of_another_form_are_no_manifest(registry, publish):
    made = publish(b"one")
    path = made.path / "manifest.json"
    path.chmod(0o644)
    manifest = load_manifest(path)
    for odd in ({"files": [1]}, {"parents": 3}, {"facts": {"body_names": 5}},
                {"files": {"a": {"sha256": "a" * 64, "size": 1, "path": "/etc"}}}):  # fmt: skip
        body = json.loads(json_from_manifest(manifest))
        body.update(odd)
        del body["manifest_sha256"]
        from motionlib.registry.manifest import _checksum

        path.write_text(json.dumps({**body, "manifest_sha256": _checksum(body)}))
        with pytest.raises(RegistryError, match=r"manifest\.json: not an artifact manifest"):
            registry.pull("walk")


def test_no_symbolic_link_is_followed_out_of_the_registry(registry, publish, tmp_path):
    made = publish(b"one")
    made.path.chmod(0o755)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "motion.npz").write_bytes(b"one")
    made.file.unlink()
    made.file.symlink_to(outside / "motion.npz")
    with pytest.raises(RegistryError, match="symbolic link to"):
        registry.pull("walk")
    with pytest.raises(RegistryError, match="symbolic link to"):
        publish(b"one")
    (registry.root / "names" / "local" / "motions" / "led").symlink_to(outside)
    for use in (lambda: registry.pull("led:v0"), lambda: publish(b"two", name="led")):
        with pytest.raises(RegistryError, match="symbolic link to"):
            use()
    assert [path.name for path in outside.iterdir()] == ["motion.npz"]


def test_a_flipped_alias_points_nowhere(registry, publish):
    publish(b"one", aliases=("latest", "best"))
    publish(b"two")
    aliases = registry.root / "names/local/motions/walk/aliases.json"
    sound = aliases.read_text()
    assert '"best": 0' in sound
    for damaged in (sound.replace('"best": 0', '"best": 1'), sound.replace("best", "test")):
        aliases.write_text(damaged)
        with pytest.raises(RegistryError, match=r"aliases\.json: expected .* its own checksum"):
            registry.pull("walk:best")
    aliases.write_text(sound)
    assert registry.pull("walk:best").reference.endswith(":v0")


_KILLED_PUBLISHER = """
import os, signal, sys
from pathlib import Path
from motionlib.registry import artifact_folder
from motionlib.registry.local import LocalRegistry
artifact_folder.write_text = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # no version yet
LocalRegistry(Path(sys.argv[1])).publish({"motion.npz": Path(sys.argv[2])}, name="walk")
"""


def test_bytes_of_a_killed_publication_are_collected(registry, publish, make_file, run_child):
    kept = publish(b"one")
    source = make_file(b"never seen", "killed.npz")
    child = run_child(_KILLED_PUBLISHER, registry.root, source)
    child.process.communicate(timeout=60)
    assert child.process.returncode == -signal.SIGKILL
    (staging,) = (registry.root / "names").rglob("*.tmp")
    (unused,) = set((registry.root / "objects").glob("??/*")) - {
        object_path(registry.root, kept.manifest.files["motion.npz"].sha256)
    }
    publish(b"two")
    assert not staging.exists()
    assert not unused.exists()
    assert len(list((registry.root / "objects").glob("??/*"))) == 2


def test_a_library_is_read_once_a_process_and_again_when_it_changes(registry, publish, monkeypatch):
    from motionlib import files

    made = publish(b"one")
    registry.pull("walk")
    reads = []
    whole = files.sha256_of_file
    monkeypatch.setattr(files, "_SETTLED_NS", -(10**18))
    monkeypatch.setattr(files, "sha256_of_file", lambda path: reads.append(path) or whole(path))
    for _ in range(3):
        registry.pull("walk")
    assert len(reads) == 1
    stamp = made.file.stat()
    made.file.chmod(0o644)
    made.file.write_bytes(b"0ne")
    os.utime(made.file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(RegistryError, match="changed on disk"):
        registry.pull("walk")

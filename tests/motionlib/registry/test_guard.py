from dataclasses import replace

import pytest

from motionlib.errors import RegistryError
from motionlib.registry.guard import check_folder, check_inside, check_manifest
from motionlib.registry.manifest import ArtifactFile, ArtifactManifest, Parent

_FILE = ArtifactFile(sha256="a" * 64, size=3)
_GOOD = ArtifactManifest(
    entity="local", project="motions", name="walk", version=2, type="motions",
    files={"clips/motion.npz": _FILE},
    parents=(Parent(reference="me/motions/a:v1", sha256="b" * 64),
             Parent(reference="a file/../of.any name", sha256="", kind="file")),
)  # fmt: skip


def test_what_we_write_is_taken():
    assert check_manifest(_GOOD, "here") is _GOOD
    assert check_manifest(replace(_GOOD, files={}), "here", any_files=True).files == {}


@pytest.mark.parametrize("changes", [
    {"entity": ".."}, {"project": "a/b"}, {"name": ""}, {"name": "../../x"}, {"name": 3},
    {"version": -1}, {"version": True}, {"version": "0"}, {"type": None}, {"files": {}},
    {"files": {"../motion.npz": _FILE}}, {"files": {"/etc/passwd": _FILE}},
    {"files": {"a/../../b": _FILE}}, {"files": {"manifest.json": _FILE}},
    {"files": {"a\\b": _FILE}}, {"files": {"": _FILE}}, {"files": {"a//b": _FILE}},
    {"files": {"a": ArtifactFile(sha256="../x", size=3)}},
    {"files": {"a": ArtifactFile(sha256="A" * 64, size=3)}},
    {"files": {"a": ArtifactFile(sha256="a" * 64, size=-3)}},
    {"files": {"a": ArtifactFile(sha256="a" * 64, size=1e3)}},  # type: ignore[arg-type]
    {"parents": (Parent(reference="../../x/y:v1", sha256="b" * 64),)},
    {"parents": (Parent(reference="x", sha256="b" * 64, kind="url"),)},  # type: ignore[arg-type]
    {"parents": (Parent(reference=["x"], sha256="b" * 64),)},  # type: ignore[arg-type]
])  # fmt: skip
def test_names_and_values_that_we_never_write_are_refused(changes):
    with pytest.raises(RegistryError, match=r"^here: nothing of this artifact is used"):
        check_manifest(replace(_GOOD, **changes), "here")


def test_a_manifest_stands_where_its_names_say(tmp_path):
    folder = tmp_path / "names" / "local" / "motions" / "walk" / "v2"
    assert check_folder(folder, _GOOD) is _GOOD
    for odd in (folder.with_name("v1"), tmp_path / "names/me/motions/walk/v2"):
        with pytest.raises(RegistryError, match=r"the manifest in it is of local/motions/walk:v2"):
            check_folder(odd, _GOOD)


def test_links_below_the_root_are_refused_and_the_root_may_be_one(tmp_path):
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    for folder in (root / "real", elsewhere):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    (tmp_path / "link").symlink_to(root)
    (root / "out").symlink_to(elsewhere)
    (root / "real" / "in").symlink_to(root / "real" / "file")
    assert check_inside(tmp_path / "link", tmp_path / "link" / "real" / "file").is_file()
    assert check_inside(root, root / "new" / "file") == root / "new" / "file"
    for odd in ("out/file", "out", "real/in"):
        with pytest.raises(RegistryError, match="symbolic link to"):
            check_inside(root, root / odd)

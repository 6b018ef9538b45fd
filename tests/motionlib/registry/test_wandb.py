import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from motionlib.errors import RegistryError
from motionlib.registry.manifest import Parent
from motionlib.registry.wandb import WandbRegistry, _described

wandb = pytest.importorskip("wandb", reason="the wandb extra is not installed")


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    for name in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return WandbRegistry(tmp_path / "wandb-registry", entity="me")


def test_offline_logging_keeps_the_artifact_for_sync(registry, make_file):
    parent = Parent(reference="me/motions/source:v1", sha256="a" * 64)
    made = registry.publish(
        {"motion.npz": make_file(b"bytes of a motion")},
        name="microduck-walk",
        aliases=("latest", "best"),
        metadata={"robot": "microduck"},
        parents=[parent],
    )
    assert made.reference.startswith("me/motions/microduck-walk:offline-")
    assert made.file.name == "motion.npz"
    assert made.file.read_bytes() == b"bytes of a motion"
    assert made.manifest.parents == (parent,)
    (log,) = registry.root.glob("wandb/offline-run-*/run-*.wandb")
    logged = log.read_bytes()
    for fact in (b"microduck-walk", b"motions", b"motion.npz", b"best", b"me/motions/source:v1"):
        assert fact in logged
    assert wandb.run is None


def test_using_an_artifact_offline_says_what_is_needed(registry):
    for ask in (registry.pull, registry.versions, registry.lineage):
        with pytest.raises(RegistryError, match=r"walk.*offline mode; set WANDB_MODE=online"):
            ask("me/motions/walk:latest")
    with pytest.raises(RegistryError, match="offline mode"):
        registry.collections()


def test_linking_offline_says_what_is_needed(registry, make_file):
    with pytest.raises(RegistryError, match="wandb-registry-motions/walk needs the wandb server"):
        registry.publish({"motion.npz": make_file(b"x")}, name="walk", link=True)


# wandb reads its environment once a process, so other modes need another process.
_PUBLISH = """
import sys, pathlib
from motionlib.errors import RegistryError
from motionlib.registry.wandb import WandbRegistry
try:
    registry = WandbRegistry(pathlib.Path(sys.argv[1]), entity="me")
    registry.publish({"motion.npz": pathlib.Path(sys.argv[2])}, name="walk")
except RegistryError as error:
    print("RegistryError:", error)
"""


def _publish_elsewhere(registry, path, **environment):
    command = [sys.executable, "-c", _PUBLISH, str(registry.root), str(path)]
    env = {**os.environ, **environment}
    done = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=100, check=False
    )
    return done.stdout


def test_a_disabled_wandb_does_not_pretend(registry, make_file):
    output = _publish_elsewhere(registry, make_file(b"x"), WANDB_MODE="disabled")
    assert "RegistryError: motions: wandb is disabled" in output


def test_online_without_credentials_is_a_clear_error(registry, make_file, tmp_path):
    no_netrc = {"NETRC": str(tmp_path / "netrc"), "WANDB_API_KEY": "", "HOME": str(tmp_path)}
    output = _publish_elsewhere(registry, make_file(b"x"), WANDB_MODE="online", **no_netrc)
    assert "RegistryError: motions: wandb refused" in output
    assert "wandb login" in output


def test_names_are_checked_before_wandb_is_loaded(registry, make_file):
    with pytest.raises(RegistryError, match=r"name '\.\./x'"):
        registry.publish({"motion.npz": make_file(b"x")}, name="../x")


def test_a_missing_package_names_the_extra(registry, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(RegistryError, match=r"pip install -e '\.\[wandb\]'"):
        registry.pull("walk")


class Logged(SimpleNamespace):
    """What wandb's server says of an artifact."""

    def __init__(self, **changes):
        collection = SimpleNamespace(name=changes.pop("name", "walk"))
        plain = {"entity": "me", "project": "motions", "version": "v1", "type": "motions",
                 "aliases": ["latest"], "metadata": {},
                 "manifest": SimpleNamespace(entries={})}  # fmt: skip
        super().__init__(collection=collection, **{**plain, **changes})


def _note(**note):
    return {"metadata": {"motion_workbench": note}}


@pytest.mark.parametrize("changes", [
    {"entity": "../.."}, {"name": "a/../b"}, _note(files={"../x": {"sha256": "a" * 64, "size": 1}}),
    _note(files={"x": {"sha256": "../../y", "size": 1}}), _note(files=[1]), _note(facts=3),
    _note(files={"x": {"sha256": "a" * 64, "size": 1, "extra": 1}}),
    _note(parents=[{"reference": "../../x/y:v1", "sha256": "a" * 64}]),
    {"metadata": {"motion_workbench": "text"}},
])  # fmt: skip
def test_what_a_server_says_is_checked(changes):
    with pytest.raises(RegistryError, match=r"^[a-z./]+/motions/[a-z./]+:v1: "):
        _described(Logged(**changes))


def test_what_we_logged_comes_back():
    version = _described(Logged(**_note(files={"x": {"sha256": "a" * 64, "size": 1}})))
    assert version.reference == "me/motions/walk:v1"
    assert list(version.manifest.files) == ["x"]
    assert _described(Logged()).manifest.files == {}


def test_a_link_in_what_arrived_is_not_followed(registry, tmp_path, monkeypatch):
    (tmp_path / "secret").write_bytes(b"secret")

    class Sent(Logged):
        def download(self, root: str) -> str:
            (Path(root) / "motion.npz").symlink_to(tmp_path / "secret")
            return root

    run = SimpleNamespace(offline=False, use_artifact=lambda _name: Sent())
    monkeypatch.setattr(wandb, "run", run)
    with pytest.raises(RegistryError, match="symbolic link"):
        registry.pull("me/motions/walk:v1")
    assert not (registry.root / "content").exists()


def test_a_listing_that_leaves_its_folder_is_refused_before_the_download(registry, monkeypatch):
    class Sent(Logged):
        def download(self, root: str) -> str:
            raise AssertionError(root)

    sent = Sent(manifest=SimpleNamespace(entries={"motion.npz": None, "../outside.npz": None}))
    run = SimpleNamespace(offline=False, use_artifact=lambda _name: sent)
    monkeypatch.setattr(wandb, "run", run)
    with pytest.raises(RegistryError, match=r"file name '\.\.'"):
        registry.pull("me/motions/walk:v1")

from pathlib import Path

import pytest

from motionlib.errors import RegistryError
from motionlib.registry.local import LocalRegistry
from motionlib.registry.opening import named_files, open_registry
from motionlib.registry.wandb import WandbRegistry


def test_kinds(tmp_path):
    assert isinstance(open_registry("local", tmp_path), LocalRegistry)
    assert isinstance(open_registry("wandb", tmp_path), WandbRegistry)
    with pytest.raises(RegistryError, match="no registry 'wandbb'; nearest: wandb"):
        open_registry("wandbb")  # pyright: ignore


def test_the_default_root_is_in_motion_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MOTION_HOME", str(tmp_path))
    registry = open_registry()
    assert isinstance(registry, LocalRegistry)
    assert registry.root == tmp_path / "artifacts"


def test_one_npz_becomes_motion_npz():
    assert named_files([Path("a/walk.npz")]) == {"motion.npz": Path("a/walk.npz")}
    assert named_files([Path("a/x.pt")]) == {"x.pt": Path("a/x.pt")}
    with pytest.raises(RegistryError, match="have one name"):
        named_files([Path("a/x.pt"), Path("b/x.pt")])

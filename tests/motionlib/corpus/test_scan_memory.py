import json
import random
from pathlib import Path

import pytest

from motionlib.corpus.scan import scan_folder
from motionlib.corpus.scan_memory import ScannedFile, load_memory, save_memory
from motionlib.files import HOST_TAG
from motionlib.human.clip_facts import ClipFacts
from motionlib.sealed import sealed_text

FACTS = ClipFacts(frames=7, fps=59.94, gender="male", format="amass_smplh")


def _file(path: str = "a b/ü.npz", **changes) -> ScannedFile:
    fields = {"bytes": 3, "mtime_ns": 2**62, "sha256": "ab", "facts": FACTS, "error": ""}
    return ScannedFile(path=path, **(fields | changes))


def test_what_was_found_comes_back(tmp_path: Path) -> None:
    files = {"a b/ü.npz": _file(), "x": _file("x", facts=None, error="x: zero frames")}
    save_memory(tmp_path / "m.json", tmp_path, files)
    assert load_memory(tmp_path / "m.json", tmp_path) == files


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    save_memory(tmp_path / "m.json", tmp_path, {"x": _file("x", sha256="", facts=None, error="no")})
    assert load_memory(tmp_path / "m.json", tmp_path) == {}


def test_another_folder_is_not_remembered(tmp_path: Path) -> None:
    save_memory(tmp_path / "m.json", tmp_path / "a", {"x": _file("x")})
    assert load_memory(tmp_path / "m.json", tmp_path / "b") == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: text.replace('"ab"', "[1]").replace("59.94", '"fast"'),
        lambda text: json.dumps(json.loads(text) | {"files": {}}),
        # whole, but of another version
        lambda text: sealed_text(json.loads(text)["content"] | {"files": {"x": [1]}}),
        lambda text: sealed_text(json.loads(text)["content"] | {"files": [1]}),
        lambda text: sealed_text(json.loads(text)["content"] | {"version": -1}),
    ],
)
def test_a_damaged_memory_is_forgotten(tmp_path: Path, change) -> None:
    path = tmp_path / "m.json"
    save_memory(path, tmp_path, {"x": _file("x")})
    path.write_text(change(path.read_text()))
    assert load_memory(path, tmp_path) == {}


def test_no_flipped_bit_is_remembered(tmp_path: Path) -> None:
    path, files = tmp_path / "m.json", {"x": _file("x"), "y": _file("y")}
    save_memory(path, tmp_path, files)
    whole = path.read_bytes()
    for bit in random.Random(0).sample(range(8 * len(whole)), 300):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert load_memory(path, tmp_path) in ({}, files)


def test_what_a_killed_scan_left_does_not_stop_the_next(tmp_path: Path, dead_pid: int) -> None:
    left = [f".m.json.{dead_pid}-{HOST_TAG}456789ab.tmp", ".m.json.0123456789ab.tmp"]
    (tmp_path / "clips").mkdir()
    for name in left:
        (tmp_path / name).touch()
    assert scan_folder(tmp_path / "clips", memory=tmp_path / "m.json", progress=False) == []
    assert [(tmp_path / name).exists() for name in left] == [False, True]


def test_without_a_path_nothing_is_kept(tmp_path: Path) -> None:
    save_memory(None, tmp_path, {"x": _file("x")})
    assert load_memory(None, tmp_path) == {}
    assert list(tmp_path.iterdir()) == []

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from assets.layers import Home, Layer, LayerError, LayerIOManager, build_layer, sha256_of_folder


def writer(text: str, calls: list[str]):
    def make(folder: Path) -> None:
        calls.append(text)
        (folder / "a.txt").write_text(text)

    return make


def test_equal_inputs_are_made_once(tmp_path: Path) -> None:
    calls: list[str] = []
    first = build_layer(tmp_path, {"x": 1, "y": 2}, writer("one", calls))
    again = build_layer(tmp_path, {"y": 2, "x": 1}, writer("two", calls))
    assert calls == ["one"]
    assert again.reused
    assert not first.reused
    assert (again.path, again.sha256) == (first.path, first.sha256)


def test_other_inputs_are_made_beside(tmp_path: Path) -> None:
    calls: list[str] = []
    first = build_layer(tmp_path, {"x": 1}, writer("one", calls))
    second = build_layer(tmp_path, {"x": 2}, writer("one", calls))
    assert calls == ["one", "one"]
    assert first.path != second.path
    assert first.sha256 == second.sha256


def test_changed_bytes_are_made_again(tmp_path: Path) -> None:
    calls: list[str] = []
    layer = build_layer(tmp_path, {"x": 1}, writer("one", calls))
    (layer.path / "a.txt").write_text("tampered")
    mended = build_layer(tmp_path, {"x": 1}, writer("one", calls))
    assert not mended.reused
    assert (mended.path / "a.txt").read_text() == "one"


def test_touched_files_with_their_bytes_are_found(tmp_path: Path) -> None:
    calls: list[str] = []
    layer = build_layer(tmp_path, {"x": 1}, writer("one", calls))
    os.utime(layer.path / "a.txt", ns=(1, 1))
    assert build_layer(tmp_path, {"x": 1}, writer("one", calls)).reused
    assert calls == ["one"]


def test_only_the_newest_are_kept_where_asked(tmp_path: Path) -> None:
    made = [build_layer(tmp_path, {"x": x}, writer(str(x), []), keep=2).path for x in range(4)]
    assert [path.exists() for path in made] == [False, False, True, True]


def test_an_interrupted_stage_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half.txt").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_layer(tmp_path, {"x": 1}, interrupted)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_stage_left_is_swept_and_a_live_one_s_kept(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = tmp_path / f".abc.{gone.pid}.tmp", tmp_path / f".abc.{os.getppid()}.tmp"
    for folder in (dead, alive):
        folder.mkdir()
    build_layer(tmp_path, {"x": 1}, writer("one", []))
    assert not dead.exists()
    assert alive.exists()


def test_the_hash_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = sha256_of_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = sha256_of_folder(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, renamed, sha256_of_folder(tmp_path)}) == 3


def test_layers_travel_between_assets_as_json(tmp_path: Path) -> None:
    home = Home(path=str(tmp_path / "home"))
    (tmp_path / "x").write_text("1")

    @dg.asset(key=["r", "one"])
    def one() -> Layer:
        return Layer(path=tmp_path / "x", sha256="abc", reference="a/b/c:v0")

    @dg.asset(key=["r", "two"], ins={"one": dg.AssetIn(key=["r", "one"])})
    def two(one: Layer) -> None:
        assert one == Layer(path=tmp_path / "x", sha256="abc", reference="a/b/c:v0", reused=True)

    resources = {"io_manager": LayerIOManager(home=home)}
    assert dg.materialize([one, two], resources=resources).success
    assert (tmp_path / "home/cache/r/one/latest.json").is_file()
    (tmp_path / "x").unlink()
    with pytest.raises(LayerError, match=r"r/one: .* is gone; materialise this asset again"):
        dg.materialize([one, two], resources=resources, selection=[two])

import functools
import os
import random
import time
from pathlib import Path

import dagster as dg
import pytest

from assets import layers
from assets.layers import (
    RECORD,
    Home,
    Layer,
    LayerError,
    LayerIOManager,
    build_layer,
    copy_to_reports,
    newest_layer,
    newest_layers,
    problem_of,
    remember_layer,
    sha256_of_folder,
    sha256_of_sources,
)
from motionlib.files import HOST_TAG


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
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_what_killed_processes_left_is_swept_and_all_else_kept(
    tmp_path: Path, dead_pid: int
) -> None:
    swept = [
        f".abc.{dead_pid}-{HOST_TAG}456789ab.tmp",
        f".latest.json.{dead_pid}-{HOST_TAG}456789ab.tmp",
    ]
    kept = [
        f".abc.{os.getppid()}-{HOST_TAG}456789ab.tmp",
        ".latest.json.0123456789ab.tmp",
        ".seen_files.0123456789ab.tmp",
        ".something.tmp",
        f".abc.{dead_pid}.tmp",
    ]
    (tmp_path / swept[0]).mkdir()
    for name in (swept[1], *kept):
        (tmp_path / name).touch()
    build_layer(tmp_path, {"x": 1}, writer("one", []))
    assert not any((tmp_path / name).exists() for name in swept)
    assert all((tmp_path / name).exists() for name in kept)


def test_no_flipped_bit_of_a_layer_is_used(tmp_path: Path) -> None:
    chance = random.Random(0)
    layer = build_layer(tmp_path, {"x": 1}, writer("some longer text", []))
    for round_number in range(120):
        file = layer.path / chance.choice(["a.txt", RECORD])
        whole, stat = file.read_bytes(), file.stat()
        bit = chance.randrange(8 * len(whole))
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        mended = build_layer(tmp_path, {"x": 1}, writer("some longer text", []))
        assert (mended.path / "a.txt").read_text() == "some longer text", (round_number, bit)
        assert mended.sha256 == layer.sha256
        assert problem_of(mended.path) == ""


def test_a_layer_without_files_is_found(tmp_path: Path) -> None:
    build_layer(tmp_path, {"x": 1}, lambda folder: None)
    assert build_layer(tmp_path, {"x": 1}, lambda folder: None).reused


def test_a_missing_or_an_added_file_makes_it_again(tmp_path: Path) -> None:
    calls: list[str] = []
    layer = build_layer(tmp_path, {"x": 1}, writer("one", calls))
    (layer.path / "b.txt").touch()
    build_layer(tmp_path, {"x": 1}, writer("one", calls))
    (layer.path / "a.txt").unlink()
    build_layer(tmp_path, {"x": 1}, writer("one", calls))
    assert len(calls) == 3
    assert [path.name for path in sorted(layer.path.iterdir())] == ["a.txt", RECORD]


_BUILDER = """
import sys, time
from pathlib import Path
from assets.layers import build_layer
folder, mine = Path(sys.argv[1]), sys.argv[2]
def make(target):
    (target / "a.txt").write_text("same for all")
    with (folder / "calls").open("a") as file:
        file.write(mine)
while not (folder / "go").exists():
    pass
for number in range(15):
    layer = build_layer(folder / "stage", {"x": number}, make, keep=20)
    assert (layer.path / "a.txt").read_text() == "same for all"
"""


def test_processes_that_want_the_same_layer_make_it_once(tmp_path: Path, run_child) -> None:
    children = [run_child(_BUILDER, tmp_path, mine) for mine in "abcd"]
    time.sleep(2.0)
    (tmp_path / "go").touch()
    for child in children:
        child.finish()
    assert len((tmp_path / "calls").read_text()) == 15
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_hash_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = sha256_of_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = sha256_of_folder(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, renamed, sha256_of_folder(tmp_path)}) == 3


def test_a_layer_of_another_source_is_refused(tmp_path: Path) -> None:
    stage = tmp_path / "cache/r/one"
    layer = build_layer(stage, {"x": 1}, writer("1", []))
    remember_layer(stage, layer, source="/data/a")
    assert newest_layer(stage, "r/one", source="/data/a").path == layer.path
    assert newest_layer(stage, "r/one").path == layer.path
    with pytest.raises(LayerError, match=r"r/one: .* of /data/a, this run reads /data/b"):
        newest_layer(stage, "r/one", source="/data/b")
    home = Home(path=str(tmp_path), sources={"r": "/data/b"})
    assert newest_layers(home, "one")["r"].path == layer.path
    with pytest.raises(LayerError, match="another run came between"):
        newest_layer(stage, "r/one", source=home.source_of(dg.AssetKey(["r", "one"])))


def test_a_damaged_layer_is_not_handed_on(tmp_path: Path) -> None:
    layer = build_layer(tmp_path, {"x": 1}, writer("some text", []))
    remember_layer(tmp_path, Layer(path=layer.path / "a.txt", sha256="of its meaning"))
    assert newest_layer(tmp_path, "one").path == layer.path / "a.txt"
    (layer.path / "a.txt").write_text("Some text")
    with pytest.raises(LayerError, match=r"the bytes of a\.txt changed since it was made"):
        newest_layer(tmp_path, "one")
    build_layer(tmp_path, {"x": 1}, writer("some text", []))
    assert newest_layer(tmp_path, "one").reused
    (layer.path / RECORD).unlink()
    with pytest.raises(LayerError, match="changed since"):
        newest_layer(tmp_path, "one")


def test_every_file_that_a_layer_consists_of_is_looked_at(tmp_path: Path) -> None:
    stage, main, part = tmp_path / "stage", tmp_path / "robot.xml", tmp_path / "leg.xml"
    main.write_text("main")
    part.write_text("short")
    remember_layer(stage, Layer(path=main, sha256="of both", others=(main, part)))
    assert set(newest_layer(stage, "robot_model").others) == {main, part}
    part.write_text("longer")
    with pytest.raises(LayerError, match=r"robot_model: .*leg\.xml: its bytes changed since"):
        newest_layer(stage, "robot_model")
    part.unlink()
    with pytest.raises(LayerError, match=r"leg\.xml: its bytes changed since"):
        newest_layer(stage, "robot_model")
    part.write_text("short")
    assert newest_layer(stage, "robot_model").sha256 == "of both"


def test_reports_are_copies_that_are_made_again(tmp_path: Path) -> None:
    layer = build_layer(tmp_path / "stage", {"x": 1}, writer("one", []))
    copy_to_reports(layer, tmp_path / "reports")
    copy = tmp_path / "reports" / "a.txt"
    before = copy.stat().st_ino
    copy_to_reports(layer, tmp_path / "reports")
    assert copy.stat().st_ino == before
    copy.write_text("two")
    copy_to_reports(layer, tmp_path / "reports")
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["a.txt"]
    assert copy.read_text() == "one"


def test_layers_travel_between_assets_as_json(tmp_path: Path) -> None:
    home = Home(path=str(tmp_path / "home"))
    (tmp_path / "x").write_text("1")

    @dg.asset(key=["r", "one"])
    def one() -> Layer:
        return Layer(path=tmp_path / "x", sha256="of what it means", reference="a/b/c:v0")

    @dg.asset(key=["r", "two"], ins={"one": dg.AssetIn(key=["r", "one"])})
    def two(one: Layer) -> None:
        assert one == Layer(
            path=tmp_path / "x", sha256="of what it means", reference="a/b/c:v0", reused=True
        )

    resources = {"io_manager": LayerIOManager(home=home)}
    assert dg.materialize([one, two], resources=resources).success
    assert (tmp_path / "home/cache/r/one/latest.json").is_file()
    for damage, told in (
        (
            functools.partial((tmp_path / "x").write_text, "2"),
            "its bytes changed since this asset was made",
        ),
        ((tmp_path / "x").unlink, "is gone"),
    ):
        damage()
        with pytest.raises(LayerError, match=rf"r/one: .*{told}; materialise this asset again"):
            dg.materialize([one, two], resources=resources, selection=[two])
    (tmp_path / "x").write_text("1")
    assert dg.materialize([one, two], resources=resources, selection=[two]).success
    pointer = tmp_path / "home/cache/r/one/latest.json"
    pointer.write_text(pointer.read_text().replace("v0", "v1"))
    with pytest.raises(LayerError, match=r"latest\.json is damaged; materialise this asset again"):
        dg.materialize([one, two], resources=resources, selection=[two])


def test_a_code_version_moves_with_the_meaning_of_sources_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "__file__", str(tmp_path / "assets" / "layers.py"))
    file = tmp_path / "room" / "wing" / "limits.py"
    file.parent.mkdir(parents=True)

    def version(text: str) -> str:
        file.write_text(text)
        return sha256_of_sources("room")

    before = version("LIMIT = 1\n")
    assert version('"""Limits."""\n\nLIMIT = (\n    1  # m\n)\n"""m"""\n') == before
    assert version("LIMIT = 2\n") != before
    file.unlink()
    file = file.with_name("bounds.py")
    assert version("LIMIT = 1\n") != before

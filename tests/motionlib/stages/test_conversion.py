import dataclasses
import os
import random
import signal
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from motionlib.corpus.index import IndexSettings, build_index
from motionlib.errors import RobotChangedError
from motionlib.human.settings import HumanSettings
from motionlib.robots.files import load_robot
from motionlib.stages.books import books_of
from motionlib.stages.conversion import convert_clips
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.store import ClipStore
from motionlib.synthesis.amass_folder import write_amass_folder

STAND_IN = Path(__file__).parent / "stand_in"


def files_of(store: ClipStore) -> dict[str, bytes]:
    return {
        file.relative_to(store.folder).as_posix(): file.read_bytes()
        for file in store.folder.rglob("*.safetensors")
    }


def entries_left(store: ClipStore) -> int:
    """Entries once the workers of a killed run have noticed that nobody listens."""
    before = -1
    while before != (now := len(list(store.folder.glob("??/*")))):
        before = now
        time.sleep(0.3)
    return now


def test_results_come_in_the_order_of_the_rows_and_are_kept(bench):
    rows = [bench.add(f"CMU/{name}", frames=n, seed=n) for n, name in ((9, "b"), (30, "a"))]
    first = bench.run(rows)
    assert [each.clip_id for each in first] == ["CMU/b", "CMU/a"]
    assert [each.measures["frames"] for each in first] == [9, 30]
    assert all(each.recomputed and not each.reason for each in first)
    assert bench.store.load(first[1].cache_path).root_pos.shape == (30, 3)
    again = bench.run(rows)
    assert [dataclasses.replace(each, recomputed=True) for each in again] == first
    assert not any(each.recomputed for each in again)


def test_any_number_of_processes_leaves_the_same_bytes(bench, tmp_path):
    rows = [bench.add(f"CMU/{n}", frames=5 + n, seed=n) for n in range(20)]
    rows += [bench.add("CMU/bad", action="refuse")]
    other = ClipStore(tmp_path / "other store")
    assert bench.run(rows) == bench.run(rows, processes=2, store=other)
    assert files_of(bench.store) == files_of(other)
    assert len(files_of(other)) == 21


def test_spaces_and_unicode_in_paths(bench):
    rows = [bench.add("Ünïted 数据/a clip – über 1 #2", seed=1)]
    (result,) = bench.run(rows, processes=2)
    assert result.reason == ""
    assert bench.store.get(result.key) is not None


def test_only_what_changed_is_made_again(bench):
    rows = [bench.add(f"CMU/{n}", seed=n) for n in range(5)]
    bench.run(rows)
    rows[3] = bench.add("CMU/3", seed=33)
    again = bench.run(rows)
    assert [each.recomputed for each in again] == [False, False, False, True, False]


def test_settings_robot_and_part_are_part_of_the_key(bench, g1):
    row = bench.add("CMU/a")
    one = bench.run([row])[0].key
    others = [
        bench.run([row], settings=HumanSettings(fps=50.0))[0],
        bench.run([dataclasses.replace(row, start_s=0.1)])[0],
        dataclasses.replace(bench, robot=g1).run([row])[0],
    ]
    assert all(each.recomputed for each in others)
    assert len({one, *(each.key for each in others)}) == 4


def test_a_copy_under_another_name_is_found(bench):
    bench.run([bench.add("CMU/a", seed=4)])
    (copy,) = bench.run([bench.add("KIT/b", seed=4)])
    assert not copy.recomputed
    assert copy.clip_id == "KIT/b"


def test_a_bad_clip_costs_one_row_and_is_not_tried_again(bench):
    rows = [bench.add("CMU/bad", action="refuse"), bench.add("CMU/good")]
    bad, good = bench.run(rows)
    assert bad.reason == "poses has NaN in frame 7; mend bad.json"
    assert (bad.cache_path, dict(bad.measures), good.reason) == ("", {}, "")
    again = bench.run(rows)
    assert [each.recomputed for each in again] == [False, False]
    assert again[0].reason == bad.reason


def test_what_the_index_rejected_is_passed_over(bench, make_row):
    row = make_row("CMU/x", fate="rejected", reason="no zip file", sha256="", seconds=0.0)
    (result,) = bench.run([row])
    assert (result.key, result.reason, result.recomputed) == ("", "no zip file", False)


def test_that_the_robot_changed_is_not_remembered_of_a_clip(bench):
    def convert(*_):
        raise RobotChangedError("robot.xml: its files changed since microduck was read")

    row = bench.add("CMU/a")
    (result,) = dataclasses.replace(bench, convert=convert).run([row])
    assert result.reason == "robot.xml: its files changed since microduck was read"
    assert bench.store.get(result.key) is None
    assert not bench.run([row])[0].reason


def test_a_file_that_changed_or_went_is_refused_and_tried_again(bench):
    changed, gone = bench.add("CMU/a"), bench.add("CMU/b")
    path = bench.root / "CMU/a.json"
    old = path.read_text()
    path.write_text(old + " ")
    away = (bench.root / "CMU/b.json").rename(bench.root / "away")
    one, other = bench.run([changed, gone])
    assert "changed since it was indexed" in one.reason
    assert other.reason == "cannot be read: No such file or directory"
    away.rename(bench.root / "CMU/b.json")
    one, other = bench.run([bench.indexed("CMU/a"), gone])
    assert one.recomputed
    assert (one.reason, other.reason) == ("", "")


def test_a_file_that_changes_while_it_is_read_is_not_kept(bench):
    (result,) = bench.run([bench.add("CMU/a", action="grow")])
    assert "changed since it was indexed" in result.reason
    assert files_of(bench.store) == {}


@pytest.mark.parametrize("damage", ["cut short", "removed"])
def test_a_damaged_entry_is_made_again(bench, damage):
    rows = [bench.add("CMU/a", seed=1), bench.add("CMU/b", seed=2)]
    first = bench.run(rows)
    entry = bench.store.folder / first[0].cache_path
    content = entry.read_bytes()
    if damage == "removed":
        entry.unlink()
    else:
        entry.write_bytes(content[:-1])
    assert [each.recomputed for each in bench.run(rows)] == [True, False]
    assert entry.read_bytes() == content


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("bug", "unexpected ZeroDivisionError: nobody expected this"),
        ("memory", "unexpected MemoryError"),
        ("recursion", "unexpected RecursionError: maximum recursion depth exceeded"),
        ("long error", "unexpected ValueError: xxx"),
    ],
)
def test_what_one_clip_brings_about_is_its_own_fate(bench, action, reason, processes):
    rows = [bench.add("CMU/a"), bench.add("CMU/bad", action=action), bench.add("CMU/c", seed=2)]
    first, bad, last = bench.run(rows, processes=processes)
    assert bad.reason.startswith(reason)
    assert len(bad.reason) < 400
    assert (first.reason, last.reason) == ("", "")
    assert bench.store.get(bad.key) is None, "it may have been the memory of that hour"


def test_an_unexpected_error_is_logged_with_its_traceback(bench, caplog):
    bench.run([bench.add("CMU/bug", action="bug")], processes=1)
    assert "CMU/bug" in caplog.text
    assert "Traceback" in caplog.text


def test_a_clip_that_kills_its_worker_is_named_and_tried_again(bench):
    rows = [bench.add(f"CMU/{n}", seed=n) for n in range(8)] + [bench.add("CMU/x", action="die")]
    *others, deadly = bench.run(rows, processes=2)
    assert all(each.reason == "" for each in others)
    assert "SIGKILL" in deadly.reason
    assert bench.store.get(deadly.key) is None, "it may have been the memory of that hour"
    rows[-1] = bench.add("CMU/x", action="die once")
    assert bench.run(rows, processes=2)[-1].reason == ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
@pytest.mark.parametrize("processes", [1, 2])
def test_the_next_call_does_only_the_rest(bench, run_child, number, processes, tmp_path):
    rows = [bench.add(f"CMU/{n}", seed=n, action="slow") for n in range(40)]
    table = tmp_path / "rows.py"
    table.write_text(f"inf = float('inf')\nrows = {[dataclasses.asdict(row) for row in rows]}")
    child = run_child(
        """
        import runpy, sys
        from pathlib import Path
        stand_in, table, root, store, processes = sys.argv[1:]
        sys.path.insert(0, stand_in)
        from motionlib.corpus.row import ClipRow
        from motionlib.stages.conversion import convert_clips
        from motionlib.stages.store import ClipStore
        from motionlib.human.settings import HumanSettings
        from motionlib.robots.files import load_robot
        from stand_in_conversion import convert

        convert_clips(
            [ClipRow(**values) for values in runpy.run_path(table)["rows"]],
            root=Path(root), robot=load_robot("microduck"), settings=HumanSettings(),
            store=ClipStore(Path(store)), processes=int(processes), convert=convert,
        )
        """,
        STAND_IN, table, bench.root, bench.store.folder, processes,
    )  # fmt: skip
    child.wait_until(lambda: len(list(bench.store.folder.glob("??/*"))) >= 10)
    child.signal(number)
    assert child.process.returncode != 0
    kept = entries_left(bench.store)
    results = bench.run(rows)
    assert 10 <= kept < 40
    assert sum(each.recomputed for each in results) == 40 - kept
    assert not any(each.reason for each in results)
    assert list((bench.store.folder / "unfinished").iterdir()) == []


def test_real_recordings_with_broken_ones_among_them(tmp_path):
    """The readers and the converter themselves; whatever is wrong with a file costs its own row."""
    robot, root = load_robot("smpl"), tmp_path / "a folder – 数据"
    write_amass_folder(root, clips=4, seconds=(0.5, 1.0), bad=True, progress=False)
    rows = build_index(root, IndexSettings(), memory=None, progress=False)
    results = {}
    for processes in (1, 2):
        results[processes] = convert_clips(
            rows, root=root, robot=robot, settings=HumanSettings(),
            store=ClipStore(tmp_path / f"store {processes}"), processes=processes, progress=False,
        )  # fmt: skip
    assert results[1] == results[2]
    one, two = (ClipStore(tmp_path / f"store {processes}") for processes in (1, 2))
    assert files_of(one) == files_of(two)
    table = judge(rows, results[1], HumanGates())
    assert books_of(rows, table).balanced
    fates = {row["clip_id"]: row["fate"] for row in table if "broken" not in str(row["path"])}
    assert list(fates.values()) == ["accepted"] * 4
    reasons = {row["clip_id"]: str(row["reason"]) for row in table}
    by_id = {row["clip_id"]: row["gate"] for row in table}
    assert by_id["CMU/broken/nan_poses"] == "nan"
    frames = {row["clip_id"]: row["frame"] for row in table}
    assert f"in source frame {frames['CMU/broken/nan_poses']}," in reasons["CMU/broken/nan_poses"]
    assert by_id["CMU/broken/text_poses"] == "unreadable"
    assert by_id["CMU/broken/airborne_poses"] == "airborne_s_max"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "deflated"])
def test_a_flipped_bit_in_a_recording_is_its_own_rejected_row(tmp_path, save):
    """A hundred copies of one recording, each with another bit of its numbers changed."""
    robot, root = load_robot("smpl"), tmp_path / "amass"
    (made,) = write_amass_folder(
        tmp_path / "made", clips=1, seconds=(0.5, 0.6), smplx_share=0.0, progress=False
    )
    (root / "CMU" / "1").mkdir(parents=True)
    sound = root / "CMU" / "1" / "sound_poses.npz"
    with np.load(made) as file:
        save(sound, **file)
    content = sound.read_bytes()
    with zipfile.ZipFile(sound) as archive:
        places = {name: archive.getinfo(f"{name}.npy") for name in ("poses", "trans")}
    draw = random.Random(5)
    for number in range(100):
        info = places["trans" if number % 4 == 0 else "poses"]
        damaged, end = bytearray(content), info.header_offset + 60 + info.compress_size
        # behind the headers, up to the last byte
        damaged[draw.randrange(end - info.compress_size + 100, end - 20)] ^= 1 << draw.randrange(8)
        sound.with_name(f"{number}_poses.npz").write_bytes(damaged)
    rows = build_index(root, IndexSettings(), memory=None, progress=False)
    results = convert_clips(
        rows, root=root, robot=robot, settings=HumanSettings(), store=ClipStore(tmp_path / "store"),
        processes=1, progress=False,
    )  # fmt: skip
    table = judge(rows, results, HumanGates())
    assert books_of(rows, table).balanced
    fates = {row["clip_id"].rpartition("/")[2]: row for row in table}
    assert fates.pop("sound_poses")["fate"] == "accepted"
    assert len(fates) == 100
    for row in fates.values():
        assert row["fate"] == "rejected"
        assert "cannot be read" in str(row["reason"]), row["reason"]
        assert "damaged" in str(row["reason"])


def test_damage_since_the_index_is_not_remembered_for_the_sound_file(bench):
    row = bench.add("CMU/a", action="refuse")
    path = bench.root / row.path
    damaged, times = path.read_bytes(), path.stat()
    path.write_bytes(damaged.replace(b"refuse", b"......"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    indexed = bench.indexed("CMU/a")
    path.write_bytes(damaged)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (bad,) = bench.run([indexed])
    assert "NaN in frame 7" in bad.reason
    path.write_bytes(damaged.replace(b"refuse", b"......"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (good,) = bench.run([indexed])
    assert (good.reason, good.recomputed) == ("", True)

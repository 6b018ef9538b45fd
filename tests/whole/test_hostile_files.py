"""No file costs more than a reason: whatever is opened, by whichever reader.

Memory is that of a process of its own beyond its imports; time is its own, not the clock's.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest

from motionlib.errors import MAX_MESSAGE

TESTS = Path(__file__).resolve().parents[1]
MOST_MB = 200.0
MOST_CPU_S = 5.0
"""Several times what the slowest takes on an idle machine."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="costs are measured by forking")
SOUND = {"betas_empty", "betas_five_of_none", "betas_none_of_five", "betas_four_axes"}
"""Recordings whose shape says nothing, and which move all the same."""


@pytest.fixture(scope="module")
def hostile() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hostile_files", TESTS / "hostile_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(jobs: Iterable[tuple[str, Path]]) -> list[dict]:
    """Results of `measured_readers.py`, one a job."""
    lines = "".join(json.dumps([reader, str(path)]) + "\n" for reader, path in jobs)
    done = subprocess.run(
        [sys.executable, TESTS / "measured_readers.py"],
        input=lines, capture_output=True, text=True, check=False, cwd=TESTS.parent,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_costs(results: list[dict]) -> None:
    for each in results:
        where = f"{each['reader']} {Path(each['path']).name}: {each}"
        assert each["status"] >= 0, where
        assert "Traceback" not in each["text"], where
        assert "weights_only" not in each["text"], where
        assert "unexpected" not in each["text"], where
        assert len(each["text"]) < MAX_MESSAGE + 1000, where
        assert each["extra_mb"] < MOST_MB, where
        assert each["cpu_s"] < MOST_CPU_S, where


def check_refused(results: list[dict], *, but: Iterable[str] = ()) -> None:
    """Each was refused, and the reason names the file; `but` these, which may be read."""
    for each in results:
        if Path(each["path"]).stem not in but:
            assert each["status"] >= 1, each
            assert Path(each["path"]).name in each["text"], each


def test_inspect_says_what_is_wrong(hostile, tmp_path) -> None:
    paths = [
        *hostile.write_all(tmp_path / "npz", hostile.RECORDINGS, ".npz"),
        *hostile.write_all(tmp_path / "pt", hostile.TORCH_FILES, ".pt"),
        *hostile.write_all(tmp_path / "motion", hostile.TORCH_FILES, ".motion"),
        *hostile.write_all(tmp_path / "pkl", hostile.PICKLES, ".pkl"),
    ]
    few = {name: hostile.PICKLES[name] for name in ("memo_number", "set_called", "array_copies")}
    for name, make in few.items():
        (tmp_path / "pt" / f"pickle_{name}.pt").write_bytes(hostile.torch_zip(make(), {}))
        (tmp_path / "pt" / f"{name}.npy").write_bytes(hostile.object_array(make()))
        paths += [tmp_path / "pt" / f"pickle_{name}.pt", tmp_path / "pt" / f"{name}.npy"]
    results = opened(("inspect", path) for path in paths)
    assert len(results) == len(paths)
    check_costs(results)
    check_refused(results, but=SOUND)
    # 2 is for files of another kind than their suffix says
    others = {Path(each["path"]).stem for each in results if each["status"] != 1} - SOUND
    assert others <= {"text", "empty", "cut_off", "no_pickle", "many_members"}


def test_recordings_are_refused_or_converted(hostile, tmp_path) -> None:
    files = hostile.write_all(tmp_path, hostile.RECORDINGS, "_poses.npz")
    files += hostile.write_all(tmp_path, hostile.BVHS, ".bvh")
    results = opened((reader, file) for file in files for reader in ("probe", "convert"))
    check_costs(results)
    for each in results:
        stem = Path(each["path"]).stem
        sound = stem.startswith("betas_") and not stem.removesuffix("_poses").endswith(
            ("many", "objects", "text", "complex")
        )
        if each["reader"] == "convert":
            assert (each["status"] == 0) == sound, each


def test_frames_are_held_against_the_file_before_they_are_counted(hostile, tmp_path) -> None:
    names = ("frames_enormous", "frames_of_5000_digits", "frames_1e5000")
    files = hostile.write_all(tmp_path, {name: hostile.BVHS[name] for name in names}, ".bvh")
    files += hostile.write_all(
        tmp_path, {"huge_shape": hostile.RECORDINGS["huge_shape"]}, "_poses.npz"
    )
    check_refused(opened(("probe", file) for file in files))


def test_yaml_by_every_reader(hostile, tmp_path) -> None:
    files = hostile.write_all(tmp_path, hostile.YAMLS, ".yaml")
    readers = ("recipe", "motion list", "issue list", "names", "weights", "joint map", "robot")
    results = opened((reader, file) for file in files for reader in readers)
    check_costs(results)
    check_refused([each for each in results if each["reader"] != "weights"])


def test_pickles_and_texts_of_other_readers(hostile, tmp_path) -> None:
    pickles = hostile.write_all(tmp_path / "pkl", hostile.PICKLES, ".pkl")
    (tmp_path / "packed.pkl").write_bytes(hostile.issue_list_bomb())
    (tmp_path / "deep.json").write_bytes(hostile.deep_json())
    tables = hostile.write_all(tmp_path / "csv", hostile.TABLES, ".csv")
    jobs = [
        *(("issue list", path) for path in pickles),
        *(("body model", path) for path in pickles),
        *(("robot pickle", path) for path in (*pickles, tmp_path / "packed.pkl")),
        ("issue list", tmp_path / "packed.pkl"),
        ("issue list", tmp_path / "deep.json"),
        *(("csv", path) for path in tables),
        *(("weights", path) for path in tables),
        *(("model", path) for path in hostile.write_all(tmp_path / "xml", hostile.MODELS, ".xml")),
    ]
    results = opened(jobs)
    check_costs(results)
    check_refused(results)


def test_what_is_no_file_is_not_waited_for(tmp_path) -> None:
    jobs = []
    readers = {
        ".npz": ("inspect", "probe", "convert", "body model", "robot npz"),
        ".pt": ("inspect",),
        ".npy": ("inspect",),
        ".pkl": ("inspect", "issue list", "body model", "robot pickle"),
        ".bvh": ("probe", "convert"),
        ".csv": ("csv", "weights"),
        ".yaml": ("recipe", "motion list", "names", "joint map", "robot"),
        ".xml": ("model",),
    }
    for suffix, names in readers.items():
        os.mkfifo(tmp_path / f"pipe{suffix}")
        (tmp_path / f"device{suffix}").symlink_to("/dev/zero")
        (tmp_path / f"circle{suffix}").symlink_to(tmp_path / f"circle{suffix}")
        (tmp_path / f"folder{suffix}").mkdir()
        for kind in ("pipe", "device", "circle", "folder"):
            jobs += [(name, tmp_path / f"{kind}{suffix}") for name in names]
    results = opened(jobs)
    check_costs(results)
    check_refused(results)


@pytest.fixture
def folder(hostile, tmp_path, write_recording: Callable[..., Path]) -> Path:
    """Every hostile recording, what is no file, and one sound recording."""
    root = tmp_path / "recordings"
    hostile.write_all(root / "npz", hostile.RECORDINGS, "_poses.npz")
    hostile.write_all(root / "bvh", hostile.BVHS, ".bvh")
    os.mkfifo(root / "pipe_poses.npz")
    (root / "device_poses.npz").symlink_to("/dev/zero")
    (root / "circle_poses.npz").symlink_to(root / "circle_poses.npz")
    (root / "loop").symlink_to(root)
    write_recording(root / "good" / "sound_poses.npz")
    return root


def test_a_folder_of_them_costs_a_row_each(folder, tmp_path, run_child) -> None:
    child = run_child(
        """
        import json, resource, sys
        from pathlib import Path
        resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
        from motionlib.stages.gates import HumanGates, judge
        from motionlib.corpus.index import IndexSettings, build_index
        from motionlib.stages.conversion import convert_clips
        from motionlib.stages.store import ClipStore
        from motionlib.human.settings import HumanSettings
        from motionlib.robots.files import load_robot
        import motionlib.human.readers.amass, motionlib.human.readers.bvh

        robot = load_robot("smpl")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        root, work = map(Path, sys.argv[1:])
        memory = work / "memory"
        rows = build_index(root, IndexSettings(), memory=memory, progress=False)
        results = convert_clips(rows, root=root, robot=robot, settings=HumanSettings(),
                                store=ClipStore(work / "store"), processes=1, progress=False)
        extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        table = judge(rows, results, HumanGates())
        facts = [{key: row[key] for key in ("clip_id", "path", "fate", "reason", "seconds")}
                 for row in table]
        print(json.dumps({"extra_mb": extra, "rows": facts}))
        """,
        folder, tmp_path,
    )  # fmt: skip
    found = json.loads(child.finish())
    rows = {row["path"]: row for row in found["rows"]}
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()
    )
    assert sorted(rows) == sorted([*files, "loop"])
    assert rows["good/sound_poses.npz"]["fate"] == "accepted"
    for name in ("betas_empty", "betas_five_of_none", "betas_none_of_five"):
        assert "betas has" not in rows[f"npz/{name}_poses.npz"]["reason"], (
            "no shape is the mean one"
        )
    for row in rows.values():
        assert row["fate"] in ("accepted", "flagged", "rejected")
        assert "unexpected" not in row["reason"], row
        assert row["seconds"] < 3600.0, "a frame that is not there stands for no seconds"
        assert len(row["reason"]) <= MAX_MESSAGE
        assert bool(row["reason"]) == (row["fate"] != "accepted"), row
    assert found["extra_mb"] < 2 * MOST_MB, "conversion itself needs 100 MB of compiled code"


def test_a_plain_read_of_300_mb_is_above_the_bound(tmp_path) -> None:
    path = tmp_path / "large.pkl"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    (result,) = opened([("read", path)])
    assert result["extra_mb"] > MOST_MB

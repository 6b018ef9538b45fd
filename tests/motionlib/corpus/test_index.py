import math
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from motionlib.corpus.index import IndexSettings, build_index
from motionlib.corpus.row import INDEXED, REJECTED, ClipRow
from motionlib.errors import FormatError, MotionError
from motionlib.files import sha256_of_file


def _clip(root: Path, name: str, frames: int = 60, **changes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    members = {
        "poses": np.zeros((frames, 156)),
        "trans": np.zeros((frames, 3)),
        "gender": "male",
        "mocap_framerate": 60.0,
    }
    np.savez(path, **(members | changes))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "amass data"


def _index(root: Path, **settings) -> dict[str, ClipRow]:
    rows = build_index(root, IndexSettings(**settings), memory=None, progress=False)
    assert [row.clip_id for row in rows] == sorted({row.clip_id for row in rows})
    return {row.clip_id: row for row in rows}


def _list(root: Path, *motions: dict, name: str = "train.yaml") -> str:
    path = root.parent / name
    path.write_text(yaml.safe_dump({"motions": list(motions)}))
    return str(path)


def _timed(file: str, *timings: tuple[float, float], **more) -> dict:
    subs = [{"timings": {"start": start, "end": end}} for start, end in timings]
    return {"file": file, "sub_motions": subs, **more}


def _clips(rows: dict[str, ClipRow]) -> list[str]:
    return [name for name, row in rows.items() if row.fate == INDEXED]


def test_a_row_says_what_the_file_is(root: Path) -> None:
    path = _clip(root, "SSM/20160330 a/jump_stageii.npz", frames=90)
    (row,) = _index(root).values()
    assert row == ClipRow(
        clip_id="SSM/20160330 a/jump_stageii",
        dataset="SSM_synced",
        subset="SSM_synced",
        path="SSM/20160330 a/jump_stageii.npz",
        sha256=sha256_of_file(path),
        bytes=path.stat().st_size,
        mtime_ns=path.stat().st_mtime_ns,
        frames=90,
        source_fps=60.0,
        seconds=1.5,
        gender="male",
        format="amass_smplh",
        start_s=0.0,
        end_s=math.inf,
        split="test",
        weight=1.0,
        fate=INDEXED,
        reason="",
    )


def test_without_lists_whole_datasets_are_held_out_and_unknown_ones_trained_on(root: Path) -> None:
    for name in ("CMU/a.npz", "SFU/b.npz", "Transitions_mocap/c.npz", "Mine/d.npz", "e.npz"):
        _clip(root, name)
    splits = {name: row.split for name, row in _index(root).items()}
    assert splits == {
        "CMU/a": "train",
        "SFU/b": "validation",
        "Transitions_mocap/c": "test",
        "Mine/d": "train",
        "e": "train",
    }
    assert {row.split for row in _index(root, subset_rule=False).values()} == {"train"}


def test_shares_divide_by_the_hash_of_the_id(root: Path) -> None:
    for number in range(40):
        _clip(root, f"CMU/{number}.npz", frames=1)
    shares = {"train": 0.5, "test": 0.5}
    rows = _index(root, hash_fractions=shares)
    assert 10 <= Counter(row.split for row in rows.values())["test"] <= 30
    (root / "CMU/0.npz").unlink()
    fewer = _index(root, hash_fractions=shares)
    assert all(rows[name].split == row.split for name, row in fewer.items())


def test_every_listed_part_is_a_clip_and_the_rest_is_in_the_books(root: Path) -> None:
    _clip(root, "ACCAD/a-b (1)_poses.npz", frames=600)
    listed = _timed("ACCAD/a_b__1__poses.motion", (1.0, 4.0), (6.0, 8.0), weight=2.0, fps=60)
    rows = _index(root, lists={"validation": _list(root, listed)})
    base = "ACCAD/a-b (1)_poses"
    assert _clips(rows) == [f"{base}#1-4", f"{base}#6-8"]
    assert {row.split for row in rows.values()} == {"validation"}
    assert rows[f"{base}#1-4"].weight == 2.0
    assert rows[f"{base}#1-4"].frames == 180
    rest = [row for row in rows.values() if row.fate == REJECTED]
    assert [row.reason for row in rest] == ["not in the list"] * 3
    assert sum(row.seconds for row in rows.values()) == pytest.approx(10.0)


def test_a_list_of_one_release_finds_files_of_the_other(root: Path) -> None:
    _clip(root, "BMLrub/rub001/walk_stageii.npz")
    _clip(root, "MPI_HDM05/bk/run_poses.npz")
    names = ("BioMotionLab_NTroje/rub001/walk_poses.motion", "HDM05/bk/run_stageii.motion")
    rows = _index(root, lists={"train": _list(root, *({"file": name} for name in names))})
    assert _clips(rows) == ["BMLrub/rub001/walk_stageii", "MPI_HDM05/bk/run_poses"]


def test_a_file_in_no_list_is_rejected_with_its_seconds(root: Path) -> None:
    _clip(root, "CMU/a.npz")
    _clip(root, "CMU/b.npz", frames=120)
    rows = _index(root, lists={"train": _list(root, {"file": "CMU/a.motion"})})
    assert (rows["CMU/b"].fate, rows["CMU/b"].reason) == (REJECTED, "in no list")
    assert rows["CMU/b"].seconds == 2.0


def test_an_entry_without_a_file_is_a_rejected_row(root: Path) -> None:
    _clip(root, "CMU/a.npz")
    listed = _list(root, {"file": "CMU/a.motion"}, {"file": "CMU/gone.motion"})
    rows = _index(root, lists={"test": listed})
    gone = rows["CMU/gone"]
    assert (gone.fate, gone.seconds, gone.frames, gone.split) == (REJECTED, 0.0, 0, "test")
    assert gone.reason == "train.yaml names a file that is not in the folder"
    assert _clips(rows) == ["CMU/a"]


def test_an_entry_that_fits_two_files_names_them(root: Path) -> None:
    for name in ("CMU/a-b.npz", "CMU/a b.npz"):
        _clip(root, name)
    rows = _index(root, lists={"train": _list(root, {"file": "CMU/a_b.motion"})})
    assert "any of CMU/a b.npz, CMU/a-b.npz" in rows["CMU/a_b"].reason
    assert _clips(rows) == []


def test_an_exact_name_beats_a_similar_one(root: Path) -> None:
    for name in ("CMU/a-b.npz", "CMU/a_b.npz"):
        _clip(root, name)
    rows = _index(root, lists={"train": _list(root, {"file": "CMU/a_b.motion"})})
    assert _clips(rows) == ["CMU/a_b"]


def test_another_rate_in_the_list_is_told_and_the_file_counts(root: Path) -> None:
    _clip(root, "CMU/a.npz", mocap_framerate=120.0)
    _clip(root, "CMU/b.npz", mocap_framerate=59.94)
    listed = _list(root, {"file": "CMU/a.motion", "fps": 60}, {"file": "CMU/b.motion", "fps": 59})
    rows = _index(root, lists={"train": listed})
    assert rows["CMU/a"].reason == "train.yaml says 60 fps, the file 120: the file counts"
    assert rows["CMU/a"].source_fps == 120.0
    assert (rows["CMU/b"].fate, rows["CMU/b"].reason) == (INDEXED, "")


def test_a_file_in_two_lists_is_a_clip_of_the_first(root: Path) -> None:
    _clip(root, "CMU/a.npz")
    train = _list(root, {"file": "CMU/a.motion"})
    test = _list(root, {"file": "CMU/a.motion"}, name="test.yaml")
    rows = _index(root, lists={"train": train, "test": test})
    assert rows["CMU/a"].split == "train"
    assert rows["CMU/a~2"].reason == "already in the train list"


def test_a_bad_file_is_one_row_and_nothing_else(root: Path) -> None:
    _clip(root, "CMU/good.npz")
    _clip(root, "CMU/no trans.npz", trans=np.zeros((0, 3)))
    (root / "CMU/text.npz").write_text("hello, this is no zip")
    rows = _index(root)
    assert _clips(rows) == ["CMU/good"]
    bad = rows["CMU/text"]
    assert (bad.fate, bad.seconds, bad.frames, bad.format) == (REJECTED, 0.0, 0, "")
    assert bad.reason.startswith("CMU/text.npz: a text file")
    assert str(root) not in bad.reason
    assert "trans has shape" in rows["CMU/no trans"].reason


def test_the_second_file_with_one_id_is_rejected(root: Path) -> None:
    _clip(root, "CMU/b.npz", frames=120).rename(root / "CMU/a.NPZ")
    _clip(root, "CMU/a.npz", frames=60)
    rows = _index(root)
    assert rows["CMU/a"].path == "CMU/a.NPZ"
    twin = rows["CMU/a.npz"]
    assert (twin.fate, twin.seconds) == (REJECTED, 1.0)
    assert twin.reason.startswith("two files with one id: CMU/a.NPZ has it already")


def test_two_spellings_of_one_letter_are_one_id(root: Path) -> None:
    for form in ("NFC", "NFD"):
        _clip(root, unicodedata.normalize(form, "CMU/tänz.npz"))
    rows = _index(root)
    assert sorted(row.fate for row in rows.values()) == [INDEXED, REJECTED]


def test_a_loop_of_links_is_a_row_without_seconds(root: Path) -> None:
    _clip(root, "CMU/a.npz")
    (root / "CMU" / "loop").symlink_to(root)
    rows = _index(root)
    assert _clips(rows) == ["CMU/a"]
    assert rows["CMU/loop"].fate == REJECTED


def test_the_issue_list_cuts_and_drops(root: Path) -> None:
    for name in ("KIT/3/sit_poses.npz", "KIT/3/stairs_poses.npz", "KIT/3/walk_poses.npz"):
        _clip(root, name, frames=600)
    path = root.parent / "issues.yaml"
    issues = {
        "0-KIT_3_sit_poses": {"issue": "sitting", "idxes": [120]},
        "0-KIT_3_stairs_poses": {"issue": "stairs"},
    }
    path.write_text(yaml.safe_dump(issues))
    rows = _index(root, issue_list=str(path))
    assert _clips(rows) == ["KIT/3/sit_poses#0-4", "KIT/3/walk_poses"]
    assert rows["KIT/3/sit_poses#4-end"].reason == "issue list: sitting from here on"
    assert rows["KIT/3/stairs_poses"].reason == "issue list: stairs"
    assert sum(row.seconds for row in rows.values()) == pytest.approx(30.0)


def test_patterns_leave_files_out_of_the_source(root: Path) -> None:
    for name in ("CMU/a.npz", "KIT/b.npz"):
        _clip(root, name)
    assert list(_index(root, include=("KIT/*",))) == ["KIT/b"]
    assert list(_index(root, exclude=("KIT/*",))) == ["CMU/a"]


def test_an_empty_folder_has_an_empty_index(root: Path) -> None:
    root.mkdir()
    assert _index(root) == {}


def test_a_missing_folder_and_a_missing_list_are_errors(root: Path) -> None:
    with pytest.raises(FormatError, match="no such folder"):
        _index(root)
    _clip(root, "a.npz")
    with pytest.raises(FormatError, match=r"none\.yaml"):
        _index(root, lists={"train": "none.yaml"})


@pytest.mark.parametrize(
    "settings",
    [
        {"lists": {"training": "x"}},
        {"hash_fractions": {"train": 0.5}},
        {"lists": {"train": "x"}, "hash_fractions": {"train": 1.0}},
    ],
)
def test_settings_that_contradict_themselves(settings: dict) -> None:
    with pytest.raises(MotionError, match=r"lists|hash_fractions"):
        IndexSettings(**settings)

import gzip
import json
import os
import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest
import yaml

from motionlib.corpus.issue_list import Issue, read_issue_list
from motionlib.errors import FormatError
from tests.joblib_writing import joblib_bytes

ISSUES = {
    "0-KIT_3_walking_slow08_poses": {"issue": "sitting", "idxes": [120, 121, 150]},
    "0-CMU_90_90_06_poses": {"issue": "airborne", "idxes": [9]},
    "0-SSM_synced_20160330_03333_jump_poses": {"issue": "airborne", "idxes": [45]},
    "0-BMLmovi_Subject_1_F_MoSh_Subject_1_F_2_poses": {"issue": "sitting"},
    "0-ACCAD_s001_x_poses": {"issue": "stairs", "idxes": [100]},
}


def _pickled(path: Path, pack=lambda raw: raw, issues: object = ISSUES) -> Path:
    path.write_bytes(pack(pickle.dumps(issues)))
    return path


@pytest.mark.parametrize("pack", [bytes, zlib.compress, gzip.compress])
def test_a_pickle_plain_or_compressed(tmp_path: Path, pack) -> None:
    issues = read_issue_list(_pickled(tmp_path / "a.pkl", pack))
    assert len(issues) == 5
    assert issues.find("KIT/3/walking_slow08_poses.npz") == Issue(kind="sitting", cut_s=4.0)


@pytest.mark.parametrize(("suffix", "write"), [(".json", json.dumps), (".yaml", yaml.safe_dump)])
def test_text_says_the_same(tmp_path: Path, suffix: str, write) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text(write(ISSUES))
    assert read_issue_list(path).find("KIT/3/walking_slow08_poses.npz").cut_s == 4.0


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    issues = {"0-A_b": {"issue": "sitting", "idxes": np.array([30, 31])}}
    found = read_issue_list(_pickled(tmp_path / "a.pkl", issues=issues)).find("A/b.npz")
    assert found == Issue(kind="sitting", cut_s=1.0)


@pytest.mark.parametrize(
    ("path", "kind", "cut"),
    [
        ("CMU/90/90_06_poses.npz", "airborne", 0.0),
        ("BMLmovi/Subject_1_F_MoSh/Subject_1_F_2_poses.npz", "sitting", 0.0),
        ("ACCAD/s001/x_poses.npz", "stairs", 0.0),
        ("SSM_synced/20160330_03333/jump_poses.npz", "airborne", 1.5),
        ("SSM/20160330_03333/jump_stageii.npz", "airborne", 1.5),
    ],
)
def test_bounds_below_ten_frames_and_other_issues_leave_nothing(
    tmp_path: Path, path: str, kind: str, cut: float
) -> None:
    issues = read_issue_list(_pickled(tmp_path / "a.pkl"))
    assert issues.find(path) == Issue(kind=kind, cut_s=cut)


def test_a_recording_without_an_issue(tmp_path: Path) -> None:
    assert read_issue_list(_pickled(tmp_path / "a.pkl")).find("CMU/01/01_01_poses.npz") is None


def test_blanks_and_dashes_of_a_path_do_not_matter(tmp_path: Path) -> None:
    issues = {"0-EKUT_300_WalkInCounter-Clock (1)_poses": {"issue": "stairs"}}
    found = read_issue_list(_pickled(tmp_path / "a.pkl", issues=issues))
    assert found.find("EKUT/300/WalkInCounter-Clock (1)_poses.npz").kind == "stairs"


class _Hostile:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_pickle_that_would_run_a_program_is_refused(tmp_path: Path) -> None:
    path = _pickled(tmp_path / "a.pkl", issues={"x": _Hostile(tmp_path / "ran")})
    with pytest.raises(FormatError, match="mkdir"):
        read_issue_list(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("issues", "says"),
    [
        ([1], "holds a list"),
        ({"x": 3}, "x: is 3"),
        ({"x": {"issue": 3}}, "mapping with an `issue`"),
        ({"x": {"issue": "sitting", "idxes": [-4]}}, "frame numbers"),
        ({"x": {"issue": "sitting", "idxes": ["a"]}}, "frame numbers"),
    ],
)
def test_another_content_is_named(tmp_path: Path, issues: object, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read_issue_list(_pickled(tmp_path / "a.pkl", issues=issues))


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b"{"), ("a.yaml", b"\xff"), ("a.pkl", b"\x78\x9cjunk"), ("a.pkl", b"text")],
)
def test_damage_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=name):
        read_issue_list(tmp_path / name)


def test_arrays_that_joblib_laid_beside_the_pickle_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    entry = {"issue": "sitting", "idxes": np.array([60, 61])}
    path.write_bytes(joblib_bytes({"0-KIT_3_walk_poses": entry}))
    issue = read_issue_list(path).find("KIT/3/walk_poses.npz")
    assert issue is not None
    assert (issue.kind, issue.cut_s) == ("sitting", 2.0)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.pkl: cannot be read"):
        read_issue_list(tmp_path / "none.pkl")

from pathlib import Path

import pytest

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.finding import distinct, find_table, label_of, open_side


def test_a_table_is_found_by_file_folder_policy_and_name(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTION_HOME", str(tmp_path))
    run = save("results/mine/evaluation/per_motion.parquet", {"walk": {}})
    for reference in (run, run.parent, run.parent.parent, run.parent.parent / "last.ckpt", "mine"):
        assert find_table(str(reference)) == run
    assert label_of(run) == "mine"
    report = save("reports/duck/per_motion.parquet", {"walk": {}})
    assert find_table("duck") == report
    assert open_side("duck").label == "duck"
    assert open_side(str(run), label="seed 1").label == "seed 1"


def test_a_recipe_of_several_policies_says_which_there_are(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTION_HOME", str(tmp_path))
    one = save("reports/duck/small/per_motion.parquet", {"walk": {}})
    assert find_table("duck") == one
    save("reports/duck/g1/wide/per_motion.parquet", {"walk": {}})
    with pytest.raises(FormatError, match="several evaluations, expected one: small, g1/wide"):
        find_table("duck")
    assert find_table("duck/small") == one


def test_what_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTION_HOME", str(tmp_path))
    (tmp_path / "results" / "mine").mkdir(parents=True)
    with pytest.raises(FormatError, match=r"mien: no such table.*nearest: mine"):
        find_table("mien")
    with pytest.raises(FormatError, match=r"mine: has no per_motion.parquet.*motion evaluate"):
        find_table("mine")


def test_labels_differ() -> None:
    assert distinct(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]

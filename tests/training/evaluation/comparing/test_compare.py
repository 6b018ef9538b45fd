from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.compare import Compared, compare, motion_table
from training.evaluation.comparing.intervals import BOOTSTRAP, PERMUTATION, SCORE
from training.evaluation.comparing.sides import side_of_table

ERROR = "body_pos_error_mean"


def compared(first: Path, second: Path, **options: Any) -> Compared:
    return compare(side_of_table(first, label="a"), side_of_table(second, label="b"), **options)


@pytest.fixture
def two(save: Save) -> tuple[Path, Path]:
    """40 motions of two datasets; the second policy is 1 cm better on CMU, and fails on two."""
    rng = np.random.default_rng(0)
    names = [f"m{i:02d}" for i in range(40)]
    datasets = ["CMU"] * 32 + ["KIT"] * 8
    base = rng.uniform(0.05, 0.1, 40)
    one = {
        name: {ERROR: e, "moving": i % 4 > 0}
        for i, (name, e) in enumerate(zip(names, base, strict=True))
    }
    two = {name: {**one[name], ERROR: one[name][ERROR]} for name in names}
    for name, dataset in zip(names, datasets, strict=True):
        two[name][ERROR] += rng.normal(-0.01 if dataset == "CMU" else 0.0, 0.002)
    for name in ("m03", "m39"):
        two[name]["failure_s"] = 0.5
    joined = {"dataset": datasets}
    return save("a.parquet", one, joined=joined), save("b.parquet", two, joined=joined)


def found_of(done: Compared, measure: str) -> dict[str, Any]:
    return {each.subset: each for each in done.found if each.measure.name == measure}


def test_every_measure_of_every_subset_has_a_verdict_and_says_how(two: tuple[Path, Path]) -> None:
    done = compared(*two)
    errors = found_of(done, ERROR)
    assert list(errors) == ["all motions", "CMU", "KIT", "moving", "standing"]
    assert errors["all motions"].verdict == errors["CMU"].verdict == "better"
    assert errors["KIT"].verdict == "no difference shown"
    methods = {name: each.difference.method for name, each in errors.items()}
    assert methods == {
        "all motions": BOOTSTRAP,
        "CMU": BOOTSTRAP,
        "KIT": PERMUTATION,
        "moving": BOOTSTRAP,
        "standing": PERMUTATION,
    }
    success = found_of(done, "success")["all motions"]
    assert success.difference.method == SCORE
    assert success.difference.difference == pytest.approx(-0.05)
    assert success.verdict == "no difference shown"


def test_what_got_better_and_worse_is_named(two: tuple[Path, Path]) -> None:
    done = compared(*two)
    gained, lost = done.verdicts["success"]
    assert (list(gained), [each.motion for each in lost]) == ([], ["m03", "m39"])
    assert lost[0].cause == "fall"
    assert len(done.better) + len(done.worse) == 40
    drops = [each.first - each.second for each in done.better]
    assert drops == sorted(drops, reverse=True)
    turned = compared(two[1], two[0])
    assert [each.motion for each in turned.worse] == [each.motion for each in done.better]
    assert found_of(turned, ERROR)["CMU"].verdict == "worse"


def test_splits_are_never_put_together(save: Save) -> None:
    facts = {split: {"motions_sha256": split} for split in ("train", "test")}
    rows = {f"m{i}": {} for i in range(8)}
    joined = {"split": ["train"] * 7 + ["test"]}
    path = save("a.parquet", rows, joined=joined, by_split=facts)
    done = compared(path, path)
    of_all = [(each.split, each.difference.motions) for each in done.of()]
    assert set(of_all) == {("train", 7), ("test", 1)}
    few = [each.verdict for each in done.of() if each.split == "test"]
    assert set(few) == {"too few motions to tell"}


def test_a_subset_that_tells_nothing_new_is_left_out(save: Save) -> None:
    joined = {"dataset": ["CMU", "KIT"], "subset": ["cmu", "kit"], "style": ["calm", None]}
    path = save("a.parquet", {"walk": {}, "turn": {}}, joined=joined)
    done = compared(path, path)
    assert {each.group for each in done.found} == {"", "dataset"}  # both move; subsets are datasets
    assert {each.group for each in compared(path, path, by=("style",)).found} == {""}


def test_motions_are_ordered_by_a_measure_that_both_have(two: tuple[Path, Path]) -> None:
    assert compared(*two).main == ERROR
    assert compared(*two, main="action_rate").better == []
    with pytest.raises(FormatError, match=r"'action_rat' is not in both.*nearest: action_rate"):
        compared(*two, main="action_rat")


def test_every_motion_has_a_row(two: tuple[Path, Path]) -> None:
    rows = motion_table(compared(*two))
    assert len(rows) == 40
    assert rows[3]["success difference"] == -1.0
    assert (rows[3]["dataset"], rows[4]["kind"]) == ("CMU", "standing")
    row = rows[0]
    change = row[f"{ERROR} second"] - row[f"{ERROR} first"]
    assert row[f"{ERROR} difference"] == pytest.approx(change)


def test_a_row_of_the_table_says_all_of_a_finding(two: tuple[Path, Path]) -> None:
    row = found_of(compared(*two), ERROR)["CMU"].row()
    assert (row["group"], row["subset"], row["measure"]) == ("dataset", "CMU", ERROR)
    assert row["low"] < row["difference"] < row["high"] < 0
    assert (row["p"], row["method"], row["verdict"]) == (None, BOOTSTRAP, "better")

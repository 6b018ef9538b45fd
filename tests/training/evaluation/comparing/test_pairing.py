from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.foreign import side_of_foreign
from training.evaluation.comparing.pairing import Pairs, pair, plain_name
from training.evaluation.comparing.sides import side_of_table


def paired(first: Path, second: Path, **options: bool) -> Pairs:
    return pair(side_of_table(first, label="a"), side_of_table(second, label="b"), **options)


def test_motions_are_joined_by_name_and_not_by_place(save: Save) -> None:
    one = save("a.parquet", {"walk": {"action_rate": 1.0}, "turn": {"action_rate": 2.0}})
    two = save("b.parquet", {"turn": {"action_rate": 4.0}, "walk": {"action_rate": 3.0}})
    found = paired(one, two)
    place = [each.name for each in found.measures].index("action_rate")
    first, second = found.values([0, 1])
    assert (first[:, place].tolist(), second[:, place].tolist()) == ([1.0, 2.0], [3.0, 4.0])
    assert not found.notes


def test_motions_of_one_side_are_named_and_counted(save: Save) -> None:
    found = paired(
        save("a.parquet", {"walk": {}, "turn": {}}), save("b.parquet", {"walk": {}, "hop": {}})
    )
    assert [case for _, case in found.keys] == ["walk"]
    assert (found.only_first, found.only_second) == (["turn"], ["hop"])
    assert "1 motion of a not in b, left out: turn" in found.notes
    assert "1 motion of b not in a, left out: hop" in found.notes


def test_different_libraries_are_refused_by_name_unless_asked_for(save: Save) -> None:
    one = save("a.parquet", {"walk": {}})
    two = save("b.parquet", {"walk": {}}, artifact="walk:v1", motions_sha256="cd" * 32)
    with pytest.raises(FormatError, match=r"different libraries: .*walk:v0 \(aba.*walk:v1 \(cdc"):
        paired(one, two)
    (said,) = paired(one, two, common=True).notes
    assert "need not be the same motions" in said


def test_splits_are_joined_each_to_itself_and_alone_where_one_side_knows_none(save: Save) -> None:
    facts = {"train": {"motions_sha256": "ab" * 32}, "test": {"motions_sha256": "ef" * 32}}
    options = {"joined": {"split": ["train", "test"]}, "by_split": facts}
    both = save("a.parquet", {"walk": {}, "turn": {}}, **options)
    assert paired(both, both).keys == [("train", "walk"), ("test", "turn")]
    alone = save("b.parquet", {"walk": {}})
    with pytest.raises(FormatError, match="different libraries"):
        paired(alone, both)  # test is of another library
    assert paired(alone, both, common=True).keys == [("train", "walk")]


def test_what_makes_numbers_mean_something_else_is_told(save: Save) -> None:
    one = save("a.parquet", {"walk": {}}, thresholds={"tracking_lost": 0.1})
    two = save("b.parquet", {"walk": {}}, thresholds={"tracking_lost": 0.2}, fps=25.0)
    notes = paired(one, two).notes
    assert any(note.startswith("fps differs: 50.0 and 25.0") for note in notes)
    assert any(note.startswith("thresholds differs;") for note in notes)


def test_a_motion_that_was_not_judged_is_named_and_counts_in_no_mean(save: Save) -> None:
    nothing = {"success": None, "survived": None, "survived_s": None, "action_rate": None}
    one = save("a.parquet", {"walk": {}, "frame": nothing})
    found = paired(one, one)
    assert "1 motion not judged, left out: frame" in found.notes
    first, _ = found.values([0, 1])
    names = [each.name for each in found.measures]
    assert np.isnan(first[1, names.index("success")])
    assert np.isnan(first[1, names.index("action_rate")])


def test_another_projects_clips_are_known_by_what_is_left_of_their_names(
    save: Save, tmp_path: Path
) -> None:
    ours = save("a.parquet", {"CMU/01/01_01_poses": {}, "CMU/02/02_01_poses": {}})
    theirs = tmp_path / "t.csv"
    theirs.write_text("motion,gt_err\ncmu-01-01_01_poses.npz,0.2\nKIT-1.npz,0.3\n")
    side = side_of_foreign(theirs, label="theirs", columns={})
    found = pair(side_of_table(ours, label="ours"), side)
    assert [case for _, case in found.keys] == ["CMU/01/01_01_poses"]
    assert [each.name for each in found.measures] == ["body_pos_error_mean"]
    assert found.measures[0].meaning
    assert (found.only_first, found.only_second) == (["CMU/02/02_01_poses"], ["KIT-1.npz"])
    assert plain_name("KIT/3 walk_poses.NPZ") == "kit_3_walk_poses"
    theirs.write_text("motion,gt_err\ncmu-01-01_01_poses.npz,0.2\ncmu-01-01_01_poses,0.3\n")
    twice = side_of_foreign(theirs, label="theirs", columns={})
    with pytest.raises(FormatError, match="joined by one name"):
        pair(side_of_table(ours, label="ours"), twice)


def test_nothing_in_common_is_refused(save: Save, tmp_path: Path) -> None:
    one, two = save("a.parquet", {"walk": {}}), save("b.parquet", {"turn": {}})
    with pytest.raises(FormatError, match="no motion in common: walk against turn"):
        paired(one, two)
    theirs = tmp_path / "t.csv"
    theirs.write_text("motion,error\nwalk,0.2\n")
    with pytest.raises(FormatError, match=r"no measure in common: .*against error"):
        pair(side_of_table(one, label="a"), side_of_foreign(theirs, label="theirs", columns={}))


def test_a_share_is_zero_or_one(save: Save, tmp_path: Path) -> None:
    theirs = tmp_path / "t.csv"
    theirs.write_text("motion,success\nwalk,0.7\n")
    side = side_of_foreign(theirs, label="theirs", columns={})
    with pytest.raises(FormatError, match=r"success of walk is 0\.7, expected 0 or 1"):
        pair(side_of_table(save("a.parquet", {"walk": {}}), label="a"), side)

import dataclasses

import pytest

from motionlib.errors import MotionError
from motionlib.files import sha256_of_file
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.history import histories_of
from motionlib.stages.table import TableContext, read_clip_rows, write_clip_table


@pytest.fixture
def reports(tmp_path, make_row, make_result):
    """A recipe that took one clip, rejected a fast one, a copy, and one that is no zip file."""
    root, store = tmp_path / "so ürce", tmp_path / "store"
    (root / "CMU").mkdir(parents=True)
    rows, results = [], []
    for name in ("CMU/good", "CMU/fast", "CMU/twin"):
        path = root / f"{name}.json"
        path.write_text(f"content of {name}")
        found = path.stat()
        facts = {"bytes": found.st_size, "mtime_ns": found.st_mtime_ns}
        rows.append(make_row(name, sha256=sha256_of_file(path), **facts))
        results.append(make_result(name, measures={"content_sha256": name}))
    results[1] = make_result("CMU/fast", measures={"dof_speed_max": 55.0, "dof_speed_max_frame": 8})
    results[2] = make_result("CMU/twin", measures={"content_sha256": "CMU/good"})
    rows.append(
        make_row(
            "CMU/bad", fate="rejected", reason="no zip file", gate="unreadable", sha256="", frames=0
        )
    )
    results.append(dataclasses.replace(make_result("CMU/bad"), key="", cache_path="", measures={}))
    entry = store / results[0].cache_path
    entry.parent.mkdir(parents=True)
    entry.touch()
    judged = judge(rows, results, HumanGates())
    places = {
        "CMU/good": {"library": "motion_lib_train", "library_file": "train.pt", "library_index": 0}
    }
    nowhere = {"library": "", "library_file": "", "library_index": None}
    context = TableContext(
        root=str(root), store=str(store), robot="smpl", settings={"fps": 30.0}, gates=HumanGates()
    )
    table = [{**row, **places.get(str(row["clip_id"]), nowhere)} for row in judged]
    write_clip_table(tmp_path / "reports" / "amass_smpl" / "clips.parquet", table, context=context)
    return {"amass_smpl": tmp_path / "reports" / "amass_smpl" / "clips.parquet"}


def test_an_accepted_clip_from_file_to_library(reports, tmp_path):
    (history,) = histories_of(reports, "CMU/good")
    assert (history.recipe, history.fate) == ("amass_smpl", "accepted")
    facts = history.facts
    assert facts["file now"] == f"{tmp_path / 'so ürce' / 'CMU/good.json'}: as indexed, 19 bytes"
    assert facts["recorded"] == "120 frames at 60 fps, 2.000 s"
    assert facts["converted"] == "60 frames, 1.967 s"
    assert facts["settings"] == "fps 30.0"
    assert facts["library"] == "motion_lib_train/train.pt, motion 0, name CMU/good"
    assert str(facts["cache entry"]).startswith(str(tmp_path / "store"))
    assert all(verdict.fate == "accepted" for verdict in history.verdicts)
    # all but `duplicates` and `accept_implausible`
    assert len(history.verdicts) == len(dataclasses.fields(HumanGates)) - 2


def test_a_rejected_clip_shows_every_gate(reports):
    (history,) = histories_of(reports, "CMU/fast", recipe="amass_smpl")
    failed = [verdict for verdict in history.verdicts if verdict.fate != "accepted"]
    assert [(v.gate, v.value, v.threshold, v.frame) for v in failed] == [
        ("dof_speed_max", 55.0, 40.0, 8)
    ]
    assert history.facts["library"] == "none"
    assert "gone by now" in str(history.facts["cache entry"])


def test_a_copy_and_an_unreadable_file_say_what_stopped_them(reports):
    (twin,) = histories_of(reports, "CMU/twin")
    assert [v.gate for v in twin.verdicts if v.fate == "rejected"] == ["duplicate"]
    assert twin.reason == "same content as CMU/good"
    (bad,) = histories_of(reports, "CMU/bad")
    assert [(v.gate, v.reason) for v in bad.verdicts] == [("unreadable", "no zip file")]
    assert bad.facts["conversion"] == "none: the index had rejected it"


def test_the_file_of_then_and_the_file_of_now(reports, tmp_path):
    path = tmp_path / "so ürce" / "CMU" / "good.json"
    path.touch()
    assert "touched" in str(histories_of(reports, "CMU/good")[0].facts["file now"])
    path.write_text("longer content than it was")
    assert "changed since it was indexed, 19 then 26 bytes" in str(
        histories_of(reports, "CMU/good")[0].facts["file now"]
    )
    path.unlink()
    assert "No such file" in str(histories_of(reports, "CMU/good")[0].facts["file now"])


def test_what_is_not_known_is_offered_by_the_nearest_name(reports, tmp_path):
    with pytest.raises(MotionError, match=r"no clip 'CMU/goood' .* nearest: CMU/good"):
        histories_of(reports, "CMU/goood")
    with pytest.raises(MotionError, match="nearest: amass_smpl"):
        histories_of(reports, "CMU/good", recipe="amass_smp")
    with pytest.raises(MotionError, match=r"no recipe has a table of clips"):
        histories_of({}, "CMU/good")


def test_a_table_of_before_a_measure_was_taken_is_shown_without_it(reports, tmp_path):
    context = TableContext(gates=HumanGates(), robot="smpl")
    rows = [
        {name: value for name, value in row.items() if not name.startswith("hover")}
        for row in read_clip_rows(reports["amass_smpl"], "CMU/good")
    ]
    write_clip_table(tmp_path / "old.parquet", rows, context=context)
    (history,) = histories_of({"old": tmp_path / "old.parquet"}, "CMU/good")
    assert history.fate == "accepted"
    assert all(verdict.fate == "accepted" for verdict in history.verdicts)


def test_a_beginning_means_the_only_clip_that_has_it(reports):
    (history,) = histories_of(reports, "CMU/go")
    assert history.clip_id == "CMU/good"
    with pytest.raises(MotionError, match=r"no clip 'CMU/' .*CMU/bad, CMU/twin, CMU/good"):
        histories_of(reports, "CMU/")
    with pytest.raises(MotionError, match="no clip ''"):
        histories_of(reports, "")

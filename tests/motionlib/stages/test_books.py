import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motionlib.corpus.row import SPLITS
from motionlib.stages.books import books_of
from motionlib.stages.gates import HumanGates, judge

CLIP = st.fixed_dictionaries(
    {
        "split": st.sampled_from(SPLITS),
        "subset": st.sampled_from(["CMU", "KIT", "SFU"]),
        "seconds": st.floats(0.0, 5000.0),
        "fate": st.sampled_from(["indexed", "indexed", "rejected"]),
        "reason": st.sampled_from(["", "", "poses is nan in frame 3", "no such key"]),
        "shift": st.sampled_from([0.0, 1.0]),
        "speed": st.sampled_from([1.0, 1.0, 99.0]),
        "content": st.integers(0, 8),
    }
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(clips=st.lists(CLIP, max_size=25))
def test_books_balance_whatever_becomes_of_the_clips(make_row, make_result, clips):
    rows, results = [], []
    for number, clip in enumerate(clips):
        name = f"clip {number}"
        columns = {key: clip[key] for key in ("split", "subset", "seconds", "fate")}
        rows.append(make_row(name, **columns))
        measures = {
            "root_speed_max": clip["speed"],
            "content_sha256": str(clip["content"]),
            "height_shift": clip["shift"],
        }
        results.append(make_result(name, measures=measures, reason=clip["reason"]))
    table = judge(rows, results, HumanGates())
    books = books_of(rows, table)
    assert books.balanced
    assert books.total.taken_in.clips == len(clips)
    pages = (*books.splits.values(), *books.subsets.values())
    assert sum(page.taken_in.clips for page in pages) == 2 * len(clips)
    if table:  # whatever is lost, added or moved is seen
        assert not books_of(rows, table[1:]).balanced
        assert not books_of(rows, [*table, table[0]]).balanced
        others = {"train": "test", "test": "validation", "validation": "train"}
        moved = {**table[0], "split": others[table[0]["split"]]}
        assert not books_of(rows, [moved, *table[1:]]).balanced


@pytest.fixture
def books(make_row, make_result):
    rows = [
        make_row("a", seconds=3600.0),
        make_row("b", seconds=1800.0, split="test", subset="KIT"),
        make_row("c", seconds=900.0),
        make_row(
            "d",
            seconds=0.0,
            fate="rejected",
            reason="no zip",
            sha256="",
            frames=0,
            gate="unreadable",
        ),
    ]
    results = [make_result(row.clip_id) for row in rows]
    results[1] = make_result("b", measures={"height_shift": 1.0})
    results[2] = make_result("c", measures={"root_speed_max": 99.0})
    return books_of(rows, judge(rows, results, HumanGates()))


def test_hours_stand_under_what_rejected_them(books):
    total = books.total
    assert (total.taken_in.clips, total.taken_in.hours) == (4, 1.75)
    assert [(name, each.clips, each.hours) for name, each in total.fates.items()] == [
        ("accepted", 1, 1.0),
        ("flagged: height_shift", 1, 0.5),
        ("rejected: root_speed_max", 1, 0.25),
        ("rejected: unreadable", 1, 0.0),
    ]
    assert (total.kept.clips, total.kept.hours) == (2, 1.5)
    assert (total.of("rejected").clips, total.share("rejected")) == (2, 0.25 / 1.75)
    assert list(books.splits) == ["test", "train"]
    assert books.subsets["KIT"].of("flagged").hours == 0.5
    assert books.subsets["KIT"].kept.hours == 0.5


def test_rows_say_the_same(books):
    rows = books.rows()
    assert rows[0] == {"page": "all", "fate": "in", "clips": 4, "hours": 1.75}
    assert {"page": "CMU", "fate": "rejected: unreadable", "clips": 1, "hours": 0.0} in rows


def test_a_clip_with_other_seconds_unbalances(make_row, make_result):
    rows = [make_row("a")]
    table = judge(rows, [make_result("a")], HumanGates())
    longer = [dataclasses.replace(rows[0], seconds=rows[0].seconds + 0.01)]
    assert books_of(rows, table).balanced
    assert not books_of(longer, table).balanced

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motionlib.corpus.issue_list import Issue
from motionlib.corpus.lists import ListedPart
from motionlib.corpus.parts import FilePart, cut_by_issue, listed_part, whole_file, with_gaps
from motionlib.human.clip import HumanClip

INF = math.inf


def _part(start: float, end: float, frames: int = 600, fps: float = 60.0, **more) -> FilePart:
    timing = ListedPart(start_s=start, end_s=end, weight=1.0)
    return listed_part(timing, frames=frames, fps=fps, **({"split": "train"} | more))


def _clip(frames: int, fps: float) -> HumanClip:
    return HumanClip(
        fps=fps,
        root_pos=np.zeros((frames, 3)),
        rotvec=np.zeros((frames, 3)),
        columns=np.zeros((1, 3), dtype=np.int64),
        root_post_quat_wxyz=np.array([1.0, 0, 0, 0]),
        format="bvh",
    )


def test_timings_are_cut_by_protomotions_rule() -> None:
    part = _part(0.29, 4.2, fps=100.0)
    assert (part.first, part.stop) == (int(0.29 * 100), 420)


def test_an_end_near_the_last_frame_is_the_end_of_the_file() -> None:
    for end in (9.98, 9.99, 10.0, 10.01):
        part = _part(0.0, end)
        assert (part.first, part.stop, part.end_s) == (0, 600, INF)
        assert part.notes == ()
    assert _part(0.0, 9.9).stop == 594


def test_an_end_after_the_file_is_told() -> None:
    part = _part(1.0, 12.0)
    assert (part.stop, part.end_s) == (600, INF)
    assert part.notes == ("the list's end at 12 s is after the file's",)


def test_a_start_after_the_file_and_a_timing_between_frames_hold_nothing() -> None:
    late, short = _part(11.0, 12.0), _part(1.001, 1.002)
    assert (late.stop - late.first, short.stop - short.first) == (0, 0)
    assert late.rejected == "starts after the file's end at 10 s"
    assert short.rejected == "its timings hold no frame"


def test_what_no_part_covers_is_rejected_between_them() -> None:
    parts = with_gaps([_part(6.0, 8.0), _part(1.0, 4.0, split="test")], frames=600, fps=60.0)
    assert [(p.first, p.stop, p.rejected) for p in parts] == [
        (0, 60, "not in the list"),
        (60, 240, ""),
        (240, 360, "not in the list"),
        (360, 480, ""),
        (480, 600, "not in the list"),
    ]
    assert (parts[-1].start_s, parts[-1].end_s) == (8.0, INF)


def test_parts_that_meet_leave_no_frame_between() -> None:
    parts = with_gaps([_part(0.0, 4.2), _part(4.2, 10.0)], frames=600, fps=60.0)
    assert [(p.first, p.stop) for p in parts] == [(0, 252), (252, 600)]


def test_parts_that_overlap_say_by_how_much() -> None:
    _, second = with_gaps([_part(0.0, 6.0), _part(4.0, 10.0)], frames=600, fps=60.0)
    assert second.notes == ("shares 2 s with the part before it",)
    assert not second.rejected


def test_the_same_frames_in_two_lists_are_a_clip_once() -> None:
    first, second = with_gaps([_part(0.0, 10.0), _part(0.0, 10.0, split="test")], frames=600, fps=60.0)  # fmt: skip
    assert (first.rejected, second.rejected) == ("", "already in the train list")


def test_an_empty_part_does_not_hide_the_file() -> None:
    parts = with_gaps([_part(20.0, 30.0)], frames=600, fps=60.0)
    assert [(p.first, p.stop, bool(p.rejected)) for p in parts] == [(600, 600, True), (0, 600, True)]  # fmt: skip


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (4.0, [(0, 240, "", 4.0), (240, 600, "issue list: sitting from here on", INF)]),
        (0.0, [(0, 600, "issue list: sitting", INF)]),
        (10.0, [(0, 600, "", INF)]),
    ],
)
def test_a_fault_cuts_the_rest_away(cut: float, expected: list) -> None:
    issue = Issue(kind="sitting", cut_s=cut)
    parts = cut_by_issue([whole_file(600, split="train")], issue, fps=60.0)
    assert [(p.first, p.stop, p.rejected, p.end_s) for p in parts] == expected


def test_a_fault_cuts_listed_parts_where_it_begins() -> None:
    listed = with_gaps([_part(0.0, 3.0), _part(3.0, 6.0), _part(7.0, 10.0)], frames=600, fps=60.0)
    parts = cut_by_issue(listed, Issue(kind="airborne", cut_s=4.0), fps=60.0)
    assert [(p.first, p.stop) for p in parts if not p.rejected] == [(0, 180), (180, 240)]
    assert sum(p.stop - p.first for p in parts) == 600
    assert cut_by_issue(listed, None, fps=60.0) == listed


_TIMINGS = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0.001, 30)).map(lambda pair: (pair[0], sum(pair))),
    min_size=1,
    max_size=5,
)


@given(_TIMINGS, st.integers(1, 2000), st.sampled_from([59.94, 60.0, 100.0, 120.0, 250.0]))
def test_every_frame_is_in_some_part_and_clips_are_cut_alike(
    timings: list[tuple[float, float]], frames: int, fps: float
) -> None:
    parts = with_gaps([_part(a, b, frames, fps) for a, b in timings], frames=frames, fps=fps)
    counts = np.zeros(frames, dtype=int)
    for part in parts:
        counts[part.first : part.stop] += 1
        if not part.rejected:
            cut = _clip(frames, fps).part(part.start_s, part.end_s)
            assert cut.num_frames == part.stop - part.first > 0
    assert counts.min() >= 1
    shared = any("shares" in note for part in parts for note in part.notes)
    again = any("already" in part.rejected for part in parts)
    assert (counts.max() > 1) == (shared or again)


@given(_TIMINGS, st.floats(0, 40), st.integers(1, 2000), st.sampled_from([59.94, 100.0, 120.0]))
def test_a_fault_loses_no_frame_and_keeps_none_after_it(
    timings: list[tuple[float, float]], cut_s: float, frames: int, fps: float
) -> None:
    listed = with_gaps([_part(a, b, frames, fps) for a, b in timings], frames=frames, fps=fps)
    parts = cut_by_issue(listed, Issue(kind="sitting", cut_s=cut_s), fps=fps)
    assert sum(p.stop - p.first for p in parts) == sum(p.stop - p.first for p in listed)
    for part in parts:
        if not part.rejected:
            assert part.stop <= int(cut_s * fps)
            cut = _clip(frames, fps).part(part.start_s, part.end_s)
            assert cut.num_frames == part.stop - part.first

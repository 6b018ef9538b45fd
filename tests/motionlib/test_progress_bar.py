import io

import pytest

from motionlib.progress_bar import ProgressBar, time_left


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def worked_off(stream: io.StringIO, *, step_s: float, **options) -> str:
    """What ten files of so many seconds each leave in a stream."""
    now = iter(range(100))
    with ProgressBar(
        10, "hash", unit="file", stream=stream, clock=lambda: step_s * next(now), **options
    ) as bar:
        for _ in range(10):
            bar.update()
        return stream.getvalue()


def test_a_pipe_gets_a_line_now_and_then_and_no_bar() -> None:
    said = worked_off(io.StringIO(), step_s=8.0)
    assert said.splitlines() == [
        "hash: 2 of 10 files, about 64 s left",
        "hash: 4 of 10 files, about 48 s left",
        "hash: 6 of 10 files, about 32 s left",
        "hash: 8 of 10 files, about 16 s left",
        "hash: 10 of 10 files",
    ]


def test_short_work_says_nothing_in_a_pipe() -> None:
    assert worked_off(io.StringIO(), step_s=1.0) == ""


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_nothing_is_shown_where_nobody_wants_it(stream: io.StringIO) -> None:
    assert worked_off(stream, step_s=20.0, shown=False) == ""


def test_a_terminal_gets_a_bar_and_no_lines() -> None:
    said = worked_off(Terminal(), step_s=20.0)
    assert said.startswith("\r")
    assert "hash:" in said
    assert "left" not in said


def test_what_was_done_before_does_not_count_for_the_speed() -> None:
    stream = io.StringIO()
    now = iter((0.0, 20.0))
    bar = ProgressBar(
        100, "retarget", unit="frame", done=90, stream=stream, clock=lambda: next(now)
    )
    bar.update(5, note="clip 3/4")
    bar.close()
    assert stream.getvalue() == "retarget: 95 of 100 frames, about 20 s left\n"


@pytest.mark.parametrize(
    ("left", "fresh", "took", "said"),
    [
        (3, 1, 20.0, ", about 60 s left"),
        (30, 1, 20.0, ", about 10 min left"),
        (0, 5, 20.0, ""),
        (5, 0, 20.0, ""),
    ],
)
def test_time_left_is_told_in_seconds_or_minutes(
    left: int, fresh: int, took: float, said: str
) -> None:
    assert time_left(left, fresh=fresh, took=took) == said

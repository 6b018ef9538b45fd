from collections.abc import Callable
from dataclasses import replace

from motionlib.errors import MotionError
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.stages.verdicts import Bound, at_most
from motionlib.walking.gates import Gates
from motionlib.walking.table import books_of, rejected_row, take_in

OPEN = Gates(
    foot_slide_mean=at_most(float("inf")),
    penetration_max=at_most(float("inf")),
    limit_excess_max=at_most(float("inf")),
    jump_frames=at_most(float("inf")),
)


def test_each_motion_has_one_fate(microduck: Robot, make_motion: Callable[..., Motion]) -> None:
    def good() -> tuple[Motion, dict[str, object]]:
        return make_motion(microduck, name="a"), {"dx": 0.1}

    def bad() -> tuple[Motion, dict[str, object]]:
        raise MotionError("b: no frames")

    motion, accepted = take_in("a", good, source="f:a", source_seconds=2.0, gates=OPEN)
    nothing, refused = take_in("b", bad, source="f:b", source_seconds=3.0, gates=OPEN)
    strict, sliding = take_in(
        "a", good, source="f:a", source_seconds=4.0, gates=Gates(foot_slide_mean=at_most(-1.0))
    )
    assert motion is not None
    assert (nothing, strict) == (None, None)
    assert (accepted["fate"], accepted["reason"], accepted["dx"]) == ("accepted", "", 0.1)
    assert accepted["frames"] == 40
    assert accepted["title"] == "a", "a key that is no command stands for itself"
    assert rejected_row("0.06_0.0_0.0", "unreadable", source="f")["title"] == "forward .06 m/s"
    assert (refused["fate"], refused["reason"]) == ("rejected", "b: no frames")
    assert refused["gate"] == "sampling"
    assert "foot_slide_mean" in str(sliding["reason"])
    rows = [accepted, refused, sliding, rejected_row("c", "unreadable", source="f:c")]
    books = books_of(rows, motions_in=4, seconds_in=9.0)
    assert books.balanced
    kept, rejected = books.total.kept, books.total.of("rejected")
    assert (kept.seconds, rejected.seconds) == (2.0, 7.0)
    assert (kept.clips, rejected.clips) == (1, 3)
    assert list(books.total.fates) == [
        "accepted",
        "rejected: foot_slide_mean",
        "rejected: sampling",
        "rejected: unreadable",
    ]


def test_a_flagged_motion_is_kept_and_told(
    microduck: Robot, make_motion: Callable[..., Motion]
) -> None:
    gates = replace(OPEN, foot_slide_mean=Bound(accept=-1.0))
    made = make_motion(microduck, name="a")
    motion, row = take_in("a", lambda: (made, {}), source="a", source_seconds=2.0, gates=gates)
    assert motion is made
    assert (row["fate"], row["gate"], row["threshold"]) == ("flagged", "foot_slide_mean", -1.0)
    books = books_of([row], motions_in=1, seconds_in=2.0)
    assert books.balanced
    assert books.total.of("flagged").clips == 1


def test_an_error_says_its_own_gate_and_frame() -> None:
    def broken() -> tuple[Motion, dict[str, object]]:
        raise MotionError("root is nan", gate="nan", frame=4)

    _, row = take_in("a", broken, source="a", source_seconds=1.0, gates=OPEN)
    assert (row["gate"], row["frame"]) == ("nan", 4)


def test_a_lost_motion_or_second_unbalances_the_books() -> None:
    rows = [rejected_row("c", "unreadable", source="f:c")]
    assert books_of(rows, motions_in=1, seconds_in=0.0).balanced
    assert not books_of(rows, motions_in=2, seconds_in=0.0).balanced
    assert not books_of(rows, motions_in=1, seconds_in=0.5).balanced

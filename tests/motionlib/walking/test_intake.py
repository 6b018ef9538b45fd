from collections.abc import Callable

from motionlib.errors import MotionError
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.walking.gates import Gates
from motionlib.walking.intake import books_of, rejected_row, take_in

OPEN = Gates(
    foot_slide_mean=float("inf"),
    penetration_max=float("inf"),
    limit_excess_max=float("inf"),
    jump_frames=float("inf"),
)


def test_each_motion_has_one_fate(microduck: Robot, make_motion: Callable[..., Motion]) -> None:
    def good() -> tuple[Motion, dict[str, object]]:
        return make_motion(microduck, name="a"), {"dx": 0.1}

    def bad() -> tuple[Motion, dict[str, object]]:
        raise MotionError("b: no frames")

    motion, accepted = take_in("a", good, source="f:a", source_seconds=2.0, gates=OPEN)
    nothing, refused = take_in("b", bad, source="f:b", source_seconds=3.0, gates=OPEN)
    strict, sliding = take_in(
        "a", good, source="f:a", source_seconds=4.0, gates=Gates(foot_slide_mean=-1.0)
    )
    assert motion is not None
    assert (nothing, strict) == (None, None)
    assert (accepted["status"], accepted["reason"], accepted["dx"]) == ("accepted", "", 0.1)
    assert accepted["frames"] == 40
    assert (refused["status"], refused["reason"]) == ("rejected", "b: no frames")
    assert "foot_slide_mean" in str(sliding["reason"])
    rows = [accepted, refused, sliding, rejected_row("c", "unreadable", source="f:c")]
    books = books_of(rows, motions_in=4, seconds_in=9.0)
    assert books.balanced
    assert (books.seconds_out, books.seconds_rejected) == (2.0, 7.0)
    assert (books.motions_out, books.motions_rejected) == (1, 3)


def test_a_lost_motion_or_second_unbalances_the_books() -> None:
    rows = [rejected_row("c", "unreadable", source="f:c")]
    assert books_of(rows, motions_in=1, seconds_in=0.0).balanced
    assert not books_of(rows, motions_in=2, seconds_in=0.0).balanced
    assert not books_of(rows, motions_in=1, seconds_in=0.5).balanced

"""The table of walking references: a row and a fate for every motion, and books that balance."""

from collections.abc import Callable, Mapping, Sequence

from motionlib.boundary import reason_of
from motionlib.errors import MotionError
from motionlib.motion import Motion, states_from_motion
from motionlib.quality import measure_motion
from motionlib.stages.books import Account, Books, page_of
from motionlib.stages.verdicts import REJECTED, Verdict, fate_columns, is_kept
from motionlib.walking.gates import Gates, judge_reference
from motionlib.walking.measure_table import WALKING_MEASURES
from motionlib.walking.titles import title_of_name

UNREADABLE, SAMPLING = "unreadable", "sampling"
"""Gates of entries that cannot be read, and of those that no motion could be made of."""


def take_in(
    name: str,
    make: Callable[[], tuple[Motion, Mapping[str, object]]],
    *,
    source: str,
    source_seconds: float,
    gates: Gates,
) -> tuple[Motion | None, dict[str, object]]:
    """Make one motion, measure it, and decide its fate.

    Args:
        name: Motion name.
        make: Returns the motion and facts for its row; an error rejects the motion.
        source: Where it comes from, for people.
        source_seconds: s that this motion stands for in the books.
        gates: Bounds on its quality.

    Returns:
        The motion if it is kept, and its row: `motion_name title fate reason gate value threshold frame
        source source_seconds`, the facts, and the columns of `WALKING_MEASURES`.
    """
    try:
        motion, facts = make()
        quality = measure_motion(motion, states_from_motion(motion)).row()
    except Exception as error:  # noqa: BLE001 - what one motion brings about is its own fate
        failure = _failure(error, reason_of(error, name))
        return None, {**_head(name, [failure], source, source_seconds), **_no_measures()}
    head = _head(name, judge_reference(quality, gates), source, source_seconds)
    row = {**head, **facts, **{each.name: quality[each.name] for each in WALKING_MEASURES}}
    return (motion if is_kept(row) else None), row


def rejected_row(name: str, reason: str, *, source: str) -> dict[str, object]:
    """Row of an entry that could not even be read; it stands for no seconds."""
    failure = Verdict(gate=UNREADABLE, fate=REJECTED, reason=reason)
    return {**_head(name, [failure], source, 0.0), **_no_measures()}


def books_of(rows: Sequence[Mapping[str, object]], *, motions_in: int, seconds_in: float) -> Books:
    """Books of a table of clips against what the source itself says it holds.

    Args:
        rows: The table of clips.
        motions_in: Entries of the source.
        seconds_in: s of the source.
    """
    told = [{**row, "seconds": row["source_seconds"]} for row in rows]
    taken_in = Account(clips=motions_in, seconds=seconds_in)
    return Books(total=page_of(taken_in, told), splits={}, subsets={})


def _failure(error: Exception, reason: str) -> Verdict:
    gate, frame = (error.gate, error.frame) if isinstance(error, MotionError) else ("", None)
    return Verdict(gate=gate or SAMPLING, fate=REJECTED, reason=reason, frame=frame)


def _head(
    name: str, against: Sequence[Verdict], source: str, source_seconds: float
) -> dict[str, object]:
    return {
        "motion_name": name,
        "title": title_of_name(name),
        **fate_columns(against),
        "source": source,
        "source_seconds": source_seconds,
    }


def _no_measures() -> dict[str, object]:
    return {each.name: None for each in WALKING_MEASURES}

"""Intake: every motion of a source gets one row and exactly one fate, and the books balance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from motionlib.boundary import reason_of
from motionlib.motion import Motion, states_from_motion
from motionlib.quality import MotionQuality, measure_motion
from motionlib.walking.gates import Gates, reasons_against

ACCEPTED = "accepted"
REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Where the seconds of a source went; they balance when in = out + rejected."""

    seconds_in: float
    seconds_out: float
    seconds_rejected: float
    motions_in: int
    motions_out: int
    motions_rejected: int

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing came from nowhere."""
        missing = self.seconds_in - self.seconds_out - self.seconds_rejected
        return (
            abs(missing) < 1e-6 * max(1.0, self.seconds_in)
            and self.motions_in == self.motions_out + self.motions_rejected
        )


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
        The motion if it is accepted, and its row: `motion_name status reason source
        source_seconds`, the facts, and the measures of `MotionQuality`.
    """
    head = _head(name, "", source, source_seconds)
    measures = _no_measures()
    try:
        motion, facts = make()
        quality = measure_motion(motion, states_from_motion(motion)).row()
    except Exception as error:  # noqa: BLE001 - what one motion brings about is its own fate
        return None, {**head, "reason": reason_of(error, name), **measures}
    reasons = reasons_against(quality, gates)
    head |= {"status": REJECTED if reasons else ACCEPTED, "reason": "; ".join(reasons)}
    row = {**head, **facts, **{key: quality[key] for key in measures}}
    return (None if reasons else motion), row


def rejected_row(name: str, reason: str, *, source: str) -> dict[str, object]:
    """Row of an entry that could not even be read; it stands for no seconds."""
    return {**_head(name, reason, source, 0.0), **_no_measures()}


def books_of(rows: Sequence[Mapping[str, object]], *, motions_in: int, seconds_in: float) -> Books:
    """Books of a table of clips against what the source itself says it holds.

    Args:
        rows: The table of clips.
        motions_in: Entries of the source.
        seconds_in: s of the source.
    """
    out = [row for row in rows if row["status"] == ACCEPTED]
    rejected = [row for row in rows if row["status"] == REJECTED]
    return Books(
        seconds_in=seconds_in,
        seconds_out=sum(float(str(row["source_seconds"])) for row in out),
        seconds_rejected=sum(float(str(row["source_seconds"])) for row in rejected),
        motions_in=motions_in,
        motions_out=len(out),
        motions_rejected=len(rejected),
    )


def _head(name: str, reason: str, source: str, source_seconds: float) -> dict[str, object]:
    return {
        "motion_name": name,
        "status": REJECTED,
        "reason": reason,
        "source": source,
        "source_seconds": source_seconds,
    }


def _no_measures() -> dict[str, object]:
    return {f.name: None for f in fields(MotionQuality) if f.name != "motion_name"}

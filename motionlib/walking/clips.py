"""A whole file of walking cycles taken in: clips, one row for each, and the file's own books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from motionlib.formats.polynomial import PolynomialMotion, read_polynomials
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.walking.cycles import RepairReport, motion_from_polynomial
from motionlib.walking.gates import Gates
from motionlib.walking.table import rejected_row, take_in

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clips:
    """Clips of one source."""

    motions: tuple[Motion, ...]
    """The kept ones, sorted by command."""
    rows: tuple[Row, ...]
    """One for each entry of the source, accepted or not."""
    motions_in: int
    """Entries of the source, counted before anything else was done."""
    seconds_in: float
    """s of them: one period each."""


def clips_of_polynomials(
    path: Path,
    robot: Robot,
    *,
    fps: float,
    cycles: int = 1,
    min_seconds: float = 0.0,
    names: Sequence[str] = (),
    gates: Gates | None = None,
) -> Clips:
    """Sample every cycle of a reference-motion pickle, measure it and decide its fate.

    Args:
        path: The pickle.
        robot: Robot that it belongs to.
        fps: Frames per second of the clips.
        cycles: Whole periods in a clip, at least.
        min_seconds: s that a clip must be long, in whole periods.
        names: Motions to take; all if empty.
        gates: Bounds on their quality; the default ones if None.

    Raises:
        FormatError: The file cannot be read, or lacks one of the names.
    """
    file = read_polynomials(path, robot)
    cycles_of_file = file.selected(names) if names else file.motions
    refused = () if names else file.rejected
    motions, rows = [], []
    for poly in cycles_of_file:
        motion, row = take_in(
            poly.name,
            lambda poly=poly: _sampled(
                poly,
                robot,
                fps=fps,
                cycles=cycles,
                min_seconds=min_seconds,
                source=(file.source, file.sha256),
            ),
            source=f"{file.source}:{poly.name}",
            source_seconds=poly.period_s,
            gates=gates or Gates(),
        )
        rows.append(row)
        if motion is not None:
            motions.append(motion)
    rows += [rejected_row(r.name, r.reason, source=f"{file.source}:{r.name}") for r in refused]
    return Clips(
        motions=tuple(motions),
        rows=_aligned(rows),
        motions_in=len(cycles_of_file) + len(refused),
        seconds_in=sum(poly.period_s for poly in cycles_of_file),
    )


def _sampled(
    poly: PolynomialMotion,
    robot: Robot,
    *,
    fps: float,
    cycles: int,
    min_seconds: float,
    source: tuple[str, str],
) -> tuple[Motion, Mapping[str, object]]:
    motion, repairs = motion_from_polynomial(
        poly,
        robot,
        fps=fps,
        cycles=cycles,
        min_seconds=min_seconds,
        source=f"{source[0]}:{poly.name}",
        source_sha256=source[1],
    )
    return motion, _repair_columns(poly, repairs)


def _repair_columns(poly: PolynomialMotion, repairs: RepairReport) -> Row:
    dx, dy, dtheta = poly.command
    return {
        "dx": dx,
        "dy": dy,
        "dtheta": dtheta,
        "period_s": repairs.period_s,
        "repair_limit_excess": repairs.limit_excess_max,
        "repair_limited_dofs": " ".join(sorted(repairs.limit_excess_by_dof)),
        "repair_closure_gap": repairs.closure_gap,
        "repair_closure_rms": repairs.closure_rms,
        "velocity_correlation": repairs.velocity_correlation,
        "base_pitch": repairs.base_pitch,
        "dropped_dofs": " ".join(repairs.dropped_dofs),
    }


def _aligned(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows with the same columns in the same order; what a rejected motion lacks is None."""
    longest = max(rows, key=len, default={})
    columns = [*longest, *(key for row in rows for key in row if key not in longest)]
    return tuple({key: row.get(key) for key in dict.fromkeys(columns)} for row in rows)

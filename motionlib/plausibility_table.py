"""What cannot be true of a motion, and what is doubtful: one table, for whoever reads or judges."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from motionlib.measure import Measure
from motionlib.showing import cut, listed

NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility:
    """Two bounds on one measure."""

    measure: Measure
    doubtful: float
    """Beyond it the motion is kept and told."""
    impossible: float
    """Beyond it the motion is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One bound that a motion is beyond."""

    gate: str
    """Name of the measure."""
    impossible: bool
    """Else doubtful."""
    value: float
    bound: float
    """That it is beyond."""
    reason: str
    """Value, bound, likely cause and what to do."""


def findings_of(values: Mapping[str, object]) -> list[Finding]:
    """What speaks against a motion with these measures, in the order of the table.

    Args:
        values: By name; what was not measured speaks against nothing.
    """
    return list(_findings(values))


def told_findings(
    found: Mapping[str, Sequence[Finding]], *, impossible: bool, start: str = ""
) -> list[str]:
    """One line for each measure beyond one of its bounds, with the motions that are.

    Args:
        found: Of `library_findings`: motion to what speaks against it.
        impossible: Of which bound; else of the doubtful one.
        start: Before each line.
    """
    beyond: dict[str, dict[str, Finding]] = {}
    for name, findings in found.items():
        for each in findings:
            if each.impossible == impossible:
                beyond.setdefault(each.gate, {})[name] = each
    lines = []
    for motions in beyond.values():
        worst = max(motions, key=lambda name: abs(motions[name].value))
        others = [name for name in motions if name != worst]
        of = f"; beyond it too: {listed(others, _LISTED)}" if others else ""
        lines.append(f"{start}{cut(worst)}: {motions[worst].reason}{of}")
    return lines


_LISTED = 5
"""Motions named in a line beside the worst."""


def _findings(values: Mapping[str, object]) -> Iterator[Finding]:
    for each in PLAUSIBILITIES:
        measure = each.measure
        value = float(str(values.get(measure.name, 0.0)))
        # turned round, so that NaN is beyond every bound
        if abs(value) <= each.doubtful:
            continue
        impossible = not abs(value) <= each.impossible
        bound = each.impossible if impossible else each.doubtful
        assert measure.said is not None
        reason = measure.said(value, bound, None)
        yield Finding(
            gate=measure.name, impossible=impossible, value=value, bound=bound, reason=reason
        )


def _asked(
    name: str,
    unit: str,
    meaning: str,
    *,
    doubtful: float,
    impossible: float = NEVER,
    likely: str,
    signed: bool = False,
) -> Plausibility:
    def said(value: float, bound: float, frame: int | None) -> str:
        del frame
        shown = f"{value:.3g} {unit}".strip()
        return f"{name} is {shown}, expected at most {bound:g} ({likely})"

    measure = Measure(name=name, unit=unit, meaning=meaning, signed=signed, said=said)
    return Plausibility(measure=measure, doubtful=doubtful, impossible=impossible)


PLAUSIBILITIES: tuple[Plausibility, ...] = (
    _asked(
        "limit_excess_median", "rad",
        "By how much the joint furthest beyond its limits is beyond them in the median frame; of "
        "rotation vectors, beyond half a turn",
        doubtful=0.3, impossible=2.0,
        likely="joints in degrees, in another order or of another robot: convert to rad, pass the "
        "robot that the file was made for, or say the unit in the name of a .csv's column "
        "(left_knee_deg)",
    ),
    _asked(
        "root_speed_held", "m/s",
        "Fastest speed that the root keeps up for a tenth of a second",
        doubtful=8.0, impossible=15.0,
        likely="a root in centimetres or millimetres, or a rate too high: convert to m, correct the "
        "rate or pass the true --fps, or say the unit in the name of a .csv's column (root_x_cm)",
    ),
    _asked(
        "root_height_ratio", "",
        "Median height of the root, before anything is moved, over that of the standing robot",
        doubtful=10.0, impossible=50.0, signed=True,
        likely="a root in centimetres or millimetres: convert to m, or say the unit in the name of a "
        ".csv's column (root_z_cm)",
    ),
    _asked(
        "dof_speed_held", "rad/s",
        "Fastest speed that a joint keeps up for a tenth of a second",
        doubtful=30.0, impossible=150.0,
        likely="joints in degrees, or a rate too high: convert to rad, correct the rate or pass the "
        "true --fps, or say the unit in the name of a .csv's column",
    ),
    _asked(
        "sideways_stand_s", "s",
        "How long a body stands whose straight line from feet to head lies along one axis of the "
        "file that is not up, in nearly all frames: it walks over planted feet, the way it looks or "
        "up and down, or its feet stay at 0 of that axis while the body is under 0 or in the air. 0 "
        "for whoever lies, crawls, rolls or hangs; standing still it cannot always be told",
        doubtful=0.1, impossible=0.5,
        likely="a world whose y axis is up, or a skeleton upside down: turn root rotations and "
        "positions so that z is up",
    ),
    _asked(
        "root_tilt_median", "rad",
        "Angle of the root's z axis from up in the median frame; whoever lies or crawls has one too",
        doubtful=1.05,
        likely="a body that lies, a world whose y axis is up, or another quaternion order: look "
        "at the clip; --quat-order says the order where a file does not",
    ),
    _asked(
        "sole_above_ground", "m",
        "Height of the lowest sole corner of all frames, or of the root less a fifth of its standing "
        "height; of robots' motions, where no floor is looked for",
        doubtful=0.05,
        likely="another floor than z = 0, in the air throughout: import with --floor shift",
    ),
    _asked(
        "sole_below_ground", "m",
        "Depth at which the lowest sole corner stays for a tenth of a second; of robots' motions, "
        "where no floor is looked for",
        doubtful=0.05,
        likely="another floor than z = 0: import with --floor shift",
    ),
    _asked(
        "rate_ratio", "",
        "Stated joint velocities over those that follow from poses and rate, or the other way round; "
        "1 where none are stated, all are zero or they belong to other poses",
        doubtful=1.1, impossible=1.25,
        likely="a wrong fps, or velocities of another rate: correct the fps in the file",
    ),
)  # fmt: skip
"""In the order in which they are told."""

HUMAN_PLAUSIBILITIES: tuple[Plausibility, ...] = tuple(
    each
    for each in PLAUSIBILITIES
    if not each.measure.name.startswith("sole_") and each.measure.name != "rate_ratio"
)
"""Those of recordings: they state no velocities, and their floor is found and moved to 0."""

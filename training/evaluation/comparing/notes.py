"""What a reader of a comparison has to know: what differs, what is missing, what was no number."""

from collections.abc import Iterator

from motionlib.errors import FormatError
from motionlib.showing import counted, listed
from training.evaluation.comparing.pairs import Pairs
from training.evaluation.comparing.sides import Side

_SAME = ("robot", "robot_semantic_sha256", "actuator_profile", "simulator", "fps", "velocity_rule",
         "thresholds", "measuring")  # fmt: skip
"""Facts of an evaluation that, where they differ, make its numbers mean something else."""


def library_notes(first: Side, second: Side, *, common: bool) -> Iterator[str]:
    """That the sides ran different libraries, if they did.

    Raises:
        FormatError: They did, and `common` does not allow it.
    """
    for split in dict.fromkeys((*first.splits, *second.splits)):
        one, two = first.facts_of(split), second.facts_of(split)
        libraries = [str(facts.get("motions_sha256") or "") for facts in (one, two)]
        if not all(libraries) or libraries[0] == libraries[1]:
            continue
        said = " and ".join(
            f"{facts.get('artifact', 'a library')} ({library[:12]})"
            for facts, library in zip((one, two), libraries, strict=True)
        )
        text = f"{first.label} and {second.label} were evaluated on different libraries: {said}"
        if not common:
            raise FormatError(f"{text}; --common compares the motions that have the same name")
        yield f"{text}; motions of the same name are compared, which need not be the same motions"


def fact_notes(first: Side, second: Side) -> Iterator[str]:
    """How the sides were read, and which facts make their numbers mean different things."""
    yield from (f"{side.label}: {note}" for side in (first, second) for note in side.notes)
    told = set()
    for split in dict.fromkeys((*first.splits, *second.splits)):
        one, two = first.facts_of(split), second.facts_of(split)
        for name in _SAME:
            if name in one and name in two and one[name] != two[name] and name not in told:
                told.add(name)
                what = f": {one[name]} and {two[name]}" if not isinstance(one[name], dict) else ""
                yield f"{name.replace('_', ' ')} differs{what}; their numbers mean different things"


def missing_notes(pairs: Pairs) -> Iterator[str]:
    """Motions, values and measures that one side has not."""
    for side, other, names in (
        (pairs.first, pairs.second, pairs.only_first),
        (pairs.second, pairs.first, pairs.only_second),
    ):
        if names:
            yield (
                f"{counted(len(names), 'motion')} of {side.label} not in {other.label}, left out: "
                f"{listed(names)}"
            )
    for side in (pairs.first, pairs.second):
        for name, motions in side.not_finite.items():
            yield (
                f"{side.label}: {name} is no finite number on {counted(len(motions), 'motion')}, "
                f"left out of it: {listed(motions)}"
            )
        yield from _holes(pairs, side)
        odd = sorted(set(side.measures) - {each.name for each in pairs.measures})
        if odd:
            yield f"only {side.label} has {listed(odd)}"
    if unjudged := [
        case
        for (_, case), rows in zip(pairs.keys, pairs.rows, strict=True)
        if any("success" in row and row["success"] is None for row in rows)
    ]:
        yield f"{counted(len(unjudged), 'motion')} not judged, left out: {listed(unjudged)}"


def _holes(pairs: Pairs, side: Side) -> Iterator[str]:
    """What a side has no value of where the other has one; measures that lack the same stand together."""
    own = 0 if side is pairs.first else 1
    holes: dict[tuple[str, ...], list[str]] = {}
    for measure in pairs.measures:
        known = side.not_finite.get(measure.name, ())
        missing = tuple(
            case
            for (_, case), rows in zip(pairs.keys, pairs.rows, strict=True)
            if rows[own][measure.name] is None
            and rows[1 - own][measure.name] is not None
            and case not in known
        )
        if missing:
            holes.setdefault(missing, []).append(measure.name)
    for motions, names in holes.items():
        yield (
            f"{side.label} has no value of {listed(names)} on {counted(len(motions), 'motion')} where "
            f"the other has one, left out: {listed(motions)}"
        )

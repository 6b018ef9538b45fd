"""Two sides joined motion by motion; what does not fit is named, and never averaged over."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from motionlib.errors import FormatError
from motionlib.showing import counted, listed
from training.evaluation.comparing.resampling import Array
from training.evaluation.comparing.sides import Key, Measured, Side

_SAME = ("robot", "robot_semantic_sha256", "actuator_profile", "simulator", "fps", "velocity_rule",
         "thresholds", "measuring")  # fmt: skip
"""Facts of an evaluation that, where they differ, make its numbers mean something else."""
_SUFFIX = re.compile(r"\.(npz|npy|pt|pkl|csv|json|bvh|motion)$", re.IGNORECASE)
_JOINTS = re.compile(r"[^0-9A-Za-z.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Motions that both sides have, in the first side's order, and what was left out."""

    first: Side
    second: Side
    keys: Sequence[Key]
    """The split, by whichever side knows it, and the first side's case."""
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
    measures: Sequence[Measured]
    """Those that both have."""
    only_first: Sequence[str]
    """Motions that the second has not."""
    only_second: Sequence[str]
    notes: Sequence[str]
    """What a reader has to know: what differs, what is missing, what was no number."""
    titles: Mapping[str, str]
    """Motion to what people call it, where that is known."""

    def values(self, motions: Sequence[int]) -> tuple[Array, Array]:
        """(N, K) values of both sides on the chosen motions, NaN where one is missing."""
        names = [each.name for each in self.measures]
        both = [
            [[_or_nan(self.rows[i][side][name]) for name in names] for i in motions]
            for side in (0, 1)
        ]
        shape = (len(motions), len(names))
        first, second = (np.asarray(part, dtype=np.float64).reshape(shape) for part in both)
        return first, second


def pair(first: Side, second: Side, *, common: bool = False) -> Pairs:
    """Join two sides by split and case.

    A table that knows of no splits is joined by the case alone, one of another project by what is
    left of a clip's name without suffix, case and separators.

    Args:
        first: The one that is compared against.
        second: The other one.
        common: Compare motions of the same name though the libraries differ.

    Raises:
        FormatError: Other libraries without `common`, no motion in both, no measure in both, a motion
            that fits two, or a share that is neither 0 nor 1.
    """
    matched = _matched(first, second)
    notes = [*_library_notes(first, second, common=common), *_fact_notes(first, second)]
    if not matched:
        raise FormatError(
            f"{first.label} and {second.label} have no motion in common: "
            f"{listed((case for _, case in first.rows), 3)} against "
            f"{listed((case for _, case in second.rows), 3)}"
        )
    measures = [
        _of_both(measure, second.measures[name])
        for name, measure in first.measures.items()
        if name in second.measures
    ]
    if not measures:
        raise FormatError(
            f"{first.label} and {second.label} have no measure in common: {listed(first.measures)} "
            f"against {listed(second.measures)}; map them by --columns theirs=ours"
        )
    there = set(matched.values())
    found = Pairs(
        first=first,
        second=second,
        keys=[(split or matched[split, case][0], case) for split, case in matched],
        rows=[(first.rows[key], second.rows[other]) for key, other in matched.items()],
        measures=measures,
        only_first=[case for split, case in first.rows if (split, case) not in matched],
        only_second=[case for split, case in second.rows if (split, case) not in there],
        notes=notes,
        titles=first.titles | second.titles,
    )
    _check_shares(found)
    return replace(found, notes=[*notes, *_missing_notes(found)])


def plain_name(name: str) -> str:
    """What of a clip's name other projects keep: no file suffix, one case, one separator."""
    return _JOINTS.sub("_", _SUFFIX.sub("", name)).strip("_").lower()


def _matched(first: Side, second: Side) -> dict[Key, Key]:
    """Keys of the first side to those of the second, for the motions that both have."""
    apart = "" in first.splits or "" in second.splits
    plain = not (first.facts and second.facts)
    key = (lambda key: key[1]) if apart else (lambda key: key)
    ours, theirs = (_index(side, side.rows, key) for side in (first, second))
    matched = {ours[name]: theirs[name] for name in ours if name in theirs}
    if plain:
        rest = [key for key in first.rows if key not in matched]
        left = set(second.rows) - set(matched.values())
        ours, theirs = (
            _index(side, keys, lambda key: plain_name(key[1]))
            for side, keys in ((first, rest), (second, (k for k in second.rows if k in left)))
        )
        matched |= {ours[name]: theirs[name] for name in ours if name in theirs}
    return {key: matched[key] for key in first.rows if key in matched}


def _index(side: Side, keys: Iterable[Key], name: Any) -> dict[Any, Key]:
    """Keys by the name that they are joined by.

    Raises:
        FormatError: Two of them have one name.
    """
    keys = list(keys)
    counts = Counter(name(key) for key in keys)
    if twice := [key[1] for key in keys if counts[name(key)] > 1]:
        raise FormatError(
            f"{side.path}: expected one row for each motion, found several that are joined by one "
            f"name: {listed(twice)}"
        )
    return {name(key): key for key in keys}


def _library_notes(first: Side, second: Side, *, common: bool) -> Iterator[str]:
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


def _fact_notes(first: Side, second: Side) -> Iterator[str]:
    yield from (f"{side.label}: {note}" for side in (first, second) for note in side.notes)
    told = set()
    for split in dict.fromkeys((*first.splits, *second.splits)):
        one, two = first.facts_of(split), second.facts_of(split)
        for name in _SAME:
            if name in one and name in two and one[name] != two[name] and name not in told:
                told.add(name)
                what = f": {one[name]} and {two[name]}" if not isinstance(one[name], dict) else ""
                yield f"{name.replace('_', ' ')} differs{what}; their numbers mean different things"


def _missing_notes(pairs: Pairs) -> Iterator[str]:
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
        odd = sorted(set(side.measures) - {each.name for each in pairs.measures})
        if odd:
            yield f"only {side.label} has {listed(odd, 20)}"
    if unjudged := [
        case
        for (_, case), rows in zip(pairs.keys, pairs.rows, strict=True)
        if any("success" in row and row["success"] is None for row in rows)
    ]:
        yield f"{counted(len(unjudged), 'motion')} not judged, left out: {listed(unjudged)}"


def _of_both(first: Measured, second: Measured) -> Measured:
    """What is known of a measure by whoever knows more."""
    known = first if first.meaning or not second.meaning else second
    return replace(known, share=first.share or second.share)


def _check_shares(pairs: Pairs) -> None:
    for measure in (each for each in pairs.measures if each.share):
        for side, number in ((pairs.first, 0), (pairs.second, 1)):
            for (_, case), rows in zip(pairs.keys, pairs.rows, strict=True):
                if rows[number][measure.name] not in (None, 0, 1):
                    raise FormatError(
                        f"{side.path}: {measure.name} of {case} is {rows[number][measure.name]}, "
                        "expected 0 or 1, true or false"
                    )


def _or_nan(value: Any) -> float:
    return np.nan if value is None else float(value)

"""Two sides joined motion by motion; what does not fit is named, and never averaged over."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from motionlib.errors import FormatError
from motionlib.showing import listed
from training.evaluation.comparing.notes import fact_notes, library_notes, missing_notes
from training.evaluation.comparing.pairs import Pairs
from training.evaluation.comparing.sides import Key, Measured, Side

_SUFFIX = re.compile(r"\.(npz|npy|pt|pkl|csv|json|bvh|motion)$", re.IGNORECASE)
_JOINTS = re.compile(r"[^0-9A-Za-z.]+")


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
    first, second = _renamed(first, second), _renamed(second, first)
    matched = _matched(first, second)
    notes = [*library_notes(first, second, common=common), *fact_notes(first, second)]
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
    return replace(found, notes=[*notes, *missing_notes(found)])


def plain_name(name: str) -> str:
    """What of a clip's name other projects keep: no file suffix, one case, one separator."""
    return _JOINTS.sub("_", _SUFFIX.sub("", name)).strip("_").lower()


def _renamed(side: Side, other: Side) -> Side:
    """A side of another project with the other's names of what it calls by an alias of them."""
    if side.facts:
        return side
    names = {
        alias: each.name
        for each in other.measures.values()
        for alias in each.aliases
        if alias in side.measures and each.name not in side.measures
    }
    if not names:
        return side
    return replace(
        side,
        rows={
            key: {names.get(name, name): value for name, value in row.items()}
            for key, row in side.rows.items()
        },
        measures={
            names.get(name, name): replace(each, name=names.get(name, name))
            for name, each in side.measures.items()
        },
        not_finite={names.get(name, name): cases for name, cases in side.not_finite.items()},
        notes=(*side.notes, *(f"{alias} is read as {name}" for alias, name in names.items())),
    )


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

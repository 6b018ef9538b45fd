"""The page of a comparison: one HTML file that needs neither network nor other files."""

from collections.abc import Sequence
from typing import Any

from training.evaluation.comparing.compare import Compared
from training.evaluation.comparing.figures import difference_plot
from training.evaluation.comparing.sides import Side
from training.evaluation.comparing.wording import BOUNDS, by_chance, line_of, value_of
from training.evaluation.pages import page
from training.evaluation.verifications import SUCCESS, SURVIVAL, failure_rules

_TEMPLATE = "comparison.html.j2"
_MOST = 30
"""Motions that are named in a list."""
_TOLD = (
    "experiment",
    "training_seed",
    "trained_env_steps",
    "artifact",
    "robot",
    "simulator",
    "fps",
)


def comparison_html(compared: Sequence[Compared], *, title: str) -> str:
    """Evaluations against the first of them, as one page.

    Args:
        compared: One a side after the first; all against the same first.
        title: Heading.
    """
    first = compared[0].pairs.first
    sides = [first, *(each.pairs.second for each in compared)]
    facts = next(iter(first.facts.values()), {})
    return page(
        _TEMPLATE,
        title=title,
        meanings={"success": SUCCESS, "survival": SURVIVAL},
        rules=failure_rules(facts),
        sides=[_side(side) for side in sides],
        bounds=BOUNDS,
        chance=by_chance(compared),
        parts=[_part(each) for each in compared],
        most=_MOST,
    )


def _side(side: Side) -> dict[str, Any]:
    facts = next(iter(side.facts.values()), {})
    told = {name.replace("_", " "): facts[name] for name in _TOLD if name in facts}
    return {"label": side.label, "file": side.path.name, "motions": len(side.rows), "told": told}


def _part(compared: Compared) -> dict[str, Any]:
    pairs = compared.pairs
    measures = {each.name: each for each in pairs.measures}
    main, of_all = measures[compared.main], compared.of()
    splits = dict.fromkeys(each.split for each in of_all)
    groups = dict.fromkeys(each.group for each in compared.found if each.group)
    heads = {main.name, *(each.name for each in pairs.measures if each.share)}
    return {
        "first": pairs.first.label,
        "second": pairs.second.label,
        "notes": pairs.notes,
        "splits": [
            {
                "name": split,
                "lines": [line_of(each) for each in of_all if each.split == split],
                "plot": difference_plot([e for e in of_all if e.split == split], compared),
                "groups": {
                    group: [
                        line_of(each)
                        for each in compared.of(group)
                        if each.split == split and each.measure.name in heads
                    ]
                    for group in groups
                },
            }
            for split in splits
        ],
        "turned": compared.verdicts,
        "main": main,
        "better": compared.better,
        "worse": compared.worse,
        "rows": [_motion(compared, i) for i in range(len(pairs.keys))],
        "value": lambda value: value_of(main, value),
    }


def _motion(compared: Compared, i: int) -> dict[str, Any]:
    pairs = compared.pairs
    (split, case), rows = pairs.keys[i], pairs.rows[i]
    values = [row[compared.main] for row in rows]
    change = None if None in values else values[1] - values[0]
    return {
        "split": split,
        "motion": case,
        "title": pairs.titles.get(case, ""),
        "sides": [
            {
                "value": row[compared.main],
                "success": row.get("success"),
                "cause": row.get("failure_cause"),
            }
            for row in rows
        ],
        "change": change,
    }

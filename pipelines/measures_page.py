"""The page of all measures, `docs/measures.md`: `python -m pipelines.measures_page` writes it."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from motionlib.files import write_text
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.measure import Measure
from motionlib.plausibility import PLAUSIBILITIES
from motionlib.stages.gates import HumanGates
from motionlib.stages.verdicts import Bound, bounds_of
from motionlib.walking.gates import Gates
from motionlib.walking.measure_table import WALKING_MEASURES
from retarget.quality.flags import ODD
from retarget.quality.gates import RetargetGates
from retarget.quality.measure_table import ROBOT_MEASURES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "measures.md"
_HEAD = """\
# Measures

What is measured on the clips of each stage, and the gates on it where a recipe says nothing else.
Up to the lower bound a clip is accepted, beyond the upper one rejected; in between it is flagged:
kept, and told. `frame` is the column with the frame of the worst value. This page is written from
the tables in the code, by `python -m pipelines.measures_page`.
"""


def measures_page() -> str:
    """The page as Markdown."""
    human = HumanGates()
    least = {"seconds": human.min_seconds, "frames": float(human.min_frames)}
    parts = (
        _HEAD,
        _section(
            "Walking references",
            "`motionlib/walking`; `gates` of a recipe of walking references.",
            _lines(WALKING_MEASURES, bounds_of(Gates())),
        ),
        _section(
            "Human clips",
            "`motionlib/human`; `gates` of a recipe of human motions.",
            _lines(HUMAN_MEASURES, bounds_of(human), least=least),
        ),
        _section(
            "Robot clips",
            "`retarget/quality`; `retarget.gates` of a recipe, but those that are fixed.",
            _lines(ROBOT_MEASURES, bounds_of(RetargetGates()), fixed=ODD),
        ),
        _section(
            "Robot motions that come in",
            "`motionlib/plausibility.py`; fixed. What is rejected is impossible, what is flagged is "
            "doubtful: kept, and told.",
            _lines((each.measure for each in PLAUSIBILITIES), _plausible_bounds()),
        ),
    )
    return "\n".join(parts)


def _plausible_bounds() -> Mapping[str, Bound]:
    return {
        each.measure.name: Bound(accept=each.doubtful, reject=each.impossible)
        for each in PLAUSIBILITIES
    }


def _section(title: str, where: str, lines: Iterable[str]) -> str:
    head = ("| measure | unit | gate | frame | meaning |", "|---|---|---|---|---|")
    return "\n".join((f"## {title}", "", where, "", *head, *lines, ""))


def _lines(
    table: Iterable[Measure],
    bounds: Mapping[str, Bound],
    *,
    least: Mapping[str, float] | None = None,
    fixed: Mapping[str, Bound] | None = None,
) -> Iterable[str]:
    for measure in table:
        name = measure.name
        gate = _gate(bounds[name]) if name in bounds else ""
        if least and name in least:
            gate = f"rejected below {least[name]:g}"
        if fixed and name in fixed:
            gate = f"{_gate(fixed[name])} (fixed)"
        if measure.signed and gate:
            gate += ", either sign"
        frame = f"`{measure.frame_column}`" if measure.frame_column else ""
        yield f"| `{name}` | {measure.unit} | {gate} | {frame} | {measure.meaning} |"


def _gate(bound: Bound) -> str:
    if math.isinf(bound.accept):
        return "off"
    parts = [f"flagged above {bound.accept:g}"] if bound.accept < bound.reject else []
    parts += [f"rejected above {bound.reject:g}"] if math.isfinite(bound.reject) else []
    return ", ".join(parts)


if __name__ == "__main__":
    write_text(PAGE, measures_page())

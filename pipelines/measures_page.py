"""The page of all measures, `docs/measures.md`: `python -m pipelines.measures_page` writes it."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from motionlib.files import write_text
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.measure import Measure
from motionlib.plausibility_table import HUMAN_PLAUSIBILITIES, PLAUSIBILITIES
from motionlib.stages.gates import HumanGates
from motionlib.stages.verdicts import Bound, bounds_of
from motionlib.walking.gates import Gates
from motionlib.walking.measure_table import WALKING_MEASURES
from pipelines.markdown import markdown_table
from retarget.quality.flags import LEAST_CONTACT, ODD
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

_ASKED = """\
`motionlib/plausibility_table.py`; the bounds are fixed. What is rejected is impossible, what is
flagged is doubtful: kept, and told by name. The same is asked wherever a motion comes in:

| where | impossible | doubtful | opt-out |
|---|---|---|---|
| on import: `motion import`, every reader of robots' files | the file is left out, exit status 1 | told, and a step of the provenance | `--accept-implausible` |
| by `motion inspect` | a problem, exit status 1 | a note | |
| by `motion retarget` | the clip is rejected | the clip is flagged, on every robot | `--accept-implausible` |
| in recipes of human motions | the clip is rejected | the clip is flagged, on every robot | `gates: {accept_implausible: true}` |
| before training | refused, by name | a warning, by name | `--overrides motion_lib.accept_implausible=true` |

What is accepted all the same is doubtful then. Who lies, crawls, swims, sits, climbs stairs, or
stands on the hands is at most doubtful."""


def measures_page() -> str:
    """The page as Markdown."""
    human = HumanGates()
    least = {
        "seconds": f"rejected below {human.min_seconds:g}",
        "frames": f"rejected below {human.min_frames:g}",
    }
    touching = {"contact_share": f"flagged below {LEAST_CONTACT:g} (fixed)"}
    asked = {each.measure for each in HUMAN_PLAUSIBILITIES}
    parts = (
        _HEAD,
        _section(
            "Walking references",
            "`motionlib/walking`; `gates` of a recipe of walking references.",
            _lines(WALKING_MEASURES, bounds_of(Gates())),
        ),
        _section(
            "Human clips",
            "`motionlib/human`; `gates` of a recipe of human motions. The table has what "
            "[is asked of whatever comes in](#whatever-comes-in) besides.",
            _lines((x for x in HUMAN_MEASURES if x not in asked), bounds_of(human), least=least),
        ),
        _section(
            "Robot clips",
            "`retarget/quality`; `retarget.gates` of a recipe, but those that are fixed.",
            _lines(ROBOT_MEASURES, bounds_of(RetargetGates()), least=touching, fixed=ODD),
        ),
        _section(
            "Whatever comes in",
            _ASKED,
            _lines((each.measure for each in PLAUSIBILITIES), _plausible_bounds()),
        ),
    )
    return "\n".join(parts)


def _plausible_bounds() -> Mapping[str, Bound]:
    return {
        each.measure.name: Bound(accept=each.doubtful, reject=each.impossible)
        for each in PLAUSIBILITIES
    }


def _section(title: str, where: str, lines: Iterable[tuple[str, ...]]) -> str:
    table = markdown_table(("measure", "unit", "gate", "frame", "meaning"), lines)
    return "\n".join((f"## {title}", "", where, "", *table, ""))


def _lines(
    table: Iterable[Measure],
    bounds: Mapping[str, Bound],
    *,
    least: Mapping[str, str] | None = None,
    fixed: Mapping[str, Bound] | None = None,
) -> Iterable[tuple[str, ...]]:
    for measure in table:
        name = measure.name
        gate = gate_words(bounds[name]) if name in bounds else ""
        if least and name in least:
            gate = least[name]
        if fixed and name in fixed:
            gate = f"{gate_words(fixed[name])} (fixed)"
        if measure.signed and gate:
            gate += ", either sign"
        frame = f"`{measure.frame_column}`" if measure.frame_column else ""
        yield f"`{name}`", measure.unit, gate, frame, measure.meaning


def gate_words(bound: Bound) -> str:
    """A bound as the pages say it: `flagged above 1, rejected above 3`; `off` if it judges nothing."""
    if math.isinf(bound.accept):
        return "off"
    parts = [f"flagged above {bound.accept:g}"] if bound.accept < bound.reject else []
    parts += [f"rejected above {bound.reject:g}"] if math.isfinite(bound.reject) else []
    return ", ".join(parts)


if __name__ == "__main__":
    write_text(PAGE, measures_page())

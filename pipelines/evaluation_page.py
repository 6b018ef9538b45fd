"""The page of the per-motion table, `docs/evaluation.md`: `python -m pipelines.evaluation_page` writes it."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from motionlib.files import write_text
from motionlib.robots.files import load_robot
from pipelines.markdown import markdown_table
from training.evaluation.column import Column
from training.evaluation.columns import FACTS, table_columns
from training.evaluation.config import EvaluationConfig
from training.evaluation.definitions.columns import MEAN, SOUND, WORST
from training.evaluation.definitions.rates import READINGS
from training.evaluation.definitions.successes import SCALED, SUCCESSES
from training.evaluation.definitions.told import BEFORE
from training.evaluation.tables import SCHEMA_VERSION
from training.evaluation.verifications import SUCCESS, SURVIVAL

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evaluation.md"
_COUNTED = {
    f": {MEAN}": "whole motion, mean",
    f": {WORST}": "whole motion, worst instant",
}
_USES = {
    "whole": "whole motion",
    "before": "frames before the failure",
    "successes": "successful motions",
}


def evaluation_page() -> str:
    """The page as Markdown."""
    columns = table_columns(EvaluationConfig(), load_robot("g1"))
    facts = {column.name for column in FACTS}
    measured = [column for column in columns if column.measure]
    others = [column for column in columns if not column.measure and column.name not in facts]
    verdicts = {name for each in SUCCESSES for name in (each.column, f"{each.column}{SCALED}")}
    shown = {"success", *verdicts}
    parts = (
        _head(),
        _table(
            "Success under every definition",
            "Each is judged at every control step of the same rollout; physics that breaks down, or a "
            f"number that is not finite, fails all. Beside `success_<name>` stands "
            f"`success_<name>{SCALED}`, its lengths in proportion to the robot's standing height, 1 "
            "for 1.29 m, the G1's: half a metre is more than a small robot.",
            ("column", "a motion fails if, at any instant", "source", "its project counts"),
            _successes(),
        ),
        _table(
            "Numbers",
            "Means are over frames 1 to T−1: frame 0 is the reference itself. Where `before` has a "
            f"name, that column is the same number over other frames: {SOUND}. p, q, v, ω are "
            "position, rotation, velocity and angular velocity of the origin of body b; with ^ of "
            "the reference; ∠ is the angle between rotations, dt the control step.",
            ("column", "unit", "what", "formula", "frame", "counted", "before", "source"),
            _numbers(measured),
        ),
        _table(
            "Facts",
            "",
            ("column", "unit", "what"),
            _facts([c for c in (*FACTS, *others) if c.name not in shown]),
        ),
        _table(
            "Names of the guides",
            "They stand in the metadata of columns (`aliases`) and, with their values, under "
            "`guides` of `aggregate.json`. `eval/success_rate` is ours, the headline; `.../max` is "
            "of the worst motion; percentages are of a hundred.",
            ("name", "column"),
            _aliases(columns),
        ),
        _tail(),
    )
    return "\n".join(parts)


def _head() -> str:
    config = EvaluationConfig()
    return f"""\
# Evaluation

Every motion once, whole, from its first frame, deterministic, without noise, pushes or
randomisation; one row a motion in `per_motion.parquet` (schema {SCHEMA_VERSION}). This page is written from the
definitions in the code, by `python -m pipelines.evaluation_page`.

The headline is **ours**. *Success*: the share of motions in which the robot
{SUCCESS}. *Survival*: the share in which it {SURVIVAL}.

- It fell where it leans by over {config.fall_tilt:g} rad away from the reference, or its anchor is under the
  reference's by over {config.fall_drop_ratio:g} of the root's standing height.
- It lost its reference where the mean over tracked bodies of the distance to it, in the world, is
  over {config.tracking_lost_ratio:g} of the robot's standing height: ProtoMotions' .5 m on a humanoid of 1.3 m.

An experiment may set other shares (`evaluation.fall_tilt`, `evaluation.fall_drop_ratio`,
`evaluation.tracking_lost_ratio`); those that held stand in the table's metadata and on the report.

**What counts after a failure.** {READINGS}
A motion is not cut at a failure, whoever's; `tracked_s` says how long it was followed,
`failure_cause` and `failure_body` why it ended and which body was furthest off.

**What cannot be measured is null, and counted.** A motion of one frame has a row and no verdict;
accelerations begin with the third frame, jerk with the first full window. Where the policy gives a
number that is not finite, the motion has failed (`controller_nan`), the log and the report name it,
and it has no averages over the whole of it; those of the frames before the failure stay. Where the
physics broke down, the robot counts as lying where it was last seen.
"""


def _table(title: str, where: str, head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    said = [where, ""] if where else []
    return "\n".join((f"## {title}", "", *said, *markdown_table(head, lines), ""))


def _successes() -> Iterable[tuple[str, ...]]:
    yield "`success`", "it falls or loses its reference, see above", "ours", "both readings"
    for each in SUCCESSES:
        counts = f"{_USES[each.reading]}; reports `{each.error}`"
        yield f"`{each.column}`", each.said, each.source, counts


def _numbers(columns: list[Column]) -> Iterable[tuple[str, ...]]:
    names = {column.name for column in columns}
    for column in columns:
        if column.name.endswith(BEFORE):
            continue
        what, counted = _split(column.meaning)
        twin = f"{column.name}{BEFORE}"
        told = column.told
        said = ("", "", "") if told is None else (told.formula, told.frame, told.source)
        yield (
            f"`{column.name}`",
            column.unit,
            what,
            said[0],
            said[1],
            counted,
            f"`{twin}`" if twin in names else "",
            said[2],
        )


def _split(meaning: str) -> tuple[str, str]:
    for ending, counted in _COUNTED.items():
        if meaning.endswith(ending):
            return meaning.removesuffix(ending), counted
    return meaning, "as said"


def _facts(columns: list[Column]) -> Iterable[tuple[str, ...]]:
    for column in columns:
        nested = " Nested: one number by name." if pa.types.is_nested(column.type) else ""
        yield f"`{column.name}`", column.unit, f"{column.meaning}.{nested}"


def _aliases(columns: Iterable[Column]) -> Iterable[tuple[str, ...]]:
    for column in columns:
        for alias in column.told.aliases if column.told is not None else ():
            yield f"`{alias}`", f"`{column.name}`"


def _tail() -> str:
    return """\
## The same bits

On one machine a row is the same bits for any number of environments, any order of motions and any
number of threads: robots are computed in tiles of 128. On another processor torch rounds otherwise:
with its vector instructions switched off, short motions kept their verdicts, and numbers agreed to
2e-8 of themselves without a policy, to 2e-4 with one (1e-6 in the median).

## What is not the same as there

- PHC names the bodies that count in a configuration; here all bodies of the robot count. Its
  `mpjpe_pa`, after a Procrustes alignment, is not computed. PHC and ProtoMotions evaluate at 30
  frames a second: `vel_dist` and `accel_dist`, a frame's, are other numbers at another rate.
- ProtoMotions clamps evaluations to 600 steps and smooths contact labels over 7 frames where its
  reward does: neither is done here. Its share of jerky frames clamps a window's path at .1 m.
- mjlab's success is survival of a 10 s time-out, with noise and randomisation on and a clip that
  wraps; here it is the whole motion once, without them. Its end effectors are named in a
  configuration; here they are feet and hands of the robot.
- SONIC's 14 links are here the robot's tracked bodies, which are those on the G1.
- Appendix F divides the return of a project's own reward by its maximum; here it is of
  BeyondMimic's six tracking terms, whose maximum is known, whatever a policy was trained on.
"""


if __name__ == "__main__":
    write_text(PAGE, evaluation_page())

"""What the table says of following a motion beside facts: both readings, every definition, every body."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyarrow as pa

from motionlib.robot import Robot
from training.envs.measures import MEASURES
from training.evaluation.column import FLAG, NUMBER, TEXT, WHOLE, Column, fact, measure
from training.evaluation.config import EvaluationConfig, TableMeasure
from training.evaluation.definitions.defined import DEFINED
from training.evaluation.definitions.definitions import BY_PART
from training.evaluation.definitions.successes import SCALED, SUCCESSES, VERDICTS
from training.evaluation.definitions.told import BEFORE, TOLD_MEASURES, Told
from training.evaluation.definitions.touchdowns import LATE_S
from training.evaluation.metrics import HIGH_JERK

MEAN = "mean over time of the whole motion; after a failure the body where it lies counts"
WORST = "worst instant of the whole motion"
SOUND = "mean over time of the frames before the first failure (ours); null if there are none"


def failure_columns() -> Iterator[Column]:
    """When and where a motion failed first, by our definition."""
    yield fact("tracked_s", NUMBER, "s", "time before the first failure; all seconds if none")
    yield fact(
        "failure_body",
        TEXT,
        "",
        "body that was furthest from its reference when the motion failed first; null if it did not",
    )


def measured_columns(columns: Mapping[str, TableMeasure]) -> Iterator[Column]:
    """What a configuration asks for, each mean in both readings."""
    named: set[str] = set()
    for name, use in columns.items():
        entry = MEASURES[use.measure]
        unsaid = Told(formula="", frame="", source=entry.place, meaning=entry.meaning.rstrip("."))
        told = TOLD_MEASURES.get(use.measure, unsaid)
        if use.over == "max" or use.measure in named:
            # guides mean the mean, and a name means one column
            told = replace(told, aliases=())
        else:
            named.add(use.measure)
        yield from _readings(name, entry.unit, told, over=use.over)


def over_time_columns(config: EvaluationConfig) -> Iterator[Column]:
    """What is about neighbouring instants."""
    jerk = Told(
        formula="mean over windows and b of S⁵∫‖p'''_b‖²dt / (path_b² + "
        f"{config.jerk_epsilon:g} m²), S the window's seconds, b tracked",
        frame="world",
        source="ProtoMotions, normalized_jerk",
        aliases=("eval/normalized_jerk_mean",),
    )
    yield measure(
        "normalized_jerk",
        "1",
        f"mean over windows of {config.jerk_window_s:g} s, bodies; whole motion; null for one "
        "shorter than a window",
        jerk,
    )
    high = Told(
        formula=f"mean over windows of [max_b jerk_b > {HIGH_JERK:g}]",
        frame="world",
        source="ProtoMotions, high_jerk_frame_percentage",
        aliases=("eval/high_jerk_frame_percentage_mean",),
    )
    yield measure(
        "high_jerk_share",
        "share",
        "Share of those windows, one ending at each frame, in which normalised jerk of a tracked "
        f"body is over {HIGH_JERK:g}; null for a motion shorter than a window",
        high,
    )
    rate = Told(
        meaning="mean over dofs of the speed of position targets",
        formula="mean_j |u_j(t) − u_j(t−1)|/dt, from the second command on",
        frame="joints",
        source="ours",
    )
    yield from _readings("action_rate", "rad/s", rate, over="mean")


def defined_columns() -> Iterator[Column]:
    """Errors, returns and feet as others define them."""
    for each in DEFINED:
        yield from _readings(each.name, each.unit, each.told, over=each.over)
    yield from _returns()
    yield from _feet()


def success_columns() -> Iterator[Column]:
    """Success under every other definition, and the seconds of each failure."""
    for each in SUCCESSES:
        told = Told(formula=f"not ({each.said}) at any frame", frame="world", source=each.source)
        meaning = f"success as {each.title} has it. There: {each.counts}"
        yield fact(each.column, FLAG, "", meaning, told)
        scaled = f"as {each.column}, lengths in proportion to the robot's standing height"
        yield fact(f"{each.column}{SCALED}", FLAG, "", f"{scaled}, 1 for 1.29 m", told)
    names = [name.removeprefix("success_") for name in VERDICTS]
    yield fact(
        "failure_s_by_definition",
        pa.struct([pa.field(name, NUMBER) for name in names]),
        "s",
        "time of the first failure under each definition; null if none",
    )


def by_part_columns(robot: Robot) -> Iterator[Column]:
    """Nested columns: a number for each body or dof, by its name."""
    said = (
        ("distance of each body to its reference, world", "m", robot.body_names, "‖p_b − p^_b‖"),
        ("angle of each body to its reference, world", "rad", robot.body_names, "∠(q_b, q^_b)"),
        ("|difference of angle| of each dof", "rad", robot.dof_names, "|θ_j − θ^_j|"),
    )
    for name, (what, unit, parts, formula) in zip(BY_PART, said, strict=True):
        frame = "joints" if parts is robot.dof_names else "world"
        told = Told(formula=formula, frame=frame, source="ours")
        nested = pa.struct([pa.field(part, NUMBER) for part in parts])
        yield fact(name, nested, unit, f"{what}: {MEAN}", told)


def _readings(name: str, unit: str, told: Told, *, over: str) -> Iterator[Column]:
    """A number over the whole motion, and beside it over the frames before a failure."""
    reading = MEAN if over == "mean" else WORST
    yield measure(name, unit, f"{told.meaning}: {reading}", told)
    if over == "mean":
        alone = replace(told, aliases=())
        yield measure(f"{name}{BEFORE}", unit, f"{told.meaning}: {SOUND}", alone)


def _returns() -> Iterator[Column]:
    told = Told(
        formula="Σ_{t before the failure} Σ_k w_k exp(−m_k/σ_k²) / (T Σ_k w_k) over BeyondMimic's "
        "six tracking terms: anchor position (w .5, σ .3 m) and angle (.5, .4); bodies against "
        "relative targets (1, .3 m), their angles (1, .4), velocities (1, 1 m/s) and spins "
        "(1, 3.14 rad/s); penalties are left out",
        frame="anchor and world",
        source="Appendix F",
    )
    yield measure(
        "return_normalized",
        "share",
        "Tracking reward up to the failure (Appendix F's) as a share of the most that the whole "
        "motion could give",
        told,
    )
    yield measure(
        "return_normalized_scaled",
        "share",
        "As return_normalized, failure and every σ of a length in proportion to the robot's "
        "standing height, 1 for 1.29 m",
        told,
    )


def _feet() -> Iterator[Column]:
    slide = Told(
        formula="Σ c_f ‖v_f,xy‖ / Σ c_f over feet f and frames, c_f: the foot touches the ground",
        frame="world",
        source="ours",
    )
    yield measure(
        "foot_slide_mean",
        "m/s",
        "Horizontal speed of feet, of their body's origin, while they touch the ground, whole "
        "motion; null if none ever did. A foot that rolls about its edge slides a little",
        slide,
    )
    yield fact(
        "touchdowns", WHOLE, "", "times that a foot of the reference comes down, by its label"
    )
    late = Told(
        formula=f"late touch-downs / touch-downs; late: over {LATE_S:g} s after the reference's",
        frame="feet",
        source="ours",
    )
    yield measure(
        "late_touchdown_share",
        "share",
        f"Share of the reference's touch-downs at which the robot's foot came over {LATE_S:g} s "
        "late, or not at all; one that stood already is not late; null without a touch-down",
        late,
    )
    delay = Told(formula="mean of delays", frame="feet", source="ours")
    yield measure(
        "touchdown_delay_s",
        "s",
        "Mean delay of the robot's touch-downs; one that never came counts until the reference "
        "lifts the foot or the motion ends; null without a touch-down",
        delay,
    )

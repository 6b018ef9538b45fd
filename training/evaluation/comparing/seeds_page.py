"""What variants of a training reached over their seeds, in words and as a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.evaluation.comparing.seeds import METHOD, Reached
from training.evaluation.comparing.wording import interval_text, number_text, scale_of, signed_text
from training.evaluation.pages import page

_TEMPLATE = "seeds.html.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedLine:
    """One measure of one variant, in words."""

    measure: str
    variant: str
    seeds: str
    motions: str
    mean: str
    interval: str
    difference: str
    difference_interval: str
    verdict: str


def seed_line(reached: Reached) -> SeedLine:
    """A row of the table in words."""
    scale, unit = scale_of(reached.measure)
    name = reached.measure.name.replace("_", " ")
    difference = reached.difference
    return SeedLine(
        measure=f"{name}, {unit}" if unit else name,
        variant=reached.variant,
        seeds=str(len(reached.seeds)),
        motions=str(reached.motions),
        mean=number_text(reached.mean, scale),
        interval=interval_text(reached.low, reached.high, scale, signed=False),
        difference="" if difference is None else signed_text(difference * scale),
        difference_interval=interval_text(reached.difference_low, reached.difference_high, scale),
        verdict=reached.verdict,
    )


def seeds_html(reached: Sequence[Reached], *, title: str, notes: Sequence[str] = ()) -> str:
    """The table as one page that needs neither network nor other files.

    Args:
        reached: At least one.
        title: Heading.
        notes: Trainings that did not finish.
    """
    splits = dict.fromkeys(each.split for each in reached)
    return page(
        _TEMPLATE,
        title=title,
        notes=notes,
        method=METHOD,
        first=reached[0].variant,
        splits={s: [seed_line(each) for each in reached if each.split == s] for s in splits},
    )

import dataclasses
import re
from collections.abc import Iterator

from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from motionlib.stages.verdicts import Bound
from pipelines.recipe_page import PAGE, recipe_page
from training.values import alternatives_of, field_types

WRITTEN = recipe_page()
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in WRITTEN.splitlines()
    if line.startswith("| `")
]


def sections_of(kind: type) -> Iterator[type]:
    """A recipe's dataclasses, each as often as it is held, without bounds."""
    yield kind
    for hint in field_types(kind).values():
        for each in alternatives_of(hint):
            held = [each, *getattr(each, "__args__", ())]
            for inner in held:
                if dataclasses.is_dataclass(inner) and inner is not Bound:
                    assert isinstance(inner, type)
                    yield from sections_of(inner)


def row(key: str, *words: str) -> list[str]:
    (found,) = (cells for cells in ROWS if cells[0] == f"`{key}`" and set(words) <= set(cells))
    return found


def test_the_page_is_that_of_the_sections() -> None:
    assert PAGE.read_text(encoding="utf-8") == WRITTEN, (
        "docs/recipes.md is old: python -m pipelines.recipe_page"
    )


def test_every_key_of_every_section_has_its_line_and_is_explained() -> None:
    kinds = {kind for root in (Recipe, HumanRecipe) for kind in sections_of(root)}
    assert len(kinds) > 15
    keys = [x.name for kind in kinds for x in dataclasses.fields(kind) if x.name != "file"]
    assert sorted(cells[0].strip("`") for cells in ROWS) == sorted(keys)
    assert [cells for cells in ROWS if not cells[3]] == []


def test_lines_say_values_and_defaults_as_a_recipe_has_them() -> None:
    assert row("max_steps")[1:3] == ["whole number", "**needed**"]
    assert row("strategy")[1:3] == ["`edges`, `grid`, `all`, `manual`", "`edges`"]
    assert row("foot_slide_mean")[1:3] == ["bound", "rejected above 0.02"]
    assert row("speed_ratio_max", "off")[2] == "off"
    assert row("shards")[1:3] == ["whole number", "1"]
    assert row("required")[1:3] == ["true or false", "`false`"]
    assert row("lists")[1] == "mapping of `train`, `validation`, `test` to text"
    of_motions = "Policies that are trained on the motions: one, or a list of named ones."
    assert row("training", of_motions)[1:3] == ["[section](#training), or a list of them", ""]
    assert row("contacts_of")[1] == "mapping to [section](#humancontacts-humancontacts_of)"


def test_links_lead_to_headings() -> None:
    titles = [line.removeprefix("## ") for line in WRITTEN.splitlines() if line.startswith("## ")]
    anchors = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\(#([^)]*)\)", WRITTEN)) <= set(anchors)

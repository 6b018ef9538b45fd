"""The page of all keys of a recipe, `docs/recipes.md`: `python -m pipelines.recipe_page` writes it."""

import dataclasses
import inspect
import math
import re
import typing
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from motionlib.files import write_text
from motionlib.stages.verdicts import Bound
from pipelines.markdown import markdown_table
from pipelines.measures_page import gate_words
from pipelines.recipe_schema import SET_BY_READER, field_docs
from training.values import alternatives_of, field_types

PAGE = Path(__file__).resolve().parents[1] / "docs" / "recipes.md"
_HEAD = """\
# Keys of a recipe

A recipe is a YAML file, and everything that it may say stands here; `motion new` writes a first one,
[Recipes of your own](pipelines.md) says how to go on. A key that is not here is an error that offers
the nearest one. `source.kind` decides which of the two tables below is meant; their sections follow.
A path is relative to the folder of the recipe, and a text with `$NAME` or `${NAME:-default}` takes an
environment variable. This page is written from the sections in the code, by
`python -m pipelines.recipe_page`.
"""
_ROOTS: Mapping[str, type] = {"walking references": Recipe, "human motions": HumanRecipe}
_SCALARS = {bool: "true or false", int: "whole number", float: "number", str: "text"}
_BOUND = "bound"
_MEASURED = "[measured](measures.md)"
_BOUNDS = """\
A number rejects above it; `{accept: A, reject: B}` flags above A and rejects above B, and without
`reject` only flags. What each measure is stands in [Measures](measures.md)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A dataclass of the recipe, and under which keys it is found."""

    kind: type
    places: tuple[tuple[str, str], ...]
    """Root and dotted key of each."""

    shared: bool
    """Whether recipes of the other kind have another section under that key."""

    @property
    def title(self) -> str:
        """The keys, and whose they are where that is in doubt."""
        keys = ", ".join(dict.fromkeys(f"`{key}`" for _, key in self.places))
        return f"{keys} of {self.places[0][0]}" if self.shared else keys

    @property
    def anchor(self) -> str:
        """The title as Markdown names headings."""
        return re.sub(r"[^\w\- ]", "", self.title.lower()).replace(" ", "-")


def recipe_page() -> str:
    """The page as Markdown."""
    sections = _sections()
    parts = [_HEAD]
    for root, kind in _ROOTS.items():
        about = f"`source.kind: {_kinds(kind)}`. {_sentence(kind)}"
        parts.append(_part(f"Recipes of {root}", about, kind, sections))
    for section in sections.values():
        about = _sentence(section.kind)
        if any(Bound in alternatives_of(hint) for hint in field_types(section.kind).values()):
            about += f"\n\n{_BOUNDS}"
        parts.append(_part(section.title, about, section.kind, sections))
    return "\n".join(parts)


def _sections() -> dict[type, _Section]:
    found: dict[type, list[tuple[str, str]]] = {}
    for root, kind in _ROOTS.items():
        for key, section in _below(kind):
            found.setdefault(section, []).append((root, key))
    keys = Counter(key for places in found.values() for key in {key for _, key in places})
    return {
        kind: _Section(
            kind=kind, places=tuple(places), shared=any(keys[key] > 1 for _, key in places)
        )
        for kind, places in found.items()
    }


def _below(kind: type, before: str = "") -> Iterator[tuple[str, type]]:
    """Dotted keys of the sections that a section holds, those that they hold included."""
    for name, hint in field_types(kind).items():
        if section := _section_of(hint):
            yield f"{before}{name}", section
            yield from _below(section, f"{before}{name}.")


def _section_of(hint: Any) -> type | None:
    """The dataclass that an annotation holds, alone or in a list or mapping; bounds are none."""
    for each in alternatives_of(hint):
        if dataclasses.is_dataclass(each) and isinstance(each, type):
            return None if each is Bound else each
        for inner in typing.get_args(each):
            if dataclasses.is_dataclass(inner) and isinstance(inner, type):
                return inner
    return None


def _part(title: str, about: str, kind: type, sections: Mapping[type, _Section]) -> str:
    docs, hints = field_docs(kind), field_types(kind)
    rows = []
    for field in dataclasses.fields(kind):
        if field.name != SET_BY_READER:
            section = sections.get(_section_of(hints[field.name]) or object)
            value = _value(hints[field.name], section)
            meaning = docs.get(field.name) or (_sentence(section.kind) if section else "")
            if value == _BOUND and not meaning:
                meaning = _MEASURED
            rows.append((f"`{field.name}`", value, _default(field), meaning))
    table = markdown_table(("key", "value", "default", "meaning"), rows)
    return "\n".join((f"## {title}", "", about, "", *table, ""))


def _sentence(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _kinds(kind: type) -> str:
    hint = field_types(field_types(kind)["source"])["kind"]
    return "` or `".join(typing.get_args(hint))


def _value(hint: Any, section: _Section | None) -> str:
    if section:
        link = f"[section](#{section.anchor})"
        several = not any(each is section.kind for each in alternatives_of(hint))
        if several and _is_mapping(alternatives_of(hint)[0]):
            return f"mapping to {link}"
        return f"{link}, or a list of them" if several else link
    return " or ".join(_said(each) for each in alternatives_of(hint) if each is not type(None))


def _said(kind: Any) -> str:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Bound:
        return _BOUND
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin is tuple:
        return f"list of {_value(arguments[0], None)}"
    if _is_mapping(kind):
        return f"mapping of {_value(arguments[0], None)} to {_value(arguments[1], None)}"
    return _SCALARS[kind]


def _is_mapping(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _default(field: dataclasses.Field) -> str:
    value = field.default
    if value is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        return "**needed**"
    if isinstance(value, Bound):
        return gate_words(value)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return "off" if math.isinf(value) else f"{value:g}"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`" if value else ""
    plain = value not in (None, "", dataclasses.MISSING)
    return f"`{value}`" if plain and isinstance(value, str) else f"{value}" if plain else ""


if __name__ == "__main__":
    write_text(PAGE, recipe_page())

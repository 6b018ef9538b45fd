"""The JSON schema of recipes, made from their sections, so that editors complete and explain keys."""

import ast
import dataclasses
import inspect
import json
import math
import textwrap
import typing
from collections.abc import Mapping
from typing import Any, Literal

from assets.recipes.recordings import HumanRecipe, HumanSource
from assets.recipes.walking import Recipe
from training.values import alternatives_of, field_types

Schema = dict[str, Any]
_SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string",
            type(None): "null"}  # fmt: skip
SET_BY_READER = "file"
_TEXTS = {"type": ["string", "number", "boolean"]}
"""Values of `overrides`, which stand as a command line gives them."""


def recipe_schema() -> Schema:
    """The schema; which sections there are is decided by `source.kind`, as the reader does."""
    sections: dict[str, Schema] = {}
    walking, human = (_reference(kind, sections) for kind in (Recipe, HumanRecipe))
    kinds = list(typing.get_args(field_types(HumanSource)["kind"]))
    for kind in (Recipe, HumanRecipe):
        properties = sections[kind.__name__]["properties"]
        listed = properties["training"]
        properties["training"] = {
            "anyOf": [listed["items"], {"type": "array", "items": listed["items"]}],
            "description": listed["description"],
        }
    sections["Training"]["properties"]["overrides"]["additionalProperties"] = _TEXTS
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Recipe of the motion workbench",
        "if": {
            "required": ["source"],
            "properties": {
                "source": {"required": ["kind"], "properties": {"kind": {"enum": kinds}}}
            },
        },
        "then": human,
        "else": walking,
        "definitions": sections,
    }


def schema_text() -> str:
    """The schema as a file."""
    return json.dumps(recipe_schema(), indent=1, ensure_ascii=False) + "\n"


def field_docs(kind: type) -> dict[str, str]:
    """What the docstrings below a dataclass's fields say, by name; of fields without one nothing."""
    (owner,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(owner, ast.ClassDef)
    docs = {}
    for before, line in zip(owner.body, owner.body[1:], strict=False):
        match before, line:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                docs[name] = " ".join(text.split())
    return docs


def _reference(kind: type, sections: dict[str, Schema]) -> Schema:
    """A reference to a dataclass's section, which is made where it is not there yet."""
    name = kind.__name__
    if name not in sections:
        sections[name] = {}  # a section may hold itself
        sections[name] = _section(kind, sections)
    reference = {"$ref": f"#/definitions/{name}"}
    if hasattr(kind, "from_number"):
        return {"anyOf": [{"type": "number"}, reference]}
    return reference


def _section(kind: Any, sections: dict[str, Schema]) -> Schema:
    docs, hints = field_docs(kind), field_types(kind)
    properties, required = {}, []
    for field in dataclasses.fields(kind):
        if field.name == SET_BY_READER:
            continue
        found = _schema_of(hints[field.name], sections)
        if text := docs.get(field.name):
            # beside a $ref nothing else counts
            found = {"allOf": [found], "description": text} if "$ref" in found else {
                **found, "description": text}  # fmt: skip
        if _is_plain(field.default) and "allOf" not in found and "$ref" not in found:
            found["default"] = field.default
        properties[field.name] = found
        if field.default is field.default_factory is dataclasses.MISSING:
            required.append(field.name)
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split()),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _schema_of(kind: Any, sections: dict[str, Schema]) -> Schema:
    alternatives = alternatives_of(kind)
    if len(alternatives) > 1:
        return {"anyOf": [_schema_of(each, sections) for each in alternatives]}
    kind = next(iter(alternatives))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _reference(kind, sections)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return _list(arguments, sections)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], sections)}
    return {"type": _SCALARS[kind]}


def _list(kinds: tuple[Any, ...], sections: dict[str, Schema]) -> Schema:
    if kinds[1:] == (...,):
        return {"type": "array", "items": _schema_of(kinds[0], sections)}
    items = [_schema_of(each, sections) for each in kinds]
    return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}


def _is_plain(value: object) -> bool:
    """Whether JSON can say it."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int | str)

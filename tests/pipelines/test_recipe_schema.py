import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from assets.recipes.common import Training
from pipelines.recipe import recipe_folders
from pipelines.recipe_schema import field_docs, recipe_schema, schema_text

SCHEMA = recipe_schema()
TYPES = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
    "object": dict, "null": type(None),
}  # fmt: skip
WALKING: dict[str, Any] = {
    "name": "mine",
    "description": "d",
    "robot": "microduck",
    "source": {"path": "a.pkl"},
    "artifact": {"name": "mine"},
}
HUMAN: dict[str, Any] = {**WALKING, "robot": "smpl", "source": {"kind": "bvh", "path": "a"}}


def faults(schema: dict[str, Any], value: Any, where: str = "") -> Iterator[str]:
    """What an editor would underline: the keywords that the schema uses, no others."""
    known = {"$ref", "anyOf", "allOf", "enum", "type", "properties", "required", "if", "then", "else",
             "additionalProperties", "items", "minItems", "maxItems", "description", "default",
             "title", "$schema", "definitions"}  # fmt: skip
    assert set(schema) <= known, set(schema) - known
    if "$ref" in schema:
        yield from faults(SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]], value, where)
    for each in schema.get("allOf", ()):
        yield from faults(each, value, where)
    if "anyOf" in schema and all(any(faults(each, value)) for each in schema["anyOf"]):
        yield f"{where}: none of them"
    if "if" in schema:
        branch = "else" if any(faults(schema["if"], value)) else "then"
        yield from faults(schema[branch], value, where)
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: no choice"
    kinds = schema.get("type", [])
    if kinds and not any(
        isinstance(value, TYPES[kind]) for kind in ([kinds] if isinstance(kinds, str) else kinds)
    ):
        yield f"{where}: not {kinds}"
    if isinstance(value, dict):
        yield from faults_of_mapping(schema, value, where)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            yield from faults(schema["items"], item, f"{where}[]")


def faults_of_mapping(schema: dict[str, Any], value: dict[str, Any], where: str) -> Iterator[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{where}.{key}: missing" for key in schema.get("required", ()) if key not in value)
    for key, item in value.items():
        if key in properties:
            yield from faults(properties[key], item, f"{where}.{key}")
        elif more is False:
            yield f"{where}.{key}: unknown"
        elif isinstance(more, dict):
            yield from faults(more, item, f"{where}.{key}")


@pytest.mark.parametrize("file", sorted(recipe_folders()[0].glob("*.yaml")), ids=lambda f: f.stem)
def test_shipped_recipes_fit(file) -> None:
    assert list(faults(SCHEMA, yaml.safe_load(file.read_text()))) == []


def test_what_the_reader_takes_fits() -> None:
    training = {"experiment": "e.py", "max_steps": 3, "overrides": {"agent.gamma": 0.9}}
    for recipe in (
        {**WALKING, "training": training, "gates": {"foot_slide_mean": 0.1}},
        {
            **WALKING,
            "training": [training],
            "gates": {"foot_slide_mean": {"accept": 1, "reject": 2}},
        },
        {**HUMAN, "retarget": {"robots": ["g1"], "artifact": {"name": "a-{robot}"}}},
        {**HUMAN, "retarget": None, "libraries": {"splits": ["train", "test"]}},
    ):
        assert list(faults(SCHEMA, recipe)) == []


@pytest.mark.parametrize(
    ("recipe", "where"),
    [
        ({**WALKING, "robto": "g1"}, ".robto"),
        ({**WALKING, "file": "x.yaml"}, ".file"),
        ({**WALKING, "retarget": {}}, ".retarget"),
        ({**WALKING, "selection": {"strategy": "egdes"}}, ".selection.strategy"),
        ({**HUMAN, "sampling": {}}, ".sampling"),
        ({**HUMAN, "libraries": {"splits": ["trian"]}}, ".libraries.splits[]"),
        ({**HUMAN, "human": {"fps": "fast"}}, ".human.fps"),
        ({**HUMAN, "retarget": {"robots": ["g1"]}}, ".retarget"),
        ({"name": "mine"}, ".source"),
    ],
)
def test_what_the_reader_refuses_is_underlined(recipe: dict[str, Any], where: str) -> None:
    assert any(fault.startswith(f"{where}:") for fault in faults(SCHEMA, recipe))


@dataclasses.dataclass
class Silent:
    """A section with a key that says nothing of itself."""

    bare: int
    told: int
    """Two
    lines."""


def test_keys_are_explained_by_their_docstrings() -> None:
    docs = field_docs(Training)
    assert docs["max_steps"] == "Environment steps, all environments together."
    assert field_docs(Silent) == {"told": "Two lines."}
    properties = SCHEMA["definitions"]["Training"]["properties"]
    assert set(properties) == {field.name for field in dataclasses.fields(Training)}
    assert properties["max_steps"]["description"] == docs["max_steps"]
    assert properties["num_envs"]["default"] == 512
    assert "One asset graph" in SCHEMA["definitions"]["Recipe"]["description"]


def test_the_file_is_json_and_always_the_same() -> None:
    assert json.loads(schema_text()) == SCHEMA
    assert schema_text() == schema_text()

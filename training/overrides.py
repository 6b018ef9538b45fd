"""Dotted overrides: `agent.gamma=0.97` on any nested frozen dataclass, typed and checked."""

import ast
import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from motionlib.errors import nearest_names
from training.values import ConfigError, field_types, value_from_plain

T = TypeVar("T")
_WORDS = {"true": True, "false": False, "none": None, "null": None}


def override(config: T, overrides: Mapping[str, str]) -> T:
    """The same configuration with some fields changed.

    Args:
        config: A frozen dataclass of frozen dataclasses; left as it is.
        overrides: Dotted field path to the value as a user types it: numbers and tuples as in
            Python, `true`/`false`/`none`, text without quotes.

    Returns:
        A changed copy; every `__post_init__` on the way has checked it again.

    Raises:
        ConfigError: An unknown field (names the nearest, whole paths included), or a value that
            the field's type does not take.
    """
    for path, text in overrides.items():
        config = _replace(config, path.split("."), text, path=path, root=config)
    return config


def parse_overrides(items: Sequence[str]) -> dict[str, str]:
    """`["a.b=1", "c=x"]` as a mapping.

    Raises:
        ConfigError: No `=`, no name, or a field named twice.
    """
    found: dict[str, str] = {}
    for item in items:
        path, equals, text = item.partition("=")
        path = path.strip()
        if not equals or not path:
            raise ConfigError(f"override {item!r} is no field=value; write agent.gamma=0.97")
        if path in found:
            raise ConfigError(f"override {path} is given twice: {found[path]!r} and {text!r}")
        found[path] = text.strip()
    return found


def field_paths(config: Any, *, prefix: str = "") -> list[str]:
    """Dotted paths of all leaves that an override can change."""
    paths: list[str] = []
    for field in dataclasses.fields(config):
        value, path = getattr(config, field.name), f"{prefix}{field.name}"
        if dataclasses.is_dataclass(value):
            paths += field_paths(value, prefix=f"{path}.")
        else:
            paths.append(path)
    return paths


def _replace(config: Any, names: list[str], text: str, *, path: str, root: Any) -> Any:
    name, rest = names[0], names[1:]
    hints = field_types(config)
    if name not in hints:
        raise _unknown(path, config, name, root)
    value = getattr(config, name)
    if rest:
        if not dataclasses.is_dataclass(value):
            raise ConfigError(
                f"{path}: {path.removesuffix('.' + '.'.join(rest))} is a plain value "
                f"({value!r}) and has no fields"
            )
        changed = _replace(value, rest, text, path=path, root=root)
    elif dataclasses.is_dataclass(value):
        fields = ", ".join(f"{path}.{field.name}" for field in dataclasses.fields(value))
        raise ConfigError(f"{path} is a section; set one of its fields: {fields}")
    else:
        changed = _typed(hints[name], text, path)
    try:
        return dataclasses.replace(config, **{name: changed})
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{path}={text}: {error}") from error


def _typed(kind: Any, text: str, path: str) -> Any:
    # what is text must stay text: a robot named "007", a version "1.0"
    try:
        return value_from_plain(kind, text, where=path)
    except ConfigError:
        plain = _plain_from_text(text)
    if typing.get_origin(kind) is tuple and not isinstance(plain, tuple | list):
        plain = tuple(_plain_from_text(x.strip()) for x in text.split(",")) if text else ()
    return value_from_plain(kind, plain, where=path)


def _plain_from_text(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _unknown(path: str, config: Any, name: str, root: Any) -> ConfigError:
    known = [field.name for field in dataclasses.fields(config)]
    ending = path.rsplit(".", maxsplit=1)[-1]
    elsewhere = [p for p in field_paths(root) if p.rsplit(".", maxsplit=1)[-1] == ending]
    hint = f"; did you mean {' or '.join(elsewhere[:3])}?" if elsewhere else ""
    return ConfigError(f"{path} is unknown: no field {name!r}; {nearest_names(name, known)}{hint}")

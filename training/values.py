"""Configuration as plain data: frozen dataclasses to mappings and back, every field checked."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from motionlib.errors import nearest_names
from motionlib.showing import cut, shown

T = TypeVar("T")


class ConfigError(ValueError):
    """A configuration does not say what its schema asks for."""


def plain_from_value(value: Any) -> Any:
    """A dataclass as nested mappings, lists, numbers and strings.

    Raises:
        ConfigError: A value that plain data cannot hold.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain_from_value(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [plain_from_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain_from_value(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ConfigError(f"cannot write {shown(value)} as plain configuration data")


def value_from_plain(kind: type[T], plain: Any, *, where: str = "") -> T:
    """Plain data as a value of an annotated type; nothing is guessed.

    Args:
        kind: A dataclass, or any annotation that its fields use: bool, int, float, str, Literal,
            a union with None, tuple, Mapping.
        plain: What `plain_from_value` gave, or what a user typed.
        where: Path of the value, for messages.

    Raises:
        ConfigError: Names the path, what was expected, what was found and the nearest name.
    """
    return typing.cast(T, _value(kind, plain, where))


def field_types(kind: Any) -> dict[str, Any]:
    """Annotation of every field of a dataclass, by name."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def differences(old: Any, new: Any, *, where: str = "") -> dict[str, tuple[Any, Any]]:
    """Dotted path to (old, new) of every leaf in which two plain structures differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: dict[str, tuple[Any, Any]] = {}
        for key in dict.fromkeys([*old, *new]):
            path = _join(where, str(key))
            found |= differences(old.get(key), new.get(key), where=path)
        return found
    return {} if old == new else {where: (old, new)}


def _value(kind: Any, plain: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _section(kind, plain, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return _choice(arguments, plain, where)
    if origin in {typing.Union, types.UnionType}:
        return _union(arguments, plain, where)
    if origin is tuple:
        return _tuple(arguments, plain, where)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(plain, Mapping):
            raise _wrong(where, "a mapping", plain)
        return {str(k): _value(arguments[1], v, _join(where, str(k))) for k, v in plain.items()}
    return _scalar(kind, plain, where)


def _section(kind: Any, plain: Any, where: str) -> Any:
    if isinstance(plain, kind):
        return plain
    if not isinstance(plain, Mapping):
        raise _wrong(where, "a mapping of fields", plain)
    hints = field_types(kind)
    for name in plain:
        if name not in hints:
            unknown = str(name) if isinstance(name, str) else shown(name)
            raise ConfigError(
                f"{cut(_join(where, unknown))} is unknown; {nearest_names(unknown, hints)}"
            )
    for field in dataclasses.fields(kind):
        needed = field.default is field.default_factory is dataclasses.MISSING
        if needed and field.name not in plain:
            raise ConfigError(f"{_join(where, field.name)} is missing")
    values = {name: _value(hints[name], x, _join(where, name)) for name, x in plain.items()}
    try:
        return kind(**values)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{where or kind.__name__}: {error}") from error


def _choice(choices: tuple[Any, ...], plain: Any, where: str) -> Any:
    for choice in choices:
        if plain == choice and type(plain) is type(choice):
            return choice
    known = [str(choice) for choice in choices]
    expected = f"one of {', '.join(known)}"
    raise ConfigError(
        f"{where} is {shown(plain)}, expected {expected}; {nearest_names(shown(plain), known)}"
    )


def _union(kinds: tuple[Any, ...], plain: Any, where: str) -> Any:
    if plain is None and type(None) in kinds:
        return None
    problems = []
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _value(kind, plain, where)
        except ConfigError as error:
            problems.append(str(error))
    raise ConfigError("; or ".join(problems))


def _tuple(kinds: tuple[Any, ...], plain: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(plain, list | tuple):
        raise _wrong(where, "a list", plain)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_value(kinds[0], x, f"{where}[{i}]") for i, x in enumerate(plain))
    if len(plain) != len(kinds):
        raise _wrong(where, f"a list of {len(kinds)}", plain)
    pairs = zip(kinds, plain, strict=True)
    return tuple(_value(kind, x, f"{where}[{i}]") for i, (kind, x) in enumerate(pairs))


def _scalar(kind: Any, plain: Any, where: str) -> Any:
    if isinstance(plain, bool):
        if kind is bool:
            return plain
        raise _wrong(where, _said(kind), plain)
    if kind is float and isinstance(plain, int):
        return float(plain)
    if kind is int and isinstance(plain, float) and plain.is_integer():
        return int(plain)
    if isinstance(kind, type) and isinstance(plain, kind):
        return plain
    raise _wrong(where, _said(kind), plain)


def _said(kind: Any) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def _wrong(where: str, expected: str, found: Any) -> ConfigError:
    return ConfigError(f"{where or 'value'} is {shown(found)}, expected {expected}")


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name

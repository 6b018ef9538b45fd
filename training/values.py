"""Configuration as plain data: frozen dataclasses to mappings and back, every field checked."""

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from motionlib.errors import nearest_names
from motionlib.showing import cut, shown
from training.kinds import members_of, note_on
from training.ranges import Condition

T = TypeVar("T")
_UNIONS = {typing.Union, types.UnionType}


class ConfigError(ValueError):
    """A configuration does not say what its schema asks for."""


class FieldError(ConfigError):
    """One field does not fit another: raised in a `__post_init__`, which knows no path."""

    def __init__(self, owner: Any, field: str, *, expected: str) -> None:
        """Name a field of `owner`.

        Args:
            owner: The dataclass.
            field: Name of one of its fields, or a path below it.
            expected: Completes "expected ...".
        """
        found: Any = owner
        for name in field.split("."):
            found = found[name] if isinstance(found, Mapping) else getattr(found, name)
        self._said = f"{field} is {_shown(found)}, expected {expected}"
        super().__init__(f"{type(owner).__name__}.{self._said}")

    def under(self, where: str) -> ConfigError:
        """The error with the whole path, for whoever knows where the dataclass lies."""
        return ConfigError(joined(where, self._said))


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
            a union with None, tuple, Mapping, a choice by `kind` (see `kinds`), and any of them
            with a condition (see `ranges`). A dataclass with a `from_number` takes a number too.
        plain: What `plain_from_value` gave, or what a user typed.
        where: Path of the value, for messages.

    Raises:
        ConfigError: Names the path, what was expected, what was found and the nearest name.
    """
    return typing.cast(T, _value(kind, plain, where))


def field_types(kind: Any) -> dict[str, Any]:
    """Annotation of every field of a dataclass, by name."""
    return _field_types(kind if isinstance(kind, type) else type(kind))


def alternatives_of(kind: Any) -> tuple[Any, ...]:
    """What an annotation allows, conditions taken off: the members of a union, or itself."""
    if typing.get_origin(kind) is typing.Annotated:
        return alternatives_of(typing.get_args(kind)[0])
    if typing.get_origin(kind) in _UNIONS:
        return tuple(each for part in typing.get_args(kind) for each in alternatives_of(part))
    return (kind,)


def is_choice(kind: Any) -> bool:
    """Whether an annotation is a choice of dataclasses by their `kind`."""
    return members_of(kind, alternatives_of(kind)) is not None


def check_fields(value: Any) -> None:
    """Hold a dataclass to its annotations: `__post_init__` of every configuration calls it.

    Raises:
        ConfigError: Names class and field, what was expected and what was found.
    """
    name = type(value).__name__
    for field, kind in _field_types(type(value)).items():
        _value(kind, getattr(value, field), f"{name}.{field}")


def differences(old: Any, new: Any, *, where: str = "") -> dict[str, tuple[Any, Any]]:
    """Dotted path to (old, new) of every leaf in which two plain structures differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: dict[str, tuple[Any, Any]] = {}
        for key in dict.fromkeys([*old, *new]):
            path = joined(where, str(key))
            found |= differences(old.get(key), new.get(key), where=path)
        if not found and list(old) != list(new):
            # columns of observations stand in the order in which they are named
            found[where] = (list(old), list(new))
        return found
    return {} if old == new else {where: (old, new)}


@functools.cache
def _field_types(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _value(kind: Any, plain: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _held(_value(arguments[0], plain, where), arguments[1:], where)
    members = members_of(kind, arguments if origin in _UNIONS else ())
    if members is not None and not (plain is None and type(None) in arguments):
        return _chosen(members, plain, where)
    if dataclasses.is_dataclass(kind):
        return _section(kind, plain, where)
    reader = _READERS.get(origin)
    return _scalar(kind, plain, where) if reader is None else reader(arguments, plain, where)


def _held(value: Any, conditions: tuple[Any, ...], where: str) -> Any:
    for condition in conditions:
        if isinstance(condition, Condition) and value not in condition:
            raise _wrong(where, str(condition), value)
    return value


def _chosen(members: Mapping[str, type], plain: Any, where: str) -> Any:
    known = sorted(members)
    if type(plain) in members.values():
        return plain
    if not isinstance(plain, Mapping):
        raise _wrong(where, f"a section whose kind is one of {', '.join(known)}", plain)
    if "kind" not in plain:
        path = joined(where, "kind")
        raise ConfigError(f"{path} is missing, expected one of {', '.join(known)}")
    kind = _choice(tuple(known), plain["kind"], joined(where, "kind"), note=note_on(members))
    return _section(members[kind], plain, where)


def _section(kind: Any, plain: Any, where: str) -> Any:
    if isinstance(plain, kind):
        return plain
    of_number = getattr(kind, "from_number", None)
    if of_number and isinstance(plain, int | float) and not isinstance(plain, bool):
        return of_number(_scalar(float, plain, where))
    if not isinstance(plain, Mapping):
        expected = "a number or a mapping of fields" if of_number else "a mapping of fields"
        raise _wrong(where, expected, plain)
    hints = field_types(kind)
    for name in plain:
        if name not in hints:
            unknown = str(name) if isinstance(name, str) else shown(name)
            raise ConfigError(
                f"{cut(joined(where, unknown))} is unknown; {nearest_names(unknown, hints)}"
            )
    for field in dataclasses.fields(kind):
        needed = field.default is field.default_factory is dataclasses.MISSING
        if needed and field.name not in plain:
            raise ConfigError(f"{joined(where, field.name)} is missing")
    values = {name: _value(hints[name], x, joined(where, name)) for name, x in plain.items()}
    try:
        return kind(**values)
    except FieldError as error:
        raise error.under(where) from error
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{where or kind.__name__}: {error}") from error


def _choice(choices: tuple[Any, ...], plain: Any, where: str, *, note: str = "") -> Any:
    for choice in choices:
        if plain == choice and type(plain) is type(choice):
            return choice
    known = [str(choice) for choice in choices]
    expected = f"one of {', '.join(known)}"
    near = nearest_names(plain if isinstance(plain, str) else _shown(plain), known)
    raise ConfigError(f"{where} is {_shown(plain)}, expected {expected}; {near}{note}")


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


def _mapping(kinds: tuple[Any, ...], plain: Any, where: str) -> dict[str, Any]:
    if not isinstance(plain, Mapping):
        raise _wrong(where, "a mapping", plain)
    return {str(k): _value(kinds[1], v, joined(where, str(k))) for k, v in plain.items()}


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
    if kind is float and isinstance(plain, float) and math.isnan(plain):
        raise _wrong(where, "a number", plain)
    if kind is int and isinstance(plain, float) and plain.is_integer():
        return int(plain)
    if isinstance(kind, type) and isinstance(plain, kind):
        return plain
    raise _wrong(where, _said(kind), plain)


def _said(kind: Any) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def _wrong(where: str, expected: str, found: Any) -> ConfigError:
    return ConfigError(f"{where or 'value'} is {_shown(found)}, expected {expected}")


def _shown(value: Any) -> str:
    if dataclasses.is_dataclass(value):
        return f"a {type(value).__name__}"
    return shown(value)


def joined(where: str, name: str) -> str:
    """Dotted path of a field, entry or item below another one."""
    return f"{where}.{name}" if where else name


_READERS: dict[Any, Callable[[tuple[Any, ...], Any, str], Any]] = {
    typing.Literal: _choice,
    typing.Union: _union,
    types.UnionType: _union,
    tuple: _tuple,
    Mapping: _mapping,
}

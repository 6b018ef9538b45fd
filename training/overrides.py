"""Dotted overrides: `agent.gamma=0.97` on any nested configuration, typed and checked."""

import ast
import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import yaml

from motionlib.errors import nearest_names
from motionlib.showing import shown
from training.values import (
    ConfigError,
    FieldError,
    alternatives_of,
    field_types,
    is_choice,
    joined,
    value_from_plain,
)

T = TypeVar("T")
_WORDS = {"true": True, "false": False, "none": None, "null": None}
_NOTHING = ("none", "null")


def override(config: T, overrides: Mapping[str, str]) -> T:
    """A configuration with some fields changed.

    A path leads through dataclasses, entries of mappings and items of lists
    (`env.rewards.gt.weight`, `accept.0.minimum`); `agent.config.gamma`, as ProtoMotions' guides
    write it, is `agent.gamma`. `x.kind=name` takes another choice with its defaults. An entry of a
    mapping is added whole, `env.rewards.gt={measure: body_pos_sq, weight: 0.5}`, and taken away by
    `none`.

    Args:
        config: A frozen dataclass of frozen dataclasses; left as it is.
        overrides: Dotted field path to the value as a user types it: numbers and tuples as in
            Python, `true`/`false`/`none`, text without quotes, sections as in YAML's `{a: 1}`.

    Returns:
        A changed copy; every `__post_init__` on the way has checked it again.

    Raises:
        ConfigError: An unknown field or entry (names the nearest, whole paths included), or a
            value that the field's type or range does not take.
    """
    for path, text in overrides.items():
        change = _Override(text, root=config)
        config = change.changed(type(config), config, _names(path), where="")
    return config


def parse_overrides(items: Sequence[str]) -> dict[str, str]:
    """`["a.b=1", "c=x"]` as a mapping.

    Raises:
        ConfigError: No `=`, no name, or a field named twice.
    """
    found: dict[str, str] = {}
    for item in items:
        path, equals, text = item.partition("=")
        path = ".".join(_names(path.strip()))
        if not equals or not path:
            raise ConfigError(f"override {item!r} is no field=value; write agent.gamma=0.97")
        if path in found:
            raise ConfigError(f"override {path} is given twice: {found[path]!r} and {text!r}")
        found[path] = text.strip()
    return found


def field_paths(config: Any, *, prefix: str = "") -> list[str]:
    """Dotted paths of all leaves that an override can change."""
    paths: list[str] = []
    for name, value in _parts(config).items():
        path = f"{prefix}{name}"
        paths += field_paths(value, prefix=f"{path}.") if _parts(value) else [path]
    return paths


def _parts(value: Any) -> dict[str, Any]:
    """Fields, entries or items by name; empty for a leaf."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple) and any(dataclasses.is_dataclass(item) for item in value):
        return {str(index): item for index, item in enumerate(value)}
    return {}


_ELSEWHERE = {
    "agent.eval_metrics_every": ["evaluating", "eval_metrics_every"],
    "agent.eval_every": ["evaluating", "eval_metrics_every"],
}
"""Where the fields lie here that guides look for elsewhere."""


def _names(path: str) -> list[str]:
    names = path.split(".")
    if len(names) > 2 and names[1] == "config":
        names = [names[0], *names[2:]]
    return _ELSEWHERE.get(".".join(names), names)


class _Override:
    """One override on its way down to what it changes."""

    def __init__(self, text: str, root: Any) -> None:
        self._text, self._root = text, root

    def changed(self, kind: Any, value: Any, names: list[str], *, where: str) -> Any:
        """`value`, annotated `kind` and lying at `where`, with what `names` lead to changed."""
        if not names:
            return self._whole(kind, value, where)
        if dataclasses.is_dataclass(value):
            return self._with_field(kind, value, names, where)
        if isinstance(value, Mapping):
            return self._with_entry(kind, value, names, where)
        return self._with_item(kind, value, names, where)

    def _with_field(self, kind: Any, value: Any, names: list[str], where: str) -> Any:
        name, path, hints = names[0], joined(where, names[0]), field_types(value)
        if name not in hints:
            raise self._unknown(path, _parts(value), f"no field {name!r}", names)
        part = getattr(value, name)
        if names == ["kind"] and is_choice(kind):
            same = self._text == part
            return value if same else value_from_plain(kind, {"kind": self._text}, where=where)
        changed = self.changed(hints[name], part, names[1:], where=path)
        try:
            return dataclasses.replace(value, **{name: changed})
        except FieldError as error:
            raise error.under(where) from error
        except ConfigError:
            raise
        except ValueError as error:
            raise ConfigError(f"{path}={self._text}: {error}") from error

    def _with_entry(self, kind: Any, value: Mapping, names: list[str], where: str) -> Any:
        name, path, entry = names[0], joined(where, names[0]), _entry_kind(kind)
        removed = names == [name] and self._text.lower() in _NOTHING
        if name not in value and (removed or len(names) > 1):
            raise self._unknown(path, value, f"no entry {name!r}", names)
        if removed and type(None) not in alternatives_of(entry):
            return {key: item for key, item in value.items() if key != name}
        return {**value, name: self.changed(entry, value.get(name), names[1:], where=path)}

    def _with_item(self, kind: Any, value: Any, names: list[str], where: str) -> Any:
        path, items = joined(where, names[0]), _parts(value)
        if names[0] not in items:
            hint = f"items are {', '.join(items)}" if items else "it has no fields"
            raise ConfigError(f"{path}: {where} is a plain value ({shown(value)}); {hint}")
        index = int(names[0])
        (tuple_kind,) = (k for k in alternatives_of(kind) if typing.get_origin(k) is tuple)
        item_kind = typing.get_args(tuple_kind)[0]
        item = self.changed(item_kind, value[index], names[1:], where=path)
        return (*value[:index], item, *value[index + 1 :])

    def _whole(self, kind: Any, value: Any, where: str) -> Any:
        kinds = alternatives_of(kind)
        sections = [each for each in kinds if dataclasses.is_dataclass(each)]
        if not sections and not is_choice(kind) and not isinstance(value, Mapping):
            return _typed(kind, self._text, where)
        plain = _plain_from_text(self._text)
        if isinstance(plain, Mapping) or (plain is None and type(None) in kinds):
            return value_from_plain(kind, plain, where=where)
        if value is None:
            raise ConfigError(f"{where} is a section that is not there; write it whole: {{...}}")
        fields = ", ".join(f"{where}.{name}" for name in _parts(value))
        raise ConfigError(f"{where} is a section; set one of its fields: {fields}")

    def _unknown(
        self, path: str, known: Mapping[str, Any], what: str, names: list[str]
    ) -> ConfigError:
        paths = field_paths(self._root)
        elsewhere = [p for p in paths if p.rsplit(".", maxsplit=1)[-1] == names[-1]]
        hint = f"; did you mean {' or '.join(elsewhere[:3])}?" if elsewhere else ""
        whole = ".".join([path, *names[1:]])
        return ConfigError(f"{whole} is unknown: {what}; {nearest_names(names[0], known)}{hint}")


def _typed(kind: Any, text: str, path: str) -> Any:
    # what is text must stay text: a robot named "007", a version "1.0"
    try:
        return value_from_plain(kind, text, where=path)
    except ConfigError:
        plain = _plain_from_text(text)
    tuples = [each for each in alternatives_of(kind) if typing.get_origin(each) is tuple]
    if tuples and plain is not None and not isinstance(plain, tuple | list):
        plain = tuple(_plain_from_text(x.strip()) for x in text.split(",")) if text else ()
    return value_from_plain(kind, plain, where=path)


def _plain_from_text(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _section_from_text(text) if text.startswith(("{", "[{")) else text


def _section_from_text(text: str) -> Any:
    """`{weight: 1e-3}` as YAML reads it, but with numbers as Python does."""
    try:
        # texts only, and no aliases: a line of them can stand for more than memory holds
        plain = text if "*" in text else yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return text
    return _leaves_from_text(plain) if isinstance(plain, dict | list) else text


def _leaves_from_text(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _leaves_from_text(item) for key, item in plain.items()}
    if isinstance(plain, list):
        return [_leaves_from_text(item) for item in plain]
    return _plain_from_text(plain)


def _entry_kind(kind: Any) -> Any:
    (mapping,) = (
        each
        for each in alternatives_of(kind)
        if isinstance(typing.get_origin(each), type)
        and issubclass(typing.get_origin(each), Mapping)
    )
    return typing.get_args(mapping)[1]

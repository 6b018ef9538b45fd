"""Everything that is wrong with a section of a recipe, not only the first of it."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from motionlib.errors import MotionError
from training.values import ConfigError, alternatives_of, field_types, joined, value_from_plain


def problems_in(kind: Any, plain: Any, *, where: str = "") -> list[str]:
    """Why plain data is no value of a type: one line a fault; empty if it is one.

    Args:
        kind: A dataclass, or any annotation that `value_from_plain` takes.
        plain: What the file says.
        where: Path of the value, for messages.
    """
    found = _within(kind, plain, where)
    # what only the whole can tell, once its parts are sound
    return found or _fault(kind, plain, where)


def _within(kind: Any, plain: Any, where: str) -> list[str]:
    """Faults of the parts of a section, or of the items of a list."""
    sections = [each for each in alternatives_of(kind) if dataclasses.is_dataclass(each)]
    if len(sections) == 1 and isinstance(plain, Mapping):
        return _of_section(sections[0], plain, where)
    items = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and items[1:] == (...,) and isinstance(plain, list):
        parts = (problems_in(items[0], each, where=f"{where}[{i}]") for i, each in enumerate(plain))
        return [line for part in parts for line in part]
    return []


def _of_section(kind: Any, plain: Mapping[str, Any], where: str) -> list[str]:
    hints = field_types(kind)
    found = []
    for name, value in plain.items():
        if name in hints:
            found += problems_in(hints[name], value, where=joined(where, name))
        else:
            found += _fault(kind, {name: value}, where)
    for field in dataclasses.fields(kind):
        needed = field.default is field.default_factory is dataclasses.MISSING
        if needed and field.name not in plain:
            found.append(f"{joined(where, field.name)} is missing")
    return found


def _fault(kind: Any, plain: Any, where: str) -> list[str]:
    try:
        value_from_plain(kind, plain, where=where)
    except (ConfigError, MotionError) as error:
        return [str(error)]
    return []

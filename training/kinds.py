"""Open choices of a configuration: any registered dataclass, told apart by its field `kind`."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T", bound=type)
_MEMBERS: dict[type, dict[str, type]] = {}


def open_choice(base: T) -> T:
    """Class decorator: a field annotated with `base` takes any registered child of it.

    The base itself has no fields; each child has `kind: Literal["its name"] = "its name"`.
    """
    _MEMBERS[base] = {}
    return base


def member_of(base: type) -> Callable[[T], T]:
    """Class decorator, above `@dataclass`: registers a child of an `open_choice` by its `kind`.

    Raises:
        ValueError: No default of `kind`, or one that another class has taken.
    """

    def register(member: T) -> T:
        kind, members = kind_of(member), _MEMBERS[base]
        taken = members.get(kind)
        # the same file may be executed twice: an experiment's, by its path
        if taken is not None and _place(taken) != _place(member):
            raise ValueError(f"{member.__name__}: kind {kind!r} is {_place(taken)}'s already")
        members[kind] = member
        return member

    return register


def kind_of(member: type) -> str:
    """Default of a dataclass' field `kind`.

    Raises:
        ValueError: It has none.
    """
    fields: Mapping[str, Any] = getattr(member, "__dataclass_fields__", {})
    field = fields.get("kind")
    if field is None or not isinstance(field.default, str):
        raise ValueError(f'{member.__name__}: expected a field kind: Literal["name"] = "name"')
    return field.default


def members_of(annotation: Any, alternatives: tuple[Any, ...]) -> dict[str, type] | None:
    """Kind to dataclass of an open choice, or of a union of dataclasses; None for anything else.

    Args:
        annotation: Of the field.
        alternatives: What it unites, if it is a union.
    """
    if isinstance(annotation, type) and annotation in _MEMBERS:
        return _MEMBERS[annotation]
    classes = [each for each in alternatives if dataclasses.is_dataclass(each)]
    if len(classes) > 1 and all("kind" in each.__dataclass_fields__ for each in classes):
        return {kind_of(each): each for each in classes if isinstance(each, type)}
    opened = [each for each in alternatives if isinstance(each, type) and each in _MEMBERS]
    return _MEMBERS[opened[0]] if opened else None


def note_on(members: Mapping[str, type]) -> str:
    """What an error adds that names the members of an open choice; empty for a union."""
    if any(members is known for known in _MEMBERS.values()):
        return " (one of your own is known once the file that registers it was imported)"
    return ""


def _place(member: type) -> str:
    return f"{member.__module__}.{member.__qualname__}"

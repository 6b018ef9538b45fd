"""YAML read safely: no depth, alias, key or number that is out of proportion to the text."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from motionlib.containers.bounds import (
    FREE_YAML_NODES,
    MAX_NUMBER_CHARACTERS,
    MAX_TEXT_BYTES,
    MAX_YAML_DEPTH,
    MAX_YAML_EXPANSION,
    read_checked,
)
from motionlib.errors import FormatError, KindError
from motionlib.showing import shown, shown_error

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[-+]?[0-9][0-9_:.a-fA-FxobeE+-]*")
_MAX_KEY_DIGITS = 18
"""Whole numbers of more can be chosen so that they all have one hash."""
# what Python's constructors raise on texts that only look like numbers, dates or keys
_NO_VALUE = (
    ValueError,
    OverflowError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
    MemoryError,
)


def read_text(path: Path) -> str:
    """A file's text without a byte order mark.

    Raises:
        FormatError: No regular file, larger than any that people write, or not UTF-8.
        OSError: It cannot be opened.
    """
    try:
        return read_checked(path, MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KindError(f"{path}: not UTF-8 text ({error.reason})") from error


def load_yaml(text: str, *, unique_keys: bool = False) -> Any:
    """The value of one YAML document.

    Args:
        text: The document.
        unique_keys: Refuse a key that is written twice; YAML keeps the last.

    Raises:
        FormatError: What is wrong and where in the text; names no file.
    """
    try:
        _Proportion().check(text)
        return yaml.load(text, Loader=_UniqueKeyLoader if unique_keys else _LOADER)
    except (yaml.YAMLError, *_NO_VALUE) as error:
        raise FormatError(shown_error(error)) from error


class _Proportion:
    """The nodes of a document if each alias were written out."""

    def __init__(self) -> None:
        self._events = 0
        self._open: list[_Collection] = []
        self._sizes: dict[str, int] = {}

    def check(self, text: str) -> None:
        for event in yaml.parse(text, Loader=_LOADER):
            self._events += 1
            place = f"line {event.start_mark.line + 1}"
            if isinstance(event, yaml.CollectionStartEvent):
                if len(self._open) == MAX_YAML_DEPTH:
                    raise FormatError(f"{place}: nested deeper than {MAX_YAML_DEPTH} levels")
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Collection(event.anchor, is_mapping=is_mapping))
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = self._open.pop()
                self._add(closed.size, closed.anchor, place)
            elif isinstance(event, yaml.ScalarEvent):
                self._check_number(event, place)
                self._add(1, event.anchor, place)
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor not in self._sizes:
                    raise FormatError(f"{place}: alias *{shown(event.anchor)} is not complete yet")
                self._add(self._sizes[event.anchor], None, place)

    def _add(self, size: int, anchor: str | None, place: str) -> None:
        if size > FREE_YAML_NODES + MAX_YAML_EXPANSION * self._events:
            raise FormatError(
                f"{place}: aliases make {size} values of {self._events}; write them out, or fewer"
            )
        if anchor is not None:
            self._sizes[anchor] = size
        if self._open:
            self._open[-1].size += size
            self._open[-1].items += 1

    def _check_number(self, event: yaml.ScalarEvent, place: str) -> None:
        plain = event.implicit[0] and not event.style
        tagged = str(event.tag or "").endswith((":int", ":float"))
        inside = self._open[-1] if self._open else None
        is_key = inside is not None and inside.is_mapping and inside.items % 2 == 0
        most = _MAX_KEY_DIGITS if is_key else MAX_NUMBER_CHARACTERS
        if len(event.value) > most and (tagged or (plain and _NUMBER.fullmatch(event.value))):
            raise FormatError(
                f"{place}: a number of {len(event.value)} characters, expected at most {most}; "
                "write text in quotes"
            )


class _Collection:
    __slots__ = ("anchor", "is_mapping", "items", "size")

    def __init__(self, anchor: str | None, *, is_mapping: bool) -> None:
        self.anchor, self.is_mapping = anchor, is_mapping
        self.size, self.items = 1, 0


class _UniqueKeyLoader(_LOADER):
    """Safe loader that refuses a key written twice; plain YAML would keep the last silently."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - yaml's signature
    ) -> dict[Hashable, object]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue  # what it brings along, keys written here may replace
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # yaml refuses it itself
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {shown(key)} is written twice; remove one",
                    problem_mark=node.start_mark,
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

"""How a foreign value, name or error stands in a message: always short, whatever it is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

MAX_SHOWN = 80
"""Characters of a value."""
MAX_REASON = 300
"""Characters of another library's error."""
_MAX_DEPTH = 4
_MAX_INT_BITS = 256
_CUT = "..."
_NUMBERS = re.compile(r"(uint|int|float|bfloat|complex)(\d+)")
_KINDS = {
    "uint": "whole number without sign",
    "int": "whole number",
    "float": "float",
    "bfloat": "short float",
    "complex": "complex number",
}
_TEXT = re.compile(r"[<>|=]?[UST]\d*|str_?|str\d+|StringDType\(\)")
_PLAIN_TYPES = {
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "object": "Python objects",
    "dict": "map",
    "OrderedDict": "map",
}


def shown(value: object, limit: int = MAX_SHOWN) -> str:
    """The value as Python writes it, never longer than `limit`.

    The text is cut while it is made: a value that refers to its own parts thousands of times, or a
    number of a million digits, costs no more than a short one. Of arrays and foreign objects only
    their kind is told.
    """
    text = ""
    for piece in _pieces(value, limit, 0):
        text += piece
        if len(text) > limit:
            return text[: limit - len(_CUT)] + _CUT
    return text


def shown_error(error: BaseException, limit: int = MAX_REASON) -> str:
    """An error's text on one line; the name of its kind where it has none."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a foreign error that cannot be printed is an error still
        text = ""
    return cut(" ".join(text[: 2 * limit].split()) or type(error).__name__, limit)


def listed(names: Iterable[str], most: int = 10) -> str:
    """Names side by side, of many the first and how many there are."""
    every = list(names)
    text = ", ".join(cut(str(name)) for name in every[:most])
    return f"{text}, {_CUT} ({len(every)} in all)" if len(every) > most else text


def counted(number: int, noun: str, plural: str = "") -> str:
    """How many of a thing: `1 clip`, `2 clips`.

    Args:
        number: 0 or more.
        noun: Of one of them.
        plural: Of several; empty adds an s.
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def type_name(dtype: object) -> str:
    """A type of numbers as people call it: `32-bit float`, `64-bit whole number`, `text`.

    Args:
        dtype: Of numpy or torch, its name, or the name of a kind of Python value.
    """
    name = str(dtype).removeprefix("torch.")
    if number := _NUMBERS.fullmatch(name):
        return f"{number[2]}-bit {_KINDS[number[1]]}"
    if _TEXT.fullmatch(name):
        return "text"
    return _PLAIN_TYPES.get(name, cut(name))


def cut(text: str, limit: int = MAX_SHOWN) -> str:
    """The text, or its beginning if it is longer than `limit`."""
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def _pieces(value: object, limit: int, depth: int) -> Iterator[str]:
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        yield _array(value)
    elif isinstance(value, str | bytes | bytearray):
        yield repr(value[: limit + 1])
    elif isinstance(value, int) and value.bit_length() > _MAX_INT_BITS:
        yield f"a whole number of {value.bit_length()} bits"
    elif isinstance(value, int | float | complex) or value is None:
        yield repr(value)
    elif isinstance(value, dict | Mapping | list | tuple | set | frozenset):
        yield from _container(value, limit, depth) if depth < _MAX_DEPTH else (_CUT,)
    else:
        yield f"<{cut(type(value).__name__)}>"


def _container(value: object, limit: int, depth: int) -> Iterator[str]:
    brackets = {list: "[]", tuple: "()"}.get(type(value), "{}")
    yield brackets[0]
    count = 0
    # each item gives one character or more, so later ones would be cut away
    for count, item in enumerate(islice(value, limit), start=1):  # type: ignore[call-overload]
        if count > 1:
            yield ", "
        yield from _pieces(item, limit, depth + 1)
        if isinstance(value, Mapping):
            yield ": "
            yield from _pieces(value[item], limit, depth + 1)
    yield ",)" if type(value) is tuple and count == 1 else brackets[1]


def _array(value: object) -> str:
    shape = tuple(getattr(value, "shape", ()))
    if not shape and hasattr(value, "item"):
        return shown(value.item())  # type: ignore[attr-defined]
    return f"an array of shape {shown(shape)}, type {type_name(getattr(value, 'dtype', ''))}"

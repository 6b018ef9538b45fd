"""What Python code means: its syntax tree, without documents, comments, layout and positions.

Two sources of equal meaning do the same. Docstrings, those of attributes too, are no part of it;
names, annotations, defaults, decorators and the order of statements are. Python 3.11, 3.12 and
3.13 find the same meaning, as long as all of them can read the source.
"""

import ast
import contextlib
import functools
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from motionlib.files import sha256_of_bytes, sha256_once
from motionlib.sealed import DamagedError, read_sealed, write_sealed

_UNTOLD = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Fields that follow from others, or change nothing: a name's use, `u""`, comments on types."""
_MOST_REMEMBERED = 4096
"""Sources whose meaning is remembered, about 150 bytes each; the oldest are forgotten first."""
_log = logging.getLogger(__name__)


def meaning_of(source: str | bytes) -> str:
    """Hex sha256 of what a Python source means; of its bytes where Python cannot read it."""
    try:
        told: list[str] = []
        _tell(ast.parse(source), told.append)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # all say: not to be read
        content = source if isinstance(source, bytes) else source.encode(errors="surrogatepass")
        return sha256_of_bytes(b"unread\0" + content)
    return sha256_of_bytes("".join(told).encode())


def meaning_of_files(files: Iterable[Path], root: Path) -> str:
    """Hex sha256 of what Python files mean, together with their places below `root`.

    A meaning is worked out once: it is remembered under the hash of the file's bytes, in this
    process and in a file beside the compiled modules. Where that cannot be written, or was
    damaged, meanings are worked out again.

    Args:
        files: In any order.
        root: Folder that all of them lie in.

    Raises:
        OSError: A file cannot be read.
    """
    meanings = _meanings({file.relative_to(root).as_posix(): file for file in files})
    lines = "".join(f"{name}\0{meanings[name]}\0" for name in sorted(meanings))
    return sha256_of_bytes(lines.encode())


def _tell(node: ast.AST, say: Callable[[str], None]) -> None:
    kind = type(node)
    say("(" + kind.__name__)
    for name in _fields_of(kind):
        value = getattr(node, name, None)
        if (value is None and kind is not ast.Constant) or value == []:
            continue  # also what only newer versions of Python know, such as `type_params`
        say(" " + name + "=")
        _tell_value(value, kind, say)
    say(")")


def _tell_value(value: object, owner: type[ast.AST], say: Callable[[str], None]) -> None:
    if isinstance(value, ast.AST):
        _tell(value, say)
    elif isinstance(value, list):
        for each in value:
            if each is None:  # a key of {**others}, a keyword without a default
                say("-")
            elif not _is_untold(each, owner):
                _tell_value(each, owner, say)
        say(";")
    elif type(value) is int:
        say(f"{value:#x}")  # decimal digits are limited, and cost their square
    else:
        say(ascii(value))  # what `repr` escapes depends on the version of Python


def _is_untold(node: object, owner: type[ast.AST]) -> bool:
    """A string that stands alone, a docstring or one of an attribute; nothing in an f-string."""
    if type(node) is ast.Expr:
        return type(node.value) is ast.Constant and isinstance(node.value.value, str)
    # Python 3.12 finds an empty text between two fields of a format
    return owner is ast.JoinedStr and type(node) is ast.Constant and node.value == ""


@functools.cache
def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in _UNTOLD)


def _meanings(files: Mapping[str, Path]) -> dict[str, str]:
    """Name to meaning; those worked out for the first time are remembered."""
    known, found, new = _remembered(), {}, False
    for name, file in files.items():
        key = sha256_once(file)
        if key not in known:
            content = file.read_bytes()
            key = sha256_of_bytes(content)  # it may have been written to meanwhile
            known[key], new = meaning_of(content), True
        found[name] = known[key]
    if new:
        _remember(known)
    return found


@functools.cache
def _remembered() -> dict[str, str]:
    """Hash of a source's bytes to its meaning, as this process and earlier ones know it."""
    try:
        plain = read_sealed(_place())
        return {str(key): str(meaning) for key, meaning in plain["meanings"]}
    except (OSError, DamagedError, KeyError, TypeError, ValueError):
        return {}  # all of it can be worked out again


def _remember(known: Mapping[str, str]) -> None:
    kept = list(known.items())[-_MOST_REMEMBERED:]
    try:
        write_sealed(_place(), {"meanings": kept})
    except OSError as error:
        _log.debug("meanings of sources are not remembered: %s", error)


@functools.cache
def _place() -> Path:
    """The file of what is remembered; another one once this module's own code changed.

    Not in a home, since reading the graph must leave a new home untouched.
    """
    own = Path(__file__)
    rules = sha256_of_bytes(own.read_bytes())[:12]
    folder = own.parent / "__pycache__"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    if not os.access(folder, os.W_OK):
        folder = Path.home() / ".cache" / "motion-workbench"
    return folder / f"meanings-{rules}.json"

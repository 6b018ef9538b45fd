"""Files that code depends on: a module's own and those that it imports, directly or not."""

import ast
import functools
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import motionlib

_STATEMENT = re.compile(
    r"^[ \t]*((?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n(]*))", re.MULTILINE
)
"""An import that begins its line, as the house's layout has them all."""


def source_files(
    modules: Iterable[str],
    *,
    rooms: Collection[str] = (motionlib.__name__,),
    without: Collection[str] = (),
) -> list[Path]:
    """Files of these modules and of all that they import from these rooms, sorted.

    Args:
        modules: Names with dots.
        rooms: Names of packages.
        without: Modules and packages that are left out, with what only they import.
    """
    files = [file for name in modules if (file := _file_of(name))]
    return _with_imports(files, rooms, without)


def imported_files(
    file: Path, *, rooms: Collection[str], without: Collection[str] = ()
) -> list[Path]:
    """One file, wherever it lies, and those of all that it imports from these rooms, sorted.

    Args:
        file: Python source.
        rooms: Names of packages.
        without: Modules and packages that are left out, with what only they import.
    """
    return _with_imports([file], rooms, without)


def _with_imports(
    files: list[Path], rooms: Collection[str], without: Collection[str]
) -> list[Path]:
    found: set[Path] = set()
    asked: set[str] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        names = set(_imports(file.read_text(encoding="utf-8"))) - asked
        asked |= names
        wanted = (name for name in names if name.split(".")[0] in rooms)
        ours = (_file_of(name) for name in wanted if not _is_below(name, without))
        waiting += [each for each in ours if each]
    return sorted(found)


def _is_below(name: str, packages: Collection[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)


def _file_of(name: str) -> Path | None:
    root = Path(motionlib.__path__[0]).parent
    stem = root.joinpath(*name.split("."))
    choices = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((file for file in choices if file.is_file()), None)


@functools.cache
def _imports(text: str) -> tuple[str, ...]:
    """Modules that a source names; an imported name that is none does no harm."""
    return tuple(_names(_statements(text)))


def _statements(text: str) -> ast.Module:
    """The imports alone, which are read in a hundredth of the time; all where that fails."""
    try:
        return ast.parse("\n".join(_STATEMENT.findall(text)))
    except SyntaxError:  # prose that looks like an import, a bracket in a comment
        return ast.parse(text)


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

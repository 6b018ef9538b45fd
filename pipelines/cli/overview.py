"""The first screen: what the workbench is for, and its commands in groups."""

import inspect
import os
import sys
import textwrap
from importlib import metadata

from motionlib.errors import nearest_names
from pipelines.cli.commands import CLOSING, COMMANDS, GROUPS, HEADLINE

_PACKAGE = "motion-workbench"
_WIDE = 100
"""Characters a line where nobody looks at a terminal."""
_INDENT = 20
"""Characters before the description of a command."""


def overview() -> str:
    """The text of `motion --help`, as wide as the terminal."""
    width = min(os.get_terminal_size().columns, _WIDE) if sys.stdout.isatty() else _WIDE
    lines = ["usage: motion COMMAND ...", "", HEADLINE]
    for group, commands in GROUPS.items():
        lines += ["", f"{group}:"]
        for name, kind in commands.items():
            lines += textwrap.wrap(
                first_line(kind),
                width,
                initial_indent=f"  {name}".ljust(_INDENT),
                subsequent_indent=" " * _INDENT,
            )
    return "\n".join([*lines, "", CLOSING])


def first_line(command: type) -> str:
    """What a command does, in its first sentence."""
    return (inspect.getdoc(command) or "").split("\n\n")[0].replace("\n", " ")


def unknown_command(name: str) -> str:
    """What to say to a command that is none."""
    return f"no command {name!r}; {nearest_names(name, COMMANDS)}; `motion --help` lists them all"


def version() -> str:
    """The workbench's version; that of its checkout where it was not installed."""
    try:
        return f"{_PACKAGE} {metadata.version(_PACKAGE)}"
    except metadata.PackageNotFoundError:
        return f"{_PACKAGE}, a checkout that is not installed: make setup"

"""Words of a command line that mean nothing: told in one line, with the nearest that would."""

import contextlib
import io
import re
import sys
from collections.abc import Callable, Sequence
from typing import Never, TypeVar

from motionlib.errors import nearest_names
from motionlib.help_text import tidied

Meant = TypeVar("Meant")
Parse = Callable[[Sequence[str]], Meant]
_COLOR = re.compile(r"\x1b\[[\d;]*m")
_SIDE = re.compile(r"^[│|]|[│|]$")
"""Sides of a frame, with UTF-8 and without."""
_RULE = re.compile(r"^\s*[─-]{3,}\s*$")
_OPTION_ROW = re.compile(r"^\s*(-\w, )?--[a-z]")
_OPTION = re.compile(r"--[a-z][\w-]*")
_MISSING = re.compile(r"\s*Missing from (.+):$")
_COMMANDS = re.compile(r"(?:Available subcommands: |Expected one of \{)([\w, -]+)")


def parse_words(parse: "Parse[Meant]", words: Sequence[str], *, prog: str) -> Meant:
    """What words mean to a parser made by tyro, whose frames become one line.

    Args:
        parse: Takes the words; says on standard error what is wrong with them, and exits.
        words: Without the program's name.
        prog: What the program is called.

    Raises:
        SystemExit: Help was asked for and given, or a slip was told (exit status 2).
    """
    said, shown = io.StringIO(), _Framed() if _speaks_utf8() else io.StringIO()
    asked = any(word in {"-h", "--help"} for word in words)
    try:
        with contextlib.redirect_stderr(said), _shown(shown if asked else None):
            meant = parse(words)
    except SystemExit as stop:
        sys.stdout.write(tidied(_COLOR.sub("", shown.getvalue())) if asked else "")
        if stop.code not in (None, 0):
            _tell(parse, words, said.getvalue(), prog=prog)
        sys.stderr.write(said.getvalue())
        raise
    sys.stderr.write(said.getvalue())
    return meant


class _Framed(io.StringIO):
    """Text that tyro draws frames into."""

    encoding = "utf-8"


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("_", "-") in {"utf-8", "utf8"}


def _shown(text: io.StringIO | None) -> contextlib.AbstractContextManager[object]:
    """Keeps what goes to standard output, if there is something to keep it in."""
    return contextlib.redirect_stdout(text) if text else contextlib.nullcontext()


def _tell(parse: "Parse[Meant]", words: Sequence[str], said: str, *, prog: str) -> Never:
    """One line on standard error."""
    lines = _unframed(said)
    command = [word for word in words[:2] if not word.startswith("-")]
    if found := _COMMANDS.search(" ".join("|" if _RULE.match(each) else each for each in lines)):
        choices = [each.strip() for each in found[1].split(",")]
        wrong = command.pop() if found[0].startswith("Available") and command else ""
        what = f"no command {wrong!r}" if wrong else "expected a command"
        line = f"{' '.join((prog, *command))}: {what}; {nearest_names(wrong, choices)}"
    else:
        options = _options(parse, command)
        given = [word.partition("=")[0] for word in words if _OPTION.match(word)]
        unknown = [word for word in given if word.replace("_", "-") not in options]
        if unknown and options:
            line = f"{prog}: no option {unknown[0]}; {nearest_names(unknown[0], options)}"
        else:
            line = _first_part(lines, prog=prog)
    sys.stderr.write(f"{line}\n")
    raise SystemExit(2)


def _options(parse: "Parse[Meant]", command: Sequence[str]) -> list[str]:
    """What the command's own help lists."""
    text = io.StringIO()
    with (
        contextlib.redirect_stdout(text),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        parse([*command, "--help"])
    rows = [row for row in _unframed(text.getvalue()) if _OPTION_ROW.match(row)]
    return sorted({option for row in rows for option in _OPTION.findall(row)})


def _unframed(text: str) -> list[str]:
    plain = _COLOR.sub("", text).splitlines()
    return [_SIDE.sub("", line.rstrip()).rstrip() for line in plain if line.strip()]


def _first_part(lines: Sequence[str], *, prog: str) -> str:
    """What stands above the first rule, without the title in the frame; of what is missing, names."""
    below = lines[2:] if len(lines) > 1 and _RULE.match(lines[1]) else lines[1:]
    end = next((n for n, line in enumerate(below) if _RULE.match(line)), len(below))
    part = below[:end]
    if part and (missing := _MISSING.match(part[0])):
        least = min(len(line) - len(line.lstrip()) for line in part[1:])
        names = [line.strip() for line in part[1:] if not line[least:].startswith(" ")]
        return f"{missing[1]}: missing: {', '.join(names)}; --help says what they are"
    said = " ".join(line.strip() for line in part)
    return f"{prog}: {said or 'cannot read these words; --help lists what there is'}"

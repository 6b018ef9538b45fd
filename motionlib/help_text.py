"""What `--help` prints, for people: no defaults that say nothing, paragraphs without ragged lines."""

import re
import textwrap
from collections.abc import Iterator

WIDE = 100
"""Characters a line of prose."""
_IDLE = re.compile(r" ?\(default: (None|False|''|)\)")
"""What an option is when it is left out stands in its text."""
_BOX = re.compile(r"^│ (?P<text>.*) │$")
_HELP_ROW = re.compile(r"^(-h, --help +)show this help")


def tidied(text: str) -> str:
    """Help that tyro made, in its frames, written again.

    Args:
        text: Whole, without colours; where it has no frames only its prose is wrapped.
    """
    column = next(
        (len(row[1]) for line in text.splitlines() if (row := _HELP_ROW.match(_inner(line)))), 0
    )
    lines: list[str] = []
    block: list[str] = []
    listing = False
    for line in text.splitlines():
        inner = _inner(line)
        # what tyro says of sub-commands stays as it is: paragraphs of one, then the next
        listing = not line.startswith("╰") and (listing or inner.lstrip().startswith("•"))
        starts = inner[:1] not in ("", " ")
        if block and (not inner or starts or listing):
            lines += _block(block, column)
            block = []
        if listing:
            lines.append(line)
        elif inner and column and (block or _has_help(inner, column)):
            block.append(line)
        elif inner or line.startswith("  ") or len(line) <= WIDE:
            lines.append(line)
        else:
            lines += textwrap.wrap(line, WIDE)
    return "\n".join([*lines, ""])


def _inner(line: str) -> str:
    """What stands in a frame; empty outside of any."""
    found = _BOX.match(line)
    return found["text"].rstrip() if found else ""


def _has_help(inner: str, column: int) -> bool:
    """Whether a row names an argument; subcommands and prose do not stand in two columns."""
    return (
        inner[0] in "-[{"
        or inner.split(" ", maxsplit=1)[0].isupper()
        or inner[column - 2 : column] == "  "
    )


def _block(rows: list[str], column: int) -> Iterator[str]:
    """An argument's rows with its text wrapped anew."""
    width = len(rows[0]) - 4
    first = _inner(rows[0])
    beside = first[column - 2 : column] == "  " and not first[:column].isspace()
    head = first[:column].rstrip() if beside else first
    parts = [first[column:] if beside else "", *(_inner(row)[column:] for row in rows[1:])]
    text = _IDLE.sub("", " ".join(" ".join(parts).split()))
    wrapped = textwrap.wrap(text, width - column) or [""]
    if len(head) <= column - 2:
        wrapped[0] = head.ljust(column) + wrapped[0]
    else:
        yield f"│ {head.ljust(width)} │"
        wrapped[0] = " " * column + wrapped[0]
    for number, line in enumerate(wrapped):
        padded = line if not number else " " * column + line
        if padded.strip():
            yield f"│ {padded.ljust(width)} │"

"""Tables of the pages that are written from the code."""

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table; what would end a cell is escaped.

    Args:
        head: Titles of columns.
        rows: Cells of each line.
    """
    lines = ("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]

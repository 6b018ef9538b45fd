"""Pictures for an asset's page: its card, which says all at one glance, and plots that fit a cell.

Dagster puts the description of an asset at the top of its page and the columns of a table before
everything else that was measured; the description is fixed, the card in it is the newest one.
"""

import base64
import struct
import textwrap
from html import escape

WIDTH, HEIGHT = 780, 205
"""px of a card; Dagster folds descriptions higher than 260, two lines of text among them."""
CELL_WIDTH = 480
"""px that the value of a metadatum has in a window of 1,500."""
_LINE, _BELOW = 22, 8
_CHARACTERS = 92
"""That fit into a line."""
_SMALLEST = 0.45
"""Below this scale a picture cannot be read: it is folded rather than made smaller."""


def card(verdict: str, picture: bytes = b"") -> str:
    """An SVG with a verdict in up to two lines and, below it, a picture.

    Args:
        verdict: A sentence; what does not fit is cut.
        picture: A PNG, made to fit where it stays readable; none leaves the verdict alone.

    Raises:
        ValueError: The picture is no PNG.
    """
    lines = textwrap.wrap(verdict, _CHARACTERS, max_lines=2, placeholder=" …")
    top = _LINE * len(lines) + _BELOW
    texts = "".join(
        f'<text x="8" y="{_LINE * (i + 1) - 4}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    if not picture:
        return _svg(WIDTH, top, texts)
    width, height = _size(picture)
    fitted = (HEIGHT - top) / height
    scale = min((WIDTH - 16) / width, fitted if fitted >= _SMALLEST else 1.0, 1.0)
    return _svg(WIDTH, top + height * scale, texts + _image(picture, scale, x=8, y=top))


def cell_picture(picture: bytes) -> str:
    """An SVG of a picture that is no wider than the cell of a metadatum; all its dots are in it.

    Args:
        picture: A PNG.

    Raises:
        ValueError: It is no PNG.
    """
    width, height = _size(picture)
    scale = min(CELL_WIDTH / width, 1.0)
    return _svg(width * scale, height * scale, _image(picture, scale))


def _svg(width: float, height: float, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        'font-family="sans-serif" font-size="15" font-weight="600" fill="#222">'
        f'<rect width="100%" height="100%" rx="6" fill="white"/>{content}</svg>\n'
    )


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height in px."""
    if picture[:8] != b"\x89PNG\r\n\x1a\n" or len(picture) < 24:
        raise ValueError("the picture is no PNG")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def _image(picture: bytes, scale: float, *, x: int = 0, y: int = 0) -> str:
    width, height = _size(picture)
    carried = base64.b64encode(picture).decode("ascii")
    return (
        f'<image x="{x}" y="{y}" width="{width * scale:.1f}" height="{height * scale:.1f}" '
        f'href="data:image/png;base64,{carried}"/>'
    )

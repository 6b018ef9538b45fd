"""A card: what an asset says of itself at one glance, a picture that its page begins with.

Dagster puts the description of an asset at the top of its page and the columns of a table before
everything else that was measured; the description is fixed, the picture in it is the newest one.
"""

import base64
import struct
import textwrap
from html import escape

WIDTH, HEIGHT = 820, 236
"""px; Dagster cuts descriptions higher than 260."""
_LINE, _BELOW = 22, 10
_CHARACTERS = 96
"""That fit into a line."""


def card(verdict: str, picture: bytes = b"") -> str:
    """An SVG with a verdict in up to two lines and, below it, a picture fitted to the rest.

    Args:
        verdict: A sentence; what does not fit is cut.
        picture: A PNG; none leaves the verdict alone.

    Raises:
        ValueError: The picture is no PNG.
    """
    lines = textwrap.wrap(verdict, _CHARACTERS, max_lines=2, placeholder=" …")
    top = _LINE * len(lines) + _BELOW
    texts = [
        f'<text x="8" y="{_LINE * (i + 1) - 4}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    ]
    image, bottom = _image(picture, top) if picture else ("", top)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom}" '
        'font-family="sans-serif" font-size="15" font-weight="600" fill="#222">'
        f'<rect width="100%" height="100%" rx="6" fill="white"/>{"".join(texts)}{image}</svg>\n'
    )


def _image(picture: bytes, top: int) -> tuple[str, int]:
    """The picture as an element below what stands above, and where it ends."""
    if picture[:8] != b"\x89PNG\r\n\x1a\n" or len(picture) < 24:
        raise ValueError("the picture of a card is no PNG")
    width, height = struct.unpack(">II", picture[16:24])
    scale = min((WIDTH - 16) / width, (HEIGHT - top) / height, 1.0)
    carried = base64.b64encode(picture).decode("ascii")
    return (
        f'<image x="8" y="{top}" width="{width * scale:.0f}" height="{height * scale:.0f}" '
        f'href="data:image/png;base64,{carried}"/>',
        round(top + height * scale),
    )

"""How an asset's page reads: what matters first, plots as pictures, where files lie last."""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import dagster as dg

from assets.cards import card, cell_picture
from assets.links import PLOTS_URL, served_folders, served_url
from motionlib.files import write_text

VERDICT = "verdict"
"""Key of the one sentence that says how good the asset is; it comes first."""
_KEPT = 20
"""Plots of one asset that stay: those of its newest runs."""
_CARRIED = re.compile(r"!\[[^]]*\]\(data:image/png;base64,([A-Za-z0-9+/=]+)\)")
_LAST = ("path", "sha256", "reused")
_RANKS: tuple[tuple[type, int], ...] = (
    (dg.UrlMetadataValue, 1),
    (dg.TableMetadataValue, 4),
    (dg.MarkdownMetadataValue, 4),
    (dg.JsonMetadataValue, 4),
    (dg.PathMetadataValue, 5),
)
"""Kinds of values to their place; numbers and words stand at 2, pictures at 3."""
_Result = TypeVar("_Result", bound=dg.MaterializeResult)


def presented(result: _Result, key: dg.AssetKey, *, with_card: bool = False) -> _Result:
    """The result with its metadata in order and its plots as files that the page shows.

    Dagster shows a Markdown value at once only below a thousand characters, so a picture that
    carries its own bytes hides behind a button. One that `make ui` serves is a short address.

    Args:
        result: Of the asset's function.
        key: Of the asset: recipe and layer.
        with_card: Whether to write the card that `card_link` shows.

    Raises:
        OSError: The disk is full or the folder of plots cannot be written.
    """
    if not result.metadata:
        return result
    folder, name = served_folders()[PLOTS_URL] / key.path[0], key.path[-1]
    pictures = {entry: found for entry, x in result.metadata.items() if (found := _picture(x))}
    served = {entry: _served(found, folder, name) for entry, found in pictures.items()}
    if with_card:
        verdict, first = _text(result.metadata.get(VERDICT)), next(iter(pictures.values()), b"")
        write_text(folder / f"{name}.svg", card(verdict, first))
    return result._replace(metadata=in_order({**result.metadata, **served}))


def card_link(key: dg.AssetKey) -> str:
    """Markdown that shows the newest card of an asset, for its description."""
    recipe, name = quote(key.path[0]), quote(key.path[-1])
    return f"![verdict and picture of the newest run]({PLOTS_URL}/{recipe}/{name}.svg)"


def in_order(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Verdict, links, numbers, pictures, tables, paths; then hash, address and Dagster's own."""
    return dict(sorted(metadata.items(), key=lambda entry: _rank(*entry)))


def _rank(name: str, value: object) -> int:
    if name == VERDICT:
        return 0
    if name in _LAST:
        return 6
    if name.startswith("dagster/"):
        return 7
    if isinstance(value, dg.MarkdownMetadataValue) and (value.md_str or "").startswith("!["):
        return 3
    return next((rank for kind, rank in _RANKS if isinstance(value, kind)), 2)


def _picture(value: object) -> bytes:
    """The bytes of a plot that carries its own; none of any other value."""
    text = value.md_str or "" if isinstance(value, dg.MarkdownMetadataValue) else ""
    found = _CARRIED.fullmatch(text)
    return base64.b64decode(found.group(1)) if found else b""


def _text(value: object) -> str:
    return str(value.value if isinstance(value, dg.MetadataValue) else value or "")


def _served(picture: bytes, folder: Path, name: str) -> dg.MetadataValue:
    """A picture as a file that is served, and the short Markdown that shows it."""
    path = folder / f"{name}-{hashlib.sha256(picture).hexdigest()[:12]}.svg"
    write_text(path, cell_picture(picture))
    _drop_oldest(folder, name)
    return dg.MetadataValue.md(f"![a picture that `make ui` serves]({served_url(path)})")


def _drop_oldest(folder: Path, name: str) -> None:
    whole = re.compile(rf"{re.escape(name)}-[0-9a-f]{{12}}\.svg")
    plots = [path for path in folder.iterdir() if whole.fullmatch(path.name)]
    for path in sorted(plots, key=lambda each: each.stat().st_mtime_ns)[:-_KEPT]:
        path.unlink(missing_ok=True)

"""How an asset's page reads: what matters first, plots as pictures, where files lie last."""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg

from assets.links import report_url, reports_folder
from motionlib.files import write_bytes

VERDICT = "verdict"
"""Key of the one sentence that says how good the asset is; it comes first."""
PLOTS = "plots"
"""Folder of a recipe's plots, beside its reports."""
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


def presented(result: _Result, key: dg.AssetKey) -> _Result:
    """The result with its metadata in order and its plots as files that the page shows.

    Dagster shows a Markdown value at once only below a thousand characters, so a picture that
    carries its own bytes hides behind a button. One that `make ui` serves is a short address.

    Args:
        result: Of the asset's function.
        key: Of the asset: recipe and layer.

    Raises:
        OSError: The disk is full or the folder of reports cannot be written.
    """
    if not result.metadata:
        return result
    folder = reports_folder() / key.path[0] / PLOTS
    shown = {name: _served(x, folder, key.path[-1]) for name, x in result.metadata.items()}
    return result._replace(metadata=in_order(shown))


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


def _served(value: object, folder: Path, name: str) -> object:
    """A plot that carries its own bytes as one that is served; any other value as it is."""
    if not isinstance(value, dg.MarkdownMetadataValue):
        return value
    found = _CARRIED.fullmatch(value.md_str or "")
    if found is None:
        return value
    picture = base64.b64decode(found.group(1))
    path = folder / f"{name}-{hashlib.sha256(picture).hexdigest()[:12]}.png"
    write_bytes(path, picture)
    _drop_oldest(folder, name)
    return dg.MetadataValue.md(f"![a picture that `make ui` serves]({report_url(path)})")


def _drop_oldest(folder: Path, name: str) -> None:
    whole = re.compile(rf"{re.escape(name)}-[0-9a-f]{{12}}\.png")
    plots = [path for path in folder.iterdir() if whole.fullmatch(path.name)]
    for path in sorted(plots, key=lambda each: each.stat().st_mtime_ns)[:-_KEPT]:
        path.unlink(missing_ok=True)

"""Upkeep of a local registry: what killed writers left, and what earlier versions wrote."""

import logging
from pathlib import Path

from motionlib.errors import RegistryError
from motionlib.files import locked, sweep_tree
from motionlib.registry.artifact_folder import (
    artifact_folders,
    load_version,
    seal_aliases,
    version_numbers,
)
from motionlib.registry.objects import collect_objects

_LOG = logging.getLogger(__name__)


def collect_unused(root: Path) -> list[Path]:
    """Remove what killed writers left, and bytes that no version refers to.

    A publication that is under way is waited for. Bytes stay while a manifest is unreadable.

    Returns:
        What was removed.
    """
    removed = sweep_tree(root / "names")
    try:
        known = [
            load_version(folder, number)
            for folder in artifact_folders(root)
            for number in version_numbers(folder)
        ]
    except RegistryError as error:
        _LOG.warning("unused bytes are kept while a version cannot be read: %s", error)
        return removed
    referred = {file.sha256 for manifest in known for file in manifest.files.values()}
    return [*removed, *collect_objects(root, referred)]


def seal_all_aliases(root: Path) -> None:
    """Give aliases of before they had a checksum theirs; damaged ones are left, and told."""
    for folder in artifact_folders(root):
        with locked(folder / ".lock"):
            try:
                seal_aliases(folder)
            except RegistryError as error:
                _LOG.warning("%s", error)

"""Checks of a local registry: manifests, every byte, aliases, the bytes under their hashes."""

import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from motionlib.errors import RegistryError
from motionlib.files import sha256_once
from motionlib.registry.artifact_folder import (
    ALIASES,
    MANIFEST,
    artifact_folders,
    load_aliases,
    load_version,
    version_numbers,
)
from motionlib.registry.guard import check_inside
from motionlib.registry.manifest import ArtifactManifest, content_sha256
from motionlib.registry.objects import describe_file, is_intact
from pipelines.findings import Check, Finding

_AGAIN = "publish the original files again under this name, which restores them"


def registry_checks(root: Path) -> Iterator[Check]:
    """A check for each version, each artifact's aliases, and each file that only the store has."""
    yield partial(_links, root)
    for folder in artifact_folders(root):
        for number in version_numbers(folder):
            yield partial(_version, root, folder, number)
        yield partial(_aliases, root, folder)
    for stored in sorted((root / "objects").glob("??/*")):
        if not stored.name.startswith("."):
            yield partial(_object, stored)
    for folder in sorted((root / "content").glob("*")):
        if not folder.name.startswith("."):
            yield partial(_content, folder)


def _links(root: Path) -> Iterator[Finding]:
    walks = [os.walk(root / part) for part in ("names", "objects", "content")]
    for folder, folders, files in itertools.chain(*walks):
        for path in (Path(folder) / name for name in sorted([*folders, *files])):
            if path.is_symlink():
                found = f"a symbolic link to {path.readlink()}; none is followed"
                yield _damaged(path, found, "remove it, and publish again what it stood for")


def _version(root: Path, folder: Path, number: int) -> Iterator[Finding]:
    path = folder / f"v{number}"
    try:
        check_inside(root, path)
        manifest = load_version(folder, number)
    except RegistryError as error:
        remedy = "restore the file from a copy, or remove the folder and publish again"
        yield _damaged(path / MANIFEST, error, remedy)
        return
    yield from _files(root, path, manifest)


def _files(root: Path, folder: Path, manifest: ArtifactManifest) -> Iterator[Finding]:
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            check_inside(root, path)
        except RegistryError as error:
            yield _damaged(path, error, "remove the link and publish the artifact again")
            continue
        if not is_intact(path, expected):
            found = "its bytes changed since it was published" if path.is_file() else "it is gone"
            yield _damaged(path, found, f"{manifest.reference}: {_AGAIN}")


def _aliases(root: Path, folder: Path) -> Iterable[Finding]:
    path, again = folder / ALIASES, "remove the file and publish again to set the aliases anew"
    try:
        check_inside(root, folder)
        aliases = load_aliases(folder)
    except RegistryError as error:
        return [_damaged(path, error, again)]
    numbers = set(version_numbers(folder))
    lost = [f"{alias} -> v{number}" for alias, number in aliases.items() if number not in numbers]
    return [_damaged(path, f"no such version: {', '.join(lost)}", again)] if lost else []


def _object(path: Path) -> Iterable[Finding]:
    found = path.lstat()
    if found.st_nlink > 1:  # one file with that of a version, which is checked there
        return []
    if stat.S_ISREG(found.st_mode) and sha256_once(path) == path.name:
        return []
    remedy = "none: the next publication of the original replaces these bytes"
    return [_damaged(path, "its bytes are not those that it is named by", remedy, heals=True)]


def _content(folder: Path) -> Iterable[Finding]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {path.relative_to(folder).as_posix(): describe_file(path) for path in files}
    if content_sha256(found) == folder.name:
        return []
    remedy = "none: it is downloaded again when it is wanted"
    return [_damaged(folder, "its content is not what it is named by", remedy, heals=True)]


def _damaged(path: Path, found: object, remedy: str, *, heals: bool = False) -> Finding:
    text = str(found).removeprefix(f"{path}: ")
    return Finding(area="registry", path=path, found=text, remedy=remedy, heals=heals)

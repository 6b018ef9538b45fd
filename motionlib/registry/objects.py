"""Content-addressed file store: bytes under their own sha256, shared by hard links."""

import errno
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from motionlib.files import atomic_path, sha256_of_file, sync_folder
from motionlib.registry.manifest import ArtifactFile, content_sha256

_CHUNK_BYTES = 1 << 20
# File systems that cannot hard-link (FAT, some network mounts) get a copy instead.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}


def object_path(root: Path, sha256: str) -> Path:
    """Where the bytes with this hash are kept."""
    return root / "objects" / sha256[:2] / sha256


def describe_file(path: Path) -> ArtifactFile:
    """Hash and size of a file.

    Raises:
        OSError: It cannot be read.
    """
    return ArtifactFile(sha256=sha256_of_file(path), size=path.stat().st_size)


def is_intact(path: Path, expected: ArtifactFile) -> bool:
    """Whether a file is there with exactly the expected bytes."""
    try:
        if path.stat().st_size != expected.size:
            return False
        return sha256_of_file(path) == expected.sha256
    except FileNotFoundError:
        return False


def store_file(root: Path, source: Path, destination: Path) -> ArtifactFile:
    """Copy `source` to `destination`, through the store; both share one read-only copy.

    The hash is of the bytes that were copied, whatever happens to `source` meanwhile.
    `destination` must be new and stand in a folder that nobody else reads yet.

    Returns:
        What was stored.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    known = describe_file(source)
    stored = object_path(root, known.sha256)
    if is_intact(stored, known):
        _link_or_copy(stored, destination)
        return known
    copied = _copy_and_hash(source, destination)
    stored = object_path(root, copied.sha256)
    if not is_intact(stored, copied):
        _put(destination, stored)
    return copied


def keep_files(root: Path, expected: Mapping[str, ArtifactFile], files: Mapping[str, Path]) -> Path:
    """Keep a file set in a folder named by its content; returns that folder.

    Raises:
        OSError: The disk is full; what is there already stays whole.
    """
    folder = root / "content" / content_sha256(expected)
    if all(is_intact(folder / name, file) for name, file in expected.items()):
        return folder
    for name, file in expected.items():
        if not is_intact(object_path(root, file.sha256), file):
            _put(Path(files[name]), object_path(root, file.sha256), copy=True)
        _put(object_path(root, file.sha256), folder / name)
    return folder


def restore_file(root: Path, source: Path, destination: Path, expected: ArtifactFile) -> None:
    """Replace a damaged published file, and its stored bytes, by `source`'s intact ones."""
    stored = object_path(root, expected.sha256)
    if not is_intact(stored, expected):
        _put(source, stored, copy=True)
    _put(stored, destination)


def _put(source: Path, destination: Path, *, copy: bool = False) -> None:
    with atomic_path(destination) as temporary:
        if copy:
            shutil.copyfile(source, temporary)
        else:
            temporary.unlink()
            _link_or_copy(source, temporary)
    destination.chmod(0o444)
    sync_folder(destination.parent)


def _link_or_copy(source: Path, destination: Path) -> None:
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(source, destination)


def _copy_and_hash(source: Path, destination: Path) -> ArtifactFile:
    digest = hashlib.sha256()
    size = 0
    with (
        atomic_path(destination) as temporary,
        source.open("rb") as reader,
        temporary.open("wb") as writer,
    ):
        while chunk := reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    destination.chmod(0o444)
    return ArtifactFile(sha256=digest.hexdigest(), size=size)

"""Content-addressed file store: bytes under their own sha256, shared by hard links."""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from motionlib.files import atomic_path, locked, sha256_once, sweep_tree
from motionlib.registry.guard import check_inside
from motionlib.registry.manifest import ArtifactFile, content_sha256

_CHUNK_BYTES = 1 << 20
_COLLECTING = ".lock"
_OBJECT = re.compile(r"[0-9a-f]{64}")
# File systems that cannot hard-link (FAT, some network mounts) get a copy instead.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}


def object_path(root: Path, sha256: str) -> Path:
    """Where the bytes with this hash are kept."""
    return root / "objects" / sha256[:2] / sha256


def describe_file(path: Path) -> ArtifactFile:
    """Hash and size of a file, read once a process while it does not change.

    Raises:
        OSError: It cannot be read.
    """
    return ArtifactFile(sha256=sha256_once(path), size=path.stat().st_size)


def is_intact(path: Path, expected: ArtifactFile) -> bool:
    """Whether a file is there with exactly the expected bytes, read once a process."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != expected.size:
            return False  # a pipe would be waited for
        return sha256_once(path) == expected.sha256
    except (FileNotFoundError, NotADirectoryError):
        return False


def store_file(root: Path, source: Path, destination: Path) -> ArtifactFile:
    """Copy `source` to `destination`, through the store; both share one read-only copy.

    The hash is of the bytes that were copied, whatever happens to `source` meanwhile.
    `destination` must be new and stand in a folder that nobody else reads yet.

    Returns:
        What was stored.
    """
    known = describe_file(source)
    stored = check_inside(root, object_path(root, known.sha256))
    if is_intact(stored, known):
        _put(stored, destination)
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
    folder = check_inside(root, root / "content" / content_sha256(expected))
    if all(is_intact(folder / name, file) for name, file in expected.items()):
        return folder
    with writing(root):
        for name, file in expected.items():
            restore_file(root, Path(files[name]), folder / name, expected=file)
    return folder


def restore_file(root: Path, source: Path, destination: Path, *, expected: ArtifactFile) -> None:
    """Replace a damaged published file, and its stored bytes, by `source`'s intact ones."""
    stored = check_inside(root, object_path(root, expected.sha256))
    if not is_intact(stored, expected):
        _put(source, stored, copy=True)
    _put(stored, destination)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """While this is held, bytes that nothing refers to yet are not collected."""
    with locked(root / _COLLECTING, shared=True):
        yield


def collect_objects(root: Path, referred: Collection[str]) -> list[Path]:
    """Remove the bytes of publications that were killed before their version appeared.

    Waits for whoever writes. Bytes that a second hard link names are in use, whatever is known.

    Args:
        root: Of the store.
        referred: sha256 of everything that a version refers to.

    Returns:
        What was removed, and what killed writers left half written.
    """
    if not (root / "objects").is_dir():
        return []
    with locked(root / _COLLECTING):
        removed = [*sweep_tree(root / "objects"), *sweep_tree(root / "content")]
        for stored in sorted((root / "objects").glob("??/*")):
            found = stored.lstat()
            if _is_object(stored) and found.st_nlink == 1 and stored.name not in referred:
                stored.unlink()
                removed.append(stored)
    return removed


def _is_object(path: Path) -> bool:
    """Whether a file has a name that we give; strangers are let be."""
    return bool(_OBJECT.fullmatch(path.name)) and path.name.startswith(path.parent.name)


def _put(source: Path, destination: Path, *, copy: bool = False) -> None:
    with atomic_path(destination) as temporary:
        if copy:
            shutil.copyfile(source, temporary)
        else:
            temporary.unlink()
            _link_or_copy(source, temporary)
        temporary.chmod(0o444)


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
        temporary.chmod(0o444)
    return ArtifactFile(sha256=digest.hexdigest(), size=size)

"""Atomic writing, hashing and home folders."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

_CHUNK_BYTES = 1 << 20


def motion_home() -> Path:
    """Folder of everything made at run time: `MOTION_HOME`, default `.motion` here."""
    return Path(os.environ.get("MOTION_HOME", ".motion")).expanduser().resolve()


def data_folder() -> Path:
    """The checkout's `data/` folder (robots and sample motions)."""
    return Path(__file__).resolve().parent.parent / "data"


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is flushed and renamed onto `path`.

    On any error, Ctrl-C included, the temporary file is removed and `path` is as before. After a
    `kill -9` a leftover may stay; its name begins with a dot and ends in `.tmp`. A symbolic link is
    written through.

    Raises:
        OSError: The disk is full or the folder cannot be written; names `path`. One that the body
            raises about another file passes unchanged.
    """
    path = Path(path)
    target = path.resolve() if path.is_symlink() else path
    # shortened, so that the temporary name of the longest possible name still fits
    temporary = target.with_name(f".{target.name[:48]}.{secrets.token_hex(6)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # not mkstemp, which makes 0600: this asks the umask as an ordinary open does
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        with temporary.open("rb") as file:  # it may be read-only by now
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        if error.filename is not None and not _concerns(error, target, temporary):
            raise
        reason = error.strerror or error
        raise OSError(error.errno, f"cannot write {path}: {reason}", str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder survive a power cut, where the platform can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text to `path` atomically."""
    write_bytes(path, content.encode())


def process_runs(pid: int) -> bool:
    """Whether a process of this machine is alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sha256_of_file(path: Path) -> str:
    """Hex sha256 of a file's bytes, read in chunks."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of_bytes(content: bytes) -> str:
    """Hex sha256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def _concerns(error: OSError, target: Path, temporary: Path) -> bool:
    named = {str(error.filename), str(error.filename2)}
    ours = {str(each) for each in (target, temporary, *target.parents)}
    return bool(named & ours)

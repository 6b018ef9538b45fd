"""Atomic writing, what killed writers leave, locks, hashing and home folders."""

import contextlib
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

Stamp = tuple[int, int, int, int]
_CHUNK_BYTES = 1 << 20
HOST_TAG = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:4]
"""This machine's tag in temporary names: on a shared disk others write too."""
_TEMPORARY = re.compile(r"\..*\.(\d{1,9})-([0-9a-f]{4})[0-9a-f]{8}\.tmp", re.DOTALL)
"""Every temporary name of this project: its writer's process, its machine's tag, a draw."""
_FOREIGN_S = 7 * 86400.0
"""s without a change after which what another machine left counts as left."""
_SETTLED_NS = 100_000_000
"""ns after its last change from which on a file's time of change tells later changes apart."""
_log = logging.getLogger(__name__)
_hashes: dict[tuple[int, int], tuple[Stamp, str]] = {}
"""Hashes of files by device and inode, which outlive a renamed folder."""


def motion_home() -> Path:
    """Folder of everything made at run time: `MOTION_HOME`, default `.motion` here."""
    return Path(os.environ.get("MOTION_HOME", ".motion")).expanduser().resolve()


def data_folder() -> Path:
    """The checkout's `data/` folder (robots and sample motions)."""
    return Path(__file__).resolve().parent.parent / "data"


def temporary_beside(target: Path) -> Path:
    """A new temporary name in `target`'s folder, which `sweep_leftovers` knows as ours.

    It is shortened, so that the temporary name of the longest possible name still fits.
    """
    return target.with_name(
        f".{target.name[:48]}.{os.getpid()}-{HOST_TAG}{secrets.token_hex(4)}.tmp"
    )


def sweep_leftovers(folder: Path) -> list[Path]:
    """Remove the temporary files and folders in `folder` whose writers no longer run.

    Names of any other form are a stranger's, and stay; so does what a running process writes, and
    for a week after its last change what another machine wrote, whose processes cannot be asked.

    Returns:
        What was removed.
    """
    removed = []
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone
    except (FileNotFoundError, NotADirectoryError):
        return []
    for name in names:
        left = Path(folder) / name
        if not _is_left(left):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
        removed.append(left)
    return removed


def sweep_tree(folder: Path) -> list[Path]:
    """`sweep_leftovers` of a folder and of every folder in it; links are not followed."""
    removed = []
    for each, _, _ in os.walk(folder):
        removed += sweep_leftovers(Path(each))
    return removed


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is flushed and renamed onto `path`.

    The folder is flushed too, so that what was written survives a power cut. On any error, Ctrl-C
    included, the temporary file is removed and `path` is as before. After a `kill -9` a leftover
    may stay, which `sweep_leftovers` removes. A symbolic link is written through.

    Raises:
        OSError: The disk is full or the folder cannot be written; names `path`. One that the body
            raises about another file passes unchanged.
    """
    path = Path(path)
    target = path.resolve() if path.is_symlink() else path
    temporary = temporary_beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # not mkstemp, which makes 0600: this asks the umask as an ordinary open does
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        with temporary.open("rb") as file:  # it may be read-only by now
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if error.filename is not None and not _concerns(error, target, temporary):
            raise
        reason = error.strerror or error
        raise OSError(error.errno, f"cannot write {path}: {reason}", str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` that takes its place at once, or not at all.

    A folder that was there is moved aside and removed afterwards. Hold a lock where several
    processes may make the same folder. Nothing is flushed: it is for what can be made again, and
    whose reader notices what a power cut cut short.

    Raises:
        OSError: The disk is full or the folder cannot be written; `target` is as before.
    """
    working, old = temporary_beside(target), temporary_beside(target)
    try:
        working.mkdir(parents=True)
        yield working
        if target.exists():
            target.rename(old)
        working.rename(target)
    finally:
        for each in (working, old):
            shutil.rmtree(each, ignore_errors=True)


@contextlib.contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock that the file `path` stands for; wait for whoever holds it.

    Alone, or together with others that ask for it shared.

    The kernel drops the lock when its holder dies, `kill -9` included. The file itself stays:
    removing it would let two writers lock two different files of one name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("waiting for another process that writes in %s", path.parent)
            fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


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


def stamp_of(stat: os.stat_result) -> Stamp:
    """What tells whether a file was written to: identity, size and both times of change.

    The time that only the kernel sets cannot be put back.
    """
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def sha256_once(path: Path) -> str:
    """`sha256_of_file`, read once a process as long as its `stamp_of` is that of before."""
    stat = os.stat(path)  # noqa: PTH116 - also of strings
    inode, stamp = (stat.st_dev, stat.st_ino), stamp_of(stat)
    known = _hashes.get(inode)
    if known is not None and known[0] == stamp:
        return known[1]
    found = sha256_of_file(path)
    if time.time_ns() - stat.st_ctime_ns > _SETTLED_NS:
        _hashes[inode] = (stamp, found)
    return found


def crc32_of_file(path: Path) -> int:
    """CRC-32 of a file's bytes: finds damage, eight times as fast as a sha256 without hardware."""
    value = 0
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            value = zlib.crc32(chunk, value)
    return value


def sha256_of_bytes(content: bytes) -> str:
    """Hex sha256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def _is_left(path: Path) -> bool:
    """Whether it is a temporary file or folder of ours whose writer is gone."""
    name = _TEMPORARY.fullmatch(path.name)
    if name is None:
        return False
    process, machine = name.groups()
    if machine == HOST_TAG:
        return not process_runs(int(process))
    with contextlib.suppress(FileNotFoundError):
        return time.time() - path.lstat().st_mtime > _FOREIGN_S
    return False


def _concerns(error: OSError, target: Path, temporary: Path) -> bool:
    named = {str(error.filename), str(error.filename2)}
    ours = {str(each) for each in (target, temporary, *target.parents)}
    return bool(named & ours)

"""A zip of numpy arrays (`.npz`) read member by member: mapped where stored, never unpickled."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from motionlib.containers.array_header import MAGIC, ArrayHeader, parse_header
from motionlib.containers.bounds import MAX_HEADER_BYTES, checked_size
from motionlib.containers.zip_directory import ZIP_STARTS
from motionlib.containers.zip_members import DAMAGE, ZipMembers
from motionlib.errors import FormatError, KindError, nearest_names
from motionlib.showing import cut, listed, shown, shown_error

_LFS_START = b"version https://git-lfs"
_SUFFIX = ".npy"
_HEAD_BYTES = MAX_HEADER_BYTES + 12


class ArrayZip:
    """An open archive; arrays taken from it stay valid after it is closed."""

    __slots__ = ("_headers", "_zip", "members", "path")

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._zip = ZipMembers(path, file)
        self._headers: dict[str, ArrayHeader] = {}
        self.members: Mapping[str, str] = {
            name.removesuffix(_SUFFIX): name for name in self._zip.members
        }
        """Array to the member that holds it."""

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def header(self, name: str) -> ArrayHeader:
        """Shape and dtype of a member; its numbers are not touched.

        Raises:
            FormatError: No such member, not an array, or its numbers are not all there.
        """
        if name in self._headers:
            return self._headers[name]
        member = self._member(name)
        header = parse_header(self._zip.head(member, _HEAD_BYTES), f"{self.path}: {cut(name)}")
        expected = header.data_start + math.prod(header.shape) * header.dtype.itemsize
        found = self._zip.size(member)
        if not header.dtype.hasobject and expected != found:
            raise FormatError(
                f"{self.path}: {cut(name)} holds {found} bytes, expected {shown(expected)} for "
                f"shape {shown(header.shape)}; the file is truncated or damaged: fetch it again"
            )
        self._headers[name] = header
        return header

    def array(self, name: str) -> np.ndarray:
        """A member's numbers, read-only and compared with their checksum.

        A view of the mapped file where the member is stored uncompressed: its address need not be
        a multiple of its item size.

        Raises:
            FormatError: As `header`; also for an array of Python objects, which is a pickle.
        """
        header = self.header(name)
        if header.dtype.hasobject:
            raise FormatError(
                f"{self.path}: {cut(name)} is an array of Python objects (a pickle), expected "
                "plain numbers; write it again with a numeric dtype"
            )
        content = self._zip.content(self.members[name])
        with self._zip.damage_named(name):
            flat = np.frombuffer(
                content.buffer,
                dtype=header.dtype,
                count=math.prod(header.shape),
                offset=content.start + header.data_start,
            )
            return flat.reshape(header.shape, order="F" if header.fortran else "C")

    def raw(self, name: str) -> bytes:
        """A member's bytes after its header: the pickle of an array of objects."""
        header = self.header(name)
        content = self._zip.content(self.members[name])
        return bytes(
            content.buffer[content.start + header.data_start : content.start + content.size]
        )

    def close(self) -> None:
        """Close the file; the map lives as long as arrays refer to it."""
        self._zip.close()

    def _member(self, name: str) -> str:
        if name not in self.members:
            raise FormatError(
                f"{self.path}: array {cut(name)} is missing; found {listed(sorted(self.members))} "
                f"({nearest_names(name, self.members)})"
            )
        return self.members[name]


@contextmanager
def open_array_zip(path: Path) -> Iterator[ArrayZip]:
    """Open a zip of arrays for the time of a `with` block.

    Raises:
        FormatError: Missing, unreadable, no regular file, empty, a text file, a Git LFS pointer,
            no zip, truncated, or out of proportion to its size.
    """
    path = Path(path)
    with ExitStack() as stack:
        try:
            checked_size(path)
            file = stack.enter_context(path.open("rb"))
            start = file.read(64)
        except OSError as error:
            raise KindError(
                f"{path}: cannot be read ({error.strerror}); expected a .npz: "
                "check that it exists, its permissions and its disk"
            ) from error
        _check_start(start, path)
        try:
            archive = ArrayZip(path, file)
        except DAMAGE as error:
            raise KindError(
                f"{path}: begins as a zip but has no readable directory ({shown_error(error)}); "
                "the file is truncated or damaged: fetch it again"
            ) from error
        try:
            yield archive
        finally:
            archive.close()


def read_arrays(path: Path, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """Arrays of a zip of arrays; nothing is unpickled.

    Args:
        path: The file.
        names: Those that are wanted of the ones that are there; all if None.

    Raises:
        FormatError: Missing, not a zip, truncated, out of proportion to its size, or an array of
            Python objects.
    """
    with open_array_zip(path) as archive:
        wanted = archive.members if names is None else [each for each in names if each in archive]
        return {name: archive.array(name).copy() for name in wanted}


def array_headers(path: Path) -> dict[str, ArrayHeader]:
    """Shape and dtype of every array of a zip of arrays; their numbers are not touched.

    Raises:
        FormatError: As `read_arrays`.
    """
    with open_array_zip(path) as archive:
        return {name: archive.header(name) for name in archive.members}


def _check_start(start: bytes, path: Path) -> None:
    if start.startswith(ZIP_STARTS):
        return
    if not start:
        raise KindError(f"{path}: the file is empty; expected a zip of arrays: fetch it again")
    if start.startswith(_LFS_START):
        raise KindError(
            f"{path}: a Git LFS pointer, not the data; run `git lfs pull` where it came from"
        )
    kind = "a single array" if start.startswith(MAGIC) else "no zip"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start):
        kind = "a text file"
    raise KindError(
        f"{path}: {kind}, begins with {start[:16]!r}; expected a zip of arrays (.npz): "
        "fetch the file again, or give it the suffix of what it is"
    )

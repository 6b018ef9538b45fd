"""A checksum that a file of `torch.save` carries: in the comment of the zip archive that it is.

Every reader of zip archives, plain `torch.load` among them, passes over the comment. The checksum
covers all bytes before itself, the length of the comment included, so that no bit of the file may
change unseen.
"""

import hashlib
import io
import zipfile

_LABEL = b"motion-workbench sha256 "
_SEAL_BYTES = len(_LABEL) + 2 * hashlib.sha256().digest_size
_END, _END_BYTES = b"PK\x05\x06", 22
"""Beginning of the record that ends an archive, and its length without a comment."""


class BrokenSealError(Exception):
    """Bytes that are not as they were sealed; says in what way."""


def sealed(archive: bytes) -> bytes:
    """A zip archive without a comment, with its checksum as the comment.

    Raises:
        ValueError: It is no archive, or has a comment.
    """
    if not _is_unsealed(archive):
        raise ValueError("expected a zip archive without a comment")
    body = archive[:-2] + _SEAL_BYTES.to_bytes(2, "little")
    return body + _seal_of(body)


def check_seal(archive: bytes) -> None:
    """Hold bytes against the checksum that they carry; 10 MB take a few hundredths of a second.

    Raises:
        BrokenSealError: There is none, it is another, or members are packed.
    """
    body, seal = archive[:-_SEAL_BYTES], archive[-_SEAL_BYTES:]
    if not seal.startswith(_LABEL):
        if _is_unsealed(archive):
            raise BrokenSealError(
                "carries no checksum of ours: it was written by an older version or by another "
                "program"
            )
        raise BrokenSealError("is cut short, damaged or no checkpoint at all")
    if seal != _seal_of(body):
        raise BrokenSealError("is damaged: its bytes do not fit the checksum that it carries")
    try:
        members = zipfile.ZipFile(io.BytesIO(archive)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BrokenSealError(f"is no zip archive: {error}") from error
    # what is not packed takes no more memory than the file
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise BrokenSealError("has compressed members, which this program does not write")


def _is_unsealed(archive: bytes) -> bool:
    end = archive[-_END_BYTES:]
    return end.startswith(_END) and end.endswith(b"\0\0") and len(end) == _END_BYTES


def _seal_of(body: bytes) -> bytes:
    return _LABEL + hashlib.sha256(body).hexdigest().encode()

"""Known faults of AMASS recordings, as PHC lists them: where a person sits or leaves the ground."""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from motionlib.clips.identity import amass_datasets, list_key
from motionlib.errors import FormatError
from motionlib.formats.restricted_pickle import load_restricted

_CUT_AT = ("sitting", "airborne")
"""Issues that begin at a frame; others spoil the whole recording."""
_LIST_FPS = 30.0
_MIN_FRAMES = 10
_MAX_BYTES = 256 << 20
_NOT_A_WORD = re.compile(r"[^A-Za-z0-9]+")
_NUMBER = re.compile(r"^\d+-")
_JOBLIB_ARRAY = b"NumpyArrayWrapper"
_TEXT_SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What is wrong with one recording."""

    kind: str
    """`sitting`, `airborne`, or another."""
    cut_s: float
    """s up to which the recording is good; 0 if none of it is."""


class IssueList:
    """Issues by recording; answers for files of either AMASS release."""

    __slots__ = ("_issues",)

    def __init__(self, issues: Mapping[str, Issue]) -> None:
        self._issues = {_key(name): issue for name, issue in issues.items()}

    def __len__(self) -> int:
        return len(self._issues)

    def find(self, path: str) -> Issue | None:
        """The issue of a file, by its path in the source folder; `None` if it is not listed."""
        return self._issues.get(_joined(list_key(path))) if self._issues else None


def read_issue_list(path: Path) -> IssueList:
    """Read a list: `{"0-KIT_3_walk_poses": {"issue": "sitting", "idxes": [120, ...]}, ...}`.

    A pickle, as joblib writes it with or without compression, or JSON or YAML. `idxes` are frames
    at 30 fps; a recording that is sat or airborne from the first of them on keeps what comes
    before, if that is 10 frames or more.

    Raises:
        FormatError: Not readable, no mapping of that kind, or a pickle that names anything but
            numbers and containers.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({error.strerror}); expected an issue list: check the path"
        ) from error
    raw = _parsed(content, path)
    if not isinstance(raw, dict):
        raise FormatError(f"{path}: holds a {type(raw).__name__}, expected a mapping of recordings")
    return IssueList({str(name): _issue(entry, f"{path}: {name}") for name, entry in raw.items()})


def _parsed(content: bytes, path: Path) -> Any:
    if path.suffix.lower() in _TEXT_SUFFIXES:
        try:
            text = content.decode()
            return json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
        except (ValueError, yaml.YAMLError) as error:
            raise FormatError(f"{path}: neither JSON nor YAML ({error})") from error
    if content[:1] == b"\x78" or content[:2] == b"\x1f\x8b":
        try:
            # 32 admits the headers of zlib and of gzip
            content = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, _MAX_BYTES)
        except zlib.error as error:
            raise FormatError(f"{path}: damaged compression ({error}); fetch it again") from error
    if _JOBLIB_ARRAY in content:
        raise FormatError(
            f"{path}: joblib laid arrays beside the pickle; expected frame numbers as lists. Load "
            "it where you trust it and save it as JSON, `idxes` through `tolist()`"
        )
    return load_restricted(content, origin=str(path))


def _issue(entry: Any, origin: str) -> Issue:
    kind = entry.get("issue") if isinstance(entry, dict) else None
    if not isinstance(kind, str):
        raise FormatError(f"{origin}: is {entry!r:.80}, expected a mapping with an `issue`")
    frames = np.atleast_1d(np.asarray(entry.get("idxes", ())))
    if kind not in _CUT_AT or frames.size == 0:
        return Issue(kind=kind, cut_s=0.0)
    if frames.dtype.kind not in "iu" or frames.ravel()[0] < 0:
        raise FormatError(f"{origin}: idxes is {entry['idxes']!r:.80}, expected frame numbers")
    first = int(frames.ravel()[0])
    return Issue(kind=kind, cut_s=first / _LIST_FPS if first >= _MIN_FRAMES else 0.0)


def _key(name: str) -> str:
    return _as_amass(_joined(_NUMBER.sub("", name)))


def _as_amass(key: str) -> str:
    """A joined key under the dataset's AMASS name and ending."""
    for name, dataset in sorted(amass_datasets().items(), key=lambda item: -len(item[0])):
        if key.startswith(f"{name}_"):
            key = dataset.name + key.removeprefix(name)
            break
    return f"{key.removesuffix('_stageii')}_poses" if key.endswith("_stageii") else key


def _joined(name: str) -> str:
    return _NOT_A_WORD.sub("_", name.removesuffix(".npz"))

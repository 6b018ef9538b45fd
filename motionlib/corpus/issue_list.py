"""Known faults of AMASS recordings, as PHC lists them: where a person sits or leaves the ground."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.bounds import MAX_PICKLE_BYTES, read_checked
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.unpacked_stream import unpacked_stream
from motionlib.containers.yaml_text import load_yaml
from motionlib.corpus.identity import amass_datasets, list_key
from motionlib.errors import FormatError
from motionlib.showing import cut, shown, shown_error

_CUT_AT = ("sitting", "airborne")
"""Issues that begin at a frame; others spoil the whole recording."""
_LIST_FPS = 30.0
_MIN_FRAMES = 10
_MAX_FRAME = 1 << 40
_NOT_A_WORD = re.compile(r"[^A-Za-z0-9]+")
_NUMBER = re.compile(r"^\d+-")
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
        content = read_checked(path, MAX_PICKLE_BYTES)
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({error.strerror}); expected an issue list: check the path"
        ) from error
    raw = _parsed(content, path)
    if not isinstance(raw, dict):
        raise FormatError(f"{path}: holds a {type(raw).__name__}, expected a mapping of recordings")
    return IssueList(
        {str(name): _issue(entry, f"{path}: {cut(str(name))}") for name, entry in raw.items()}
    )


def _parsed(content: bytes, path: Path) -> Any:
    if path.suffix.lower() in _TEXT_SUFFIXES:
        try:
            text = content.decode()
            return json.loads(text) if path.suffix.lower() == ".json" else load_yaml(text)
        except (ValueError, RecursionError, FormatError) as error:
            reason = shown_error(error)
            raise FormatError(f"{path}: neither JSON nor YAML ({reason})") from error
    return load_restricted(unpacked_stream(content, str(path)), origin=str(path))


def _issue(entry: Any, origin: str) -> Issue:
    kind = entry.get("issue") if isinstance(entry, dict) else None
    if not isinstance(kind, str):
        raise FormatError(f"{origin}: is {shown(entry)}, expected a mapping with an `issue`")
    first = _first_frame(entry.get("idxes", ()))
    if kind not in _CUT_AT or first is None:
        return Issue(kind=cut(kind), cut_s=0.0)
    if isinstance(first, bool) or not isinstance(first, int) or not 0 <= first < _MAX_FRAME:
        shows = shown(entry["idxes"])
        raise FormatError(f"{origin}: idxes is {shows}, expected frame numbers")
    return Issue(kind=kind, cut_s=first / _LIST_FPS if first >= _MIN_FRAMES else 0.0)


def _first_frame(value: Any) -> Any:
    """The first of a list, of an array, or the number itself; None if there is none."""
    if isinstance(value, np.ndarray | np.generic):
        return value.flat[0].item() if np.size(value) else None
    while isinstance(value, list | tuple):
        if not value:
            return None
        value = value[0]
    return value.item() if isinstance(value, np.generic) else value


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

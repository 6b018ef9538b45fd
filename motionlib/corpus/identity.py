"""Names of clips: stable ids, AMASS's datasets, and the spellings that motion lists use."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

import yaml

from motionlib.corpus.row import SPLITS, Split
from motionlib.errors import FormatError
from motionlib.files import data_folder

_DATASETS_FILE = "yaml_files/amass_datasets.yaml"
_SUFFIXES = ("npz", "bvh", "motion", "pkl", "pt")
# what ProtoMotions' conversion replaces in the names that its lists then hold
_SANITISED = str.maketrans(dict.fromkeys("- ()", "_"))
_UNSAFE_IN_A_PARTITION = re.compile(r"[^\w.-]+")
_UNNAMED_SUBSET = "unsorted"
_SMPLH_ENDING, _SMPLX_ENDING = "_poses", "_stageii"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmassDataset:
    """One of the recordings that AMASS gathers."""

    name: str
    """AMASS's own."""
    amass_x: str
    """Its name in the SMPL-X release."""
    split: Split
    """ProtoMotions' choice."""


@cache
def amass_datasets() -> Mapping[str, AmassDataset]:
    """The datasets under both of their names.

    Raises:
        FormatError: The file of datasets names no split of ours.
    """
    path = data_folder() / _DATASETS_FILE
    datasets: dict[str, AmassDataset] = {}
    for name, facts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        if facts["split"] not in SPLITS:
            raise FormatError(f"{path}: {name}: split is {facts['split']!r}, expected {SPLITS}")
        other = facts.get("amass_x", name)
        dataset = AmassDataset(name=name, amass_x=other, split=cast("Split", facts["split"]))
        datasets |= {name: dataset, other: dataset}
    return datasets


def file_id(path: str) -> str:
    """Id of a whole file: its path in the source folder, without suffix, in Unicode's NFC."""
    return unicodedata.normalize("NFC", _without_suffix(path))


def part_id(whole: str, *, start_s: float, end_s: float) -> str:
    """Id of a part of a file; the file's own id when the part is the whole."""
    if start_s == 0.0 and end_s == float("inf"):
        return whole
    end = "end" if end_s == float("inf") else f"{end_s:.10g}"
    return f"{whole}#{start_s:.10g}-{end}"


def dataset_of(path: str) -> str:
    """First folder of a path, in AMASS's own spelling; empty for a file at the top."""
    first, slash, _ = path.partition("/")
    if not slash:
        return ""
    known = amass_datasets().get(first)
    return known.name if known else unicodedata.normalize("NFC", first)


def subset_of(dataset: str) -> str:
    """A dataset's name as the key of a partition."""
    return _UNSAFE_IN_A_PARTITION.sub("_", dataset) or _UNNAMED_SUBSET


def list_key(name: str) -> str:
    """What a file's path and a list's entry have in common, whatever spelling each uses.

    Suffix gone, `-`, blank and parentheses as `_`, the dataset under AMASS's own name,
    `_stageii` as `_poses`.
    """
    first, slash, rest = file_id(name.removeprefix("./")).partition("/")
    known = amass_datasets().get(first)
    key = f"{known.name if known else first}{slash}{rest}".translate(_SANITISED)
    if key.endswith(_SMPLX_ENDING):
        return key.removesuffix(_SMPLX_ENDING) + _SMPLH_ENDING
    return key


def to_amass_x(name: str) -> str:
    """A path of the SMPL+H release as the SMPL-X release spells it; other names unchanged."""
    return _translated(name, to_x=True)


def to_amass(name: str) -> str:
    """A path of the SMPL-X release as the SMPL+H release spells it; other names unchanged."""
    return _translated(name, to_x=False)


def _translated(name: str, *, to_x: bool) -> str:
    first, slash, rest = name.partition("/")
    known = amass_datasets().get(first)
    dataset = (known.amass_x if to_x else known.name) if known else first
    old, new = (_SMPLH_ENDING, _SMPLX_ENDING) if to_x else (_SMPLX_ENDING, _SMPLH_ENDING)
    stem = _without_suffix(rest)
    ending = rest[len(stem) :]
    return f"{dataset}{slash}{stem.removesuffix(old) + new if stem.endswith(old) else stem}{ending}"


def _without_suffix(path: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    return stem if dot and suffix.lower() in _SUFFIXES else path

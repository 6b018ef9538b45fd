"""The split that a clip belongs to where no list says it."""

import hashlib
import math
from collections.abc import Mapping

from motionlib.corpus.identity import amass_datasets
from motionlib.corpus.row import SPLITS, Split
from motionlib.errors import MotionError, nearest_names

DEFAULT_SPLIT: Split = "train"


def subset_split(dataset: str) -> Split:
    """ProtoMotions' rule: whole datasets are held out; datasets it does not know are trained on."""
    known = amass_datasets().get(dataset)
    return known.split if known else DEFAULT_SPLIT


def hash_split(whole_id: str, fractions: Mapping[Split, float]) -> Split:
    """Split by the hash of a file's id: the same on every machine, whatever else is in the folder.

    Args:
        whole_id: Of the file; all parts of a file share its split.
        fractions: As `check_fractions` admits them.
    """
    digest = hashlib.sha256(whole_id.encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    passed = 0.0
    chosen = DEFAULT_SPLIT
    for split in SPLITS:
        if fractions.get(split, 0.0) > 0.0:
            chosen = split
            passed += fractions[split]
            if place < passed:
                break
    return chosen


def check_fractions(fractions: Mapping[Split, float]) -> None:
    """Check that fractions are shares of the three splits that make up the whole.

    Raises:
        MotionError: An unknown split, a share outside of 0 to 1, or a sum other than 1.
    """
    check_split_names(fractions, "hash_fractions")
    bad = {name: share for name, share in fractions.items() if not 0.0 <= share <= 1.0}
    if bad or not math.isclose(sum(fractions.values()), 1.0, abs_tol=1e-6):
        raise MotionError(
            f"hash_fractions are {dict(fractions)}, expected shares from 0 to 1 with the sum 1"
        )


def check_split_names(names: Mapping[Split, object], field: str) -> None:
    """Check that every key is a split.

    Raises:
        MotionError: Names the field, the unknown split and the nearest ones.
    """
    for name in names:
        if name not in SPLITS:
            raise MotionError(f"{field} has {name!r}, no split ({nearest_names(name, SPLITS)})")

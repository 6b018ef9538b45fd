"""The joints of a foreign skeleton, and which of them drive bodies of the SMPL robot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlib.human.skeleton.joint_map import SkeletonMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Skeleton:
    """Joints of one file, before any frame; parents before children."""

    path: Path
    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    """(J, 3) file units, parent frame."""
    end_sites: Mapping[int, Sequence[float]]
    """Joint index to the offset of its tip."""
    map: SkeletonMap

    def joint(self, body: str) -> int | None:
        """Index of the joint that drives an SMPL body; None where there is none."""
        name = self.map.joints.get(body)
        return None if name is None else self.names.index(name)

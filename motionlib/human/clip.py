"""One human recording at its own rate, as every reader hands it over."""

from dataclasses import dataclass, replace

import numpy as np

from motionlib.errors import MotionError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HumanClip:
    """Joint rotations of one recording, not yet on a robot's frames; world z up; immutable.

    The rotation vector of body b to its parent is `rotvec[t, columns[b]]`: a column permutation
    is all that lies between SMPL's body axes (y up, z forward) and the robot's (z up, x forward),
    so arrays may be views of a mapped file and nothing is copied to reorder them. Row 0 is the
    root's rotation to the world; it is multiplied from the right by `root_post_quat_wxyz`.
    """

    fps: float
    """Frames a second of the source."""
    root_pos: np.ndarray
    """(T, 3) m, world, root joint."""
    rotvec: np.ndarray
    """(T, P) rad, floating point; whatever the source stores in a frame."""
    columns: np.ndarray
    """(B, 3) int64 columns of `rotvec`, robot body order; -1 where the source has none (zero)."""
    root_post_quat_wxyz: np.ndarray
    """(4,) unit: the robot's root axes in those of the source's root."""
    format: str
    """`amass_smplh`, `amass_smplx`, `amass_smpl`, `bvh`."""
    gender: str = ""
    betas: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader had to decide, for people: units, up axis, missing joints."""

    def __post_init__(self) -> None:
        if not (0.0 < self.fps < float("inf")):
            raise MotionError(f"fps is {self.fps}, expected a positive number")
        if self.num_frames == 0 or len(self.rotvec) != self.num_frames:
            raise MotionError(
                f"{len(self.root_pos)} frames of the root and {len(self.rotvec)} of the joints; "
                "expected as many, at least one"
            )

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.root_pos)

    @property
    def seconds(self) -> float:
        """Time from the first frame to the last, (T - 1) / fps."""
        return (self.num_frames - 1) / self.fps

    def part(self, start_s: float = 0.0, end_s: float | None = None) -> "HumanClip":
        """Frames `int(start_s * fps)` up to, not including, `int(end_s * fps)`; views.

        ProtoMotions' rule for the timings of its motion lists. `None` is the clip's end, and an
        end after it is the clip's end too.

        Raises:
            MotionError: No frame lies between.
        """
        first = int(start_s * self.fps)
        stop = self.num_frames
        if end_s is not None and end_s * self.fps < stop:
            stop = int(end_s * self.fps)
        if not 0 <= first < stop:
            raise MotionError(
                f"{start_s:g} to {end_s if end_s is not None else 'the end'} s holds no frame of "
                f"{self.num_frames} at {self.fps:g} fps"
            )
        if first == 0 and stop == self.num_frames:
            return self
        rows = slice(first, stop)
        return replace(self, root_pos=self.root_pos[rows], rotvec=self.rotvec[rows])

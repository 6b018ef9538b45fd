"""What the headers of a recording say, without its frames."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """Facts of one source file; immutable."""

    frames: int
    """Number of frames at the source's rate, at least 1."""
    fps: float
    """Frames a second of the source."""
    gender: str
    """`female`, `male`, `neutral`, or `""` where the file does not say."""
    format: str
    """`amass_smplh`, `amass_smplx`, `amass_smpl`, `bvh`."""

    @property
    def seconds(self) -> float:
        """What the file stands for in the books, frames / fps, s."""
        return self.frames / self.fps

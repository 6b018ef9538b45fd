"""One recipe of walking references as values: what the assets of its graph need to know."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from assets.recipes.common import ArtifactName, Evaluation, Training
from assets.recipes.paths import resolve_path, robot_reference
from motionlib.walking.gates import Gates


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the motions come from."""

    kind: Literal["polynomial"] = "polynomial"
    """`polynomial`: a reference-motion pickle of fitted walking cycles."""
    path: str
    """Path relative to the recipe's folder; `$VARIABLES` are expanded when the asset runs."""
    motions: tuple[str, ...] = ()
    """Names to take; empty takes all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How clips are sampled from the source."""

    fps: float = 50.0
    """Frames a second; the environment's control rate."""
    cycles: int = 1
    """Whole periods in each clip, at least."""
    min_seconds: float = 0.0
    """s; more whole periods are added until a clip is this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The accepted motions that are concatenated and trained on."""

    strategy: Literal["edges", "grid", "all", "manual"] = "edges"
    """`edges`: the nearest to standing, then the largest and smallest of each speed; `grid`: every
    third value of each speed, and the extremes; `all`: every motion; `manual`: those named."""
    motions: tuple[str, ...] = ()
    """Motion names, in order; only with `manual`."""
    blend_s: float = 0.0
    """s of blended transition between clips; 0 leaves hard, recorded boundaries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One asset graph."""

    name: str
    """Lower-case letters, digits and _: the graph, its assets and folders are called so."""
    description: str
    """A sentence for people: lists, pages and reports show it."""
    robot: str
    """Name in `data/robots`, or a path relative to the recipe's folder."""
    source: Source
    artifact: ArtifactName
    training: tuple[Training, ...] = ()
    """Policies that are trained on the motions: one, or a list of named ones."""
    profile: str = ""
    """Actuator profile; empty takes the robot's default."""
    owner: str = "team:motion"
    """Whose the assets are, as Dagster shows it: `team:NAME` or an e-mail address."""
    sampling: Sampling = field(default_factory=Sampling)
    gates: Gates = field(default_factory=Gates)
    max_rejected: int = 0
    """Motions that the gates may reject before the graph stops."""
    selection: Selection = field(default_factory=Selection)
    evaluation: Evaluation = field(default_factory=Evaluation)
    schedule: str = "0 2 * * *"
    """Cron line of the schedule, which ships stopped."""
    file: Path = Path()
    """The recipe's own file; set by its reader, not by its author."""

    def source_path(self) -> Path:
        """The source's file."""
        return resolve_path(self.file, "source.path", self.source.path)

    def robot_reference(self) -> str:
        """Robot name, or the absolute path of a robot outside `data/robots`."""
        return robot_reference(self.file, self.robot)

"""One recipe of human motions as values: what the assets of its graph need to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from assets.recipes.common import ArtifactName, Evaluation, Training
from assets.recipes.paths import resolve_path, robot_reference
from assets.recipes.retargeting import Retargeting
from assets.recipes.walking import Recipe
from motionlib.corpus.index import IndexSettings
from motionlib.corpus.row import SPLITS, Split
from motionlib.human.settings import HumanSettings
from motionlib.stages.gates import HumanGates

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "amass": ("*.[bB][vV][hH]",),
    "bvh": ("*.[nN][pP][zZ]",),
}
"""Recordings of other kinds, which are no part of a source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanSource:
    """A folder of human recordings; its first level are the datasets."""

    kind: Literal["amass", "bvh"]
    """`amass`: `.npz` of SMPL+H or SMPL-X; `bvh`: any hierarchy that a joint map knows."""
    path: str
    """Folder of recordings, relative to the recipe's; `$NAME` and `${NAME:-default}` are expanded
    when an asset runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Libraries:
    """The MotionLib files that are packed, and how."""

    splits: tuple[Split, ...] = SPLITS
    """Libraries that are packed, one of each split."""
    shards: int = 1
    """Files that each split is divided into, named `name_0.pt`, `name_1.pt`, ...."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanRecipe:
    """One asset graph from a folder of recordings to libraries, every clip accounted for."""

    name: str
    """Lower-case letters, digits and _: the graph, its assets and folders are called so."""
    description: str
    """A sentence for people: lists, pages and reports show it."""
    robot: str
    """Name in `data/robots`, or a path relative to the recipe's folder."""
    source: HumanSource
    artifact: ArtifactName
    profile: str = ""
    """Actuator profile; empty takes the robot's default."""
    owner: str = "team:motion"
    """Whose the assets are, as Dagster shows it: `team:NAME` or an e-mail address."""
    index: IndexSettings = field(default_factory=IndexSettings)
    human: HumanSettings = field(default_factory=HumanSettings)
    gates: HumanGates = field(default_factory=HumanGates)
    max_rejected_share: float = 0.5
    """Share of the seconds that may be rejected before the graph stops."""
    libraries: Libraries = field(default_factory=Libraries)
    """Libraries of the human motions, and of each robot's."""
    retarget: Retargeting | None = None
    """Robots that the accepted motions go to; none if left out."""
    training: tuple[Training, ...] = ()
    """Policies that are trained on the libraries, of each robot, or of the humanoid where there is
    none: one, or a list of named ones."""
    evaluation: Evaluation = field(default_factory=Evaluation)
    processes: int = 0
    """Worker processes; 0 takes one for each core."""
    schedule: str = "0 2 * * *"
    """Cron line of the schedule, which ships stopped."""
    file: Path = Path()
    """The recipe's own file; set by its reader, not by its author."""

    def source_path(self) -> Path:
        """The source's folder."""
        return resolve_path(self.file, "source.path", self.source.path)

    def robot_reference(self) -> str:
        """Robot name, or the absolute path of a robot outside `data/robots`."""
        return robot_reference(self.file, self.robot)

    def retargeting(self) -> Retargeting:
        """The section of robots.

        Raises:
            ValueError: The recipe has none.
        """
        if self.retarget is None:
            raise ValueError(f"{self.name} has no section retarget")
        return self.retarget

    def robot_keys(self) -> tuple[str, ...]:
        """What each robot is called in partitions, assets, tables and files; none without any."""
        return self.retarget.robot_keys() if self.retarget else ()

    def index_settings(self) -> IndexSettings:
        """The index section with absolute paths, and without recordings of other kinds."""
        lists = {
            split: str(resolve_path(self.file, f"index.lists.{split}", path))
            for split, path in self.index.lists.items()
        }
        issues = self.index.issue_list
        if issues:
            issues = str(resolve_path(self.file, "index.issue_list", issues))
        exclude = (*self.index.exclude, *_OTHERS[self.source.kind])
        return replace(self.index, lists=lists, issue_list=issues, exclude=exclude)


AnyRecipe: TypeAlias = Recipe | HumanRecipe
"""Kinds of recipes that `source.kind` chooses between."""

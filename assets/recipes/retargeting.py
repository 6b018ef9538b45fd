"""The section of a recipe that takes its human motions to robots."""

import operator
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from assets.recipes.common import ArtifactName
from assets.recipes.paths import RecipeError, resolve_path, robot_key, robot_reference
from motionlib.corpus.row import Split
from retarget.quality.gates import RetargetGates
from retarget.settings import RetargetSettings

_ROBOT = "{robot}"
_KEY = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NpzFiles:
    """The clips that are also written as BeyondMimic `.npz`, one file each."""

    splits: tuple[Split, ...] = ("train",)
    """Splits whose clips are written."""
    max_clips: int = 0
    """Clips of each split at most, in the order of the table; 0 writes none."""
    fps: float = 50.0
    """Frames a second, the control rate of their trainers; 0 keeps the clip's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retargeting:
    """The robots that the accepted human motions go to, and what must hold of the result."""

    robots: tuple[str, ...]
    """Names in `data/robots`, or paths relative to the recipe's folder."""
    artifact: ArtifactName
    """Name of each robot's artifact; `{robot}` in it stands for the robot."""
    settings: RetargetSettings = field(default_factory=RetargetSettings)
    """`pair` is relative to the recipe's folder; `{robot}` in it stands for the robot."""
    gates: RetargetGates = field(default_factory=RetargetGates)
    keep_flagged: bool = True
    """Whether flagged clips go into the libraries, like accepted ones."""
    max_rejected_share: float = 0.5
    """Share of the seconds that may be rejected for a robot before nothing is packed for it."""
    npz: NpzFiles = field(default_factory=NpzFiles)
    report_clips: int = 8
    """Worst clips that the report shows, in pictures of human and robot side by side."""

    def robot_keys(self) -> tuple[str, ...]:
        """What each robot is called in partitions, assets, tables and files."""
        return tuple(robot_key(robot) for robot in self.robots)

    def reference(self, file: Path, key: str) -> str:
        """Robot name, or the absolute path of a robot outside `data/robots`.

        Args:
            file: The recipe.
            key: Of `robot_keys`.
        """
        return robot_reference(file, self.robots[self.robot_keys().index(key)])

    def settings_of(self, file: Path, key: str) -> RetargetSettings:
        """The settings with the path of that robot's pair."""
        if not self.settings.pair:
            return self.settings
        pair = resolve_path(file, "retarget.settings.pair", self.settings.pair)
        return replace(self.settings, pair=str(pair).replace(_ROBOT, key))

    def artifact_of(self, key: str) -> str:
        """Name of that robot's artifact."""
        return self.artifact.name.replace(_ROBOT, key)


def check_retargeting(file: Path, section: Retargeting) -> None:
    """Refuse a section that names what cannot be.

    Raises:
        RecipeError: Names file and field.
    """
    keys = section.robot_keys()
    twice = [key for key, count in Counter(keys).items() if count > 1]
    several = len(keys) > 1
    pair, name = section.settings.pair, section.artifact.name
    needed = f"{_ROBOT} in it, as there are several robots"
    rules: tuple[tuple[bool, str, str], ...] = (
        (bool(keys), "robots", "one robot or more"),
        (not twice, "robots", f"each robot once; {', '.join(twice)} is there twice"),
        (
            all(_KEY.fullmatch(key) for key in keys),
            "robots",
            "names of letters, digits and _ alone; a path is named by its folder",
        ),
        (0.0 <= section.max_rejected_share <= 1.0, "max_rejected_share", "a share, 0 to 1"),
        (section.report_clips >= 0, "report_clips", "0 or more"),
        (section.settings.fps >= 0.0, "settings.fps", "0 (as the source) or more"),
        (_ROBOT in pair or not (several and pair), "settings.pair", needed),
        (_ROBOT in name or not several, "artifact.name", needed),
        (section.npz.max_clips >= 0, "npz.max_clips", "0 (none) or more"),
        (section.npz.fps >= 0.0, "npz.fps", "0 (as the clip) or more"),
    )
    for holds, field_name, expected in rules:
        if not holds:
            found = operator.attrgetter(field_name)(section)
            raise RecipeError(f"{file}: retarget.{field_name} is {found!r}, expected {expected}")

"""`motion lib`: packed libraries joined, thinned, weighted, renamed and divided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro
from tyro.conf import Positional

from motionlib.errors import MotionError
from motionlib.showing import counted
from pipelines.cli.clips import robot_for
from pipelines.cli.terminal import note

if TYPE_CHECKING:
    from motionlib.corpus.row import Split
    from motionlib.formats.protomotions.edits import PackedLibrary


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Join libraries of one robot; a name in two of them is refused unless you say what to do."""

    libraries: Positional[tuple[Path, ...]]
    """.pt files, in the order in which their clips follow each other."""
    output: Path
    """The .pt to write; several files if its name holds slurmrank."""
    prefix: tuple[str, ...] = ()
    """Prefixes put before the names of each library, one for each."""
    rename: bool = False
    """Number names that come again: `walk (2)`."""
    shards: int = 1
    """Number of files to write."""
    robot: str = ""
    """Name or path of the robot; what the first file says if left out."""

    def run(self) -> int:
        """Merge."""
        from motionlib.formats.protomotions.edits import merge, open_packed

        if not self.libraries:
            raise MotionError("name at least one library to merge")
        robot = robot_for(self.robot, self.libraries)
        parts = [open_packed(path, robot) for path in self.libraries]
        merged = merge(parts, prefixes=self.prefix, number_twice=self.rename)
        return _write(merged, self.output, shards=self.shards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """Keep some clips of a library; of several conditions, each thins what is left."""

    library: Positional[Path]
    """.pt file."""
    output: Path
    """The .pt to write."""
    names: tuple[str, ...] = ()
    """Names of the wanted clips."""
    list: Path | None = None
    """File that names the wanted clips: a text with one name a line, or a yaml list."""
    glob: tuple[str, ...] = ()
    """Clips whose names match one of these patterns."""
    every: int = 1
    """Step through the clips: the first of each so many is taken."""
    random: int | None = None
    """Number of clips to draw at random."""
    seed: int = 0
    """Seed of the draw."""
    shards: int = 1
    """Number of files to write; more than one needs slurmrank in the output's name."""
    robot: str = ""
    """Name or path of the robot; what the file says if left out."""

    def run(self) -> int:
        """Thin."""
        from motionlib.formats.name_table import read_name_list
        from motionlib.formats.protomotions.edits import subset

        listed = read_name_list(self.list) if self.list else []
        chosen = subset(
            _open(self.library, self.robot),
            names=(*self.names, *listed),
            patterns=self.glob,
            every=self.every,
            count=self.random,
            seed=self.seed,
        )
        return _write(chosen, self.output, shards=self.shards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reweight:
    """Give clips other sampling weights; those that the table does not name keep theirs."""

    library: Positional[Path]
    """.pt file."""
    weights: Path
    """.csv or .parquet with columns name and weight, or .yaml with a weight for each name."""
    output: Path
    """The .pt to write; may be the same file."""
    robot: str = ""
    """Name or path of the robot; what the file says if left out."""

    def run(self) -> int:
        """Reweight."""
        from motionlib.formats.name_table import read_weights
        from motionlib.formats.protomotions.edits import reweight

        weights = read_weights(self.weights)
        return _write(reweight(_open(self.library, self.robot), weights), self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Give clips other names, by a table or by a common prefix."""

    library: Positional[Path]
    """.pt file."""
    output: Path
    """The .pt to write; may be the same file."""
    names: Path | None = None
    """.csv or .parquet with columns name and new_name, or .yaml with a new name for each name."""
    prefix: str = ""
    """Prefix put before every name, after the table is applied."""
    robot: str = ""
    """Name or path of the robot; what the file says if left out."""

    def run(self) -> int:
        """Rename."""
        from motionlib.formats.name_table import read_renames
        from motionlib.formats.protomotions.edits import rename

        if self.names is None and not self.prefix:
            raise MotionError("nothing to rename: give --names TABLE or --prefix TEXT")
        library = _open(self.library, self.robot)
        if self.names is not None:
            library = rename(library, read_renames(self.names))
        if self.prefix:
            library = rename(library, {name: f"{self.prefix}{name}" for name in library.names})
        return _write(library, self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Divide:
    """Divide a library into train, validation and test, by lists or by the hash of the names.

    The hash gives a clip the same part whatever else is in the library.
    """

    library: Positional[Path]
    """.pt file."""
    output_dir: Path
    """Folder for NAME_train.pt and so on."""
    fractions: tuple[float, float, float] | None = None
    """Shares of train, validation and test; their sum is 1."""
    train: Path | None = None
    """File with the names of the training clips: text, one a line, or yaml."""
    validation: Path | None = None
    """File with the names of the validation clips."""
    test: Path | None = None
    """File with the names of the test clips; clips in no list are left out, and told."""
    robot: str = ""
    """Name or path of the robot; what the file says if left out."""

    def run(self) -> int:
        """Divide."""
        from motionlib.formats.protomotions.edits import split

        library = _open(self.library, self.robot)
        part_of = self._part_of(library.names)
        for part, chosen in split(library, part_of).items():
            _write(chosen, self.output_dir / f"{self.library.stem}_{part}.pt")
        left = sum(not part_of(name) for name in library.names)
        if left:
            note(f"{counted(left, 'motion')} in no list")
        return 1 if left else 0

    def _part_of(self, names: Sequence[str]) -> Callable[[str], str]:
        from motionlib.corpus.splits import check_fractions, hash_split
        from motionlib.formats.name_table import read_name_list

        lists = {"train": self.train, "validation": self.validation, "test": self.test}
        given = {part: path for part, path in lists.items() if path is not None}
        if (self.fractions is None) == (not given):
            raise MotionError("give either --fractions, or lists: --train, --validation, --test")
        if self.fractions is not None:
            train, validation, test = self.fractions
            shares: dict[Split, float] = {"train": train, "validation": validation, "test": test}
            check_fractions(shares)
            return lambda name: hash_split(name, shares)
        parts: dict[str, str] = {}
        for part, path in given.items():
            for name in read_name_list(path):
                if name in parts:
                    raise MotionError(f"{path}: {name!r} is also in the list of {parts[name]}")
                parts[name] = part
        if missing := sorted(set(parts) - set(names)):
            note(
                f"{counted(len(missing), 'name')} of the lists not in the library, {missing[0]} for one"
            )
        return lambda name: parts.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LibCommand:
    """Join, thin, weight, rename or divide packed libraries, clip by clip in little memory.

    Rates, velocities, bodies and provenance stay as they are. A library that is not ours needs
    --robot.
    """

    command: (
        Annotated[Merge, tyro.conf.subcommand("merge")]
        | Annotated[Subset, tyro.conf.subcommand("subset")]
        | Annotated[Reweight, tyro.conf.subcommand("reweight")]
        | Annotated[Rename, tyro.conf.subcommand("rename")]
        | Annotated[Divide, tyro.conf.subcommand("split")]
    )

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()


def _open(path: Path, robot: str) -> "PackedLibrary":
    from motionlib.formats.protomotions.edits import open_packed

    return open_packed(path, robot_for(robot, (path,)))


def _write(library: "PackedLibrary", output: Path, *, shards: int = 1) -> int:
    paths = library.write(output, shards=shards, progress=True)
    where = ", ".join(str(path) for path in paths)
    motions = counted(len(library.clips), "motion")
    note(f"{motions}, {library.seconds:.1f} s of {library.robot.name} in {where}")
    return 0

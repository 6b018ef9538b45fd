"""What every registry offers, whatever stands behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from motionlib.errors import RegistryError
from motionlib.registry.manifest import ArtifactFacts, ArtifactFile, ArtifactManifest, Parent
from motionlib.registry.objects import describe_file
from motionlib.registry.references import check_file_name

Metadata: TypeAlias = Mapping[str, Any] | ArtifactFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactVersion:
    """One version, its files on this machine, and the aliases that point at it now."""

    reference: str
    """`entity/project/name:vN`; with `:offline-...` where a server has not yet numbered it."""
    sha256: str
    """Hash of the content: file names and bytes."""
    path: Path
    """Folder that holds the files; read only."""
    manifest: ArtifactManifest
    aliases: tuple[str, ...] = ()
    created: bool = False
    """Whether this call made the version; False if identical content was there already."""

    @property
    def files(self) -> dict[str, Path]:
        """Path on this machine of every file, by its name in the artifact."""
        return {name: self.path / name for name in self.manifest.files}

    @property
    def file(self) -> Path:
        """The only file.

        Raises:
            ValueError: There are several.
        """
        if len(self.files) != 1:
            raise ValueError(f"{self.reference} has {len(self.files)} files; choose from .files")
        return next(iter(self.files.values()))

    def as_parent(self) -> Parent:
        """This version as the parent of another."""
        return Parent(reference=self.reference, sha256=self.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageStep:
    """One ancestor of an artifact."""

    depth: int
    """0 for the artifact itself, 1 for its parents."""
    parent: Parent
    known: bool
    """Whether the registry holds exactly this content; files are never in it."""


class Registry(Protocol):
    """Named, versioned, immutable file sets."""

    def publish(
        self,
        files: Mapping[str, Path],
        *,
        name: str,
        type: str = "motions",
        entity: str | None = None,
        project: str = "motions",
        aliases: Sequence[str] = ("latest",),
        metadata: Metadata = None,
        parents: Sequence[Parent | ArtifactVersion] = (),
        link: bool = False,
    ) -> ArtifactVersion:
        """Make a version of these files, or point the aliases at the identical one."""
        ...

    def pull(self, reference: str) -> ArtifactVersion:
        """Have a version's verified files on this machine."""
        ...

    def versions(self, collection: str) -> list[ArtifactVersion]:
        """All versions of `[entity/][project/]name`, oldest first."""
        ...

    def collections(self) -> list[str]:
        """`entity/project/name` of everything that was published."""
        ...

    def lineage(self, reference: str) -> list[LineageStep]:
        """The artifact and its ancestors, depth first."""
        ...


def plain_parents(parents: Sequence[Parent | ArtifactVersion]) -> tuple[Parent, ...]:
    """Parents in a fixed order, without repetitions."""
    plain = [p.as_parent() if isinstance(p, ArtifactVersion) else p for p in parents]
    unique = {(p.kind, p.reference, p.sha256): p for p in plain}
    return tuple(unique[key] for key in sorted(unique))


def describe_files(files: Mapping[str, Path]) -> dict[str, ArtifactFile]:
    """Hash and size of each file of an artifact.

    Raises:
        RegistryError: There is no file, or a name or a path is unusable.
        OSError: A file cannot be read.
    """
    if not files:
        raise RegistryError("an artifact needs at least one file; none was given")
    for name, path in files.items():
        check_file_name(name)
        if not Path(path).is_file():
            raise RegistryError(f"{path}: no such file, so it cannot be published; check the path")
    return {name: describe_file(Path(path)) for name, path in files.items()}


def walk_lineage(
    start: ArtifactVersion, find: Callable[[str], ArtifactVersion]
) -> list[LineageStep]:
    """The artifact and its ancestors, depth first; each ancestor is listed once.

    Args:
        start: Where to begin.
        find: Looks a version up; raises RegistryError where it is not known.
    """
    steps: list[LineageStep] = []
    seen: set[Parent] = set()
    pending = [(0, start.as_parent())]
    while pending:
        depth, parent = pending.pop()
        if parent in seen:
            continue
        seen.add(parent)
        found = _same_content(parent, find)
        steps.append(LineageStep(depth=depth, parent=parent, known=found is not None))
        grandparents = found.manifest.parents if found else ()
        pending += [(depth + 1, each) for each in reversed(grandparents)]
    return steps


def _same_content(parent: Parent, find: Callable[[str], ArtifactVersion]) -> ArtifactVersion | None:
    if parent.kind == "file":
        return None
    try:
        found = find(parent.reference)
    except RegistryError:
        return None
    return found if found.sha256 == parent.sha256 else None

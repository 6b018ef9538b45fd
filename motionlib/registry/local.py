"""The embedded registry: artifacts as folders of hard-linked, content-addressed files.

```
<root>/objects/ab/abcd...                    bytes under their sha256
<root>/names/<entity>/<project>/<name>/v3/   manifest.json and the files; never changes
                                aliases.json the one thing that moves
                                .lock        one writer at a time
<root>/.lock                                 writers together, whoever collects alone
```
A version appears by one rename, the aliases by another, so a reader needs no lock and a writer that
dies leaves at most a folder that begins with a dot and bytes without a version, which the next
writer removes. What a manifest says is believed when its names and its place agree, and no symbolic
link leads elsewhere.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from motionlib.errors import RegistryError, nearest_names
from motionlib.files import locked, motion_home, sweep_leftovers
from motionlib.registry.artifact_folder import (
    MANIFEST,
    add_version,
    artifact_folders,
    load_aliases,
    load_version,
    point_aliases,
    version_numbers,
)
from motionlib.registry.base import (
    ArtifactVersion,
    LineageStep,
    Metadata,
    describe_files,
    plain_parents,
    walk_lineage,
)
from motionlib.registry.guard import check_inside, check_manifest
from motionlib.registry.manifest import (
    ArtifactManifest,
    Parent,
    content_sha256,
    facts_from_mapping,
)
from motionlib.registry.objects import describe_file, is_intact, restore_file, writing
from motionlib.registry.references import (
    DEFAULT_ENTITY,
    DEFAULT_PROJECT,
    Reference,
    check_alias,
    check_name,
    parse_reference,
)
from motionlib.registry.upkeep import collect_unused

_LOG = logging.getLogger(__name__)


class LocalRegistry:
    """Registry in a folder; safe under many writers, readers need no lock."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = Path(root) if root is not None else motion_home() / "artifacts"

    def publish(
        self,
        files: Mapping[str, Path],
        *,
        name: str,
        type: str = "motions",
        entity: str | None = None,
        project: str = DEFAULT_PROJECT,
        aliases: Sequence[str] = ("latest",),
        metadata: Metadata = None,
        parents: Sequence[Parent | ArtifactVersion] = (),
        link: bool = False,
    ) -> ArtifactVersion:
        """Make a version of these files, or point the aliases at the identical one.

        Content is file names and bytes: publishing the same again makes no version, keeps the
        first one's metadata and parents, moves the aliases there, and restores bytes that were
        damaged on disk meanwhile.

        Args:
            files: Path of each file by its name in the artifact.
            name: Artifact name.
            type: Kind of content; one name keeps one type.
            entity: Owner; default `local`.
            project: Project.
            aliases: Names to point at this version.
            metadata: Facts; see `ArtifactFacts`.
            parents: What it was made from.
            link: Only of use to registries that have a shared catalogue.

        Raises:
            RegistryError: A name is unusable, or the artifact has another type.
            OSError: A file cannot be read, or the disk is full; the registry stays usable.
        """
        reference = Reference(
            entity=check_name(entity or DEFAULT_ENTITY, "entity"),
            project=check_name(project, "project"),
            name=check_name(name, "name"),
        )
        labels = [check_alias(alias) for alias in aliases]
        facts, ancestry = facts_from_mapping(metadata), plain_parents(parents)
        described = describe_files(files)
        folder = self._folder(reference)
        with writing(self.root), locked(folder / ".lock"):
            left = sweep_leftovers(folder)
            load_aliases(folder)  # damaged ones are refused before anything is made
            known = [load_version(folder, number) for number in version_numbers(folder)]
            _check_type(reference, type, known)
            same = [m for m in known if m.sha256 == content_sha256(described)]
            manifest = (
                same[-1]
                if same
                else ArtifactManifest(
                    entity=reference.entity,
                    project=reference.project,
                    name=reference.name,
                    version=known[-1].version + 1 if known else 0,
                    type=type,
                    files=described,
                    parents=ancestry,
                    facts=facts,
                )
            )
            if same:
                self._restore(manifest, files)
            else:
                check_manifest(manifest, manifest.reference)
                add_version(self.root, folder, manifest, files)
                _LOG.info("published %s (%s)", manifest.reference, manifest.sha256[:12])
            point_aliases(folder, labels, manifest.version)
            version = self._version(manifest, created=not same)
        if left:  # a publication was killed, maybe between its bytes and its version
            collect_unused(self.root)
        return version

    def pull(self, reference: str) -> ArtifactVersion:
        """Find a version and verify every byte of it.

        Raises:
            RegistryError: It is not there (names the nearest), or a file changed on disk.
        """
        version = self.find(reference)
        for name, expected in version.manifest.files.items():
            path = check_inside(self.root, version.path / name)
            if not is_intact(path, expected):
                found = describe_file(path).sha256 if path.is_file() else "no file"
                raise RegistryError(
                    f"{path}: content of {version.reference} changed on disk: "
                    f"expected sha256 {expected.sha256}, found {found}; publish the original file "
                    "again under this name (that restores it) or pull another version"
                )
        return version

    def find(self, reference: str) -> ArtifactVersion:
        """Look a version up by reference without reading its files.

        Raises:
            RegistryError: It is not there; names the nearest.
        """
        parsed = parse_reference(reference)
        folder = self._folder(parsed)
        numbers = version_numbers(folder)
        if not numbers:
            raise RegistryError(
                f"{self.root}: no artifact {parsed.collection}; "
                f"{_offer(parsed.collection, self.collections())}"
            )
        aliases = load_aliases(folder)
        number = parsed.version if parsed.version is not None else aliases.get(parsed.label)
        if number not in numbers:
            labels = [*(f"v{n}" for n in numbers), *aliases]
            raise RegistryError(
                f"{self.root}: {parsed.collection} has no version or alias {parsed.label!r}; "
                f"{nearest_names(parsed.label, labels)}"
            )
        return self._version(load_version(folder, number))

    def versions(self, collection: str) -> list[ArtifactVersion]:
        """All versions of `[entity/][project/]name`, oldest first.

        Raises:
            RegistryError: No such artifact; names the nearest.
        """
        parsed = parse_reference(collection)
        numbers = version_numbers(self._folder(parsed))
        if not numbers:
            self.find(collection)
        return [self.find(f"{parsed.collection}:v{number}") for number in numbers]

    def collections(self) -> list[str]:
        """`entity/project/name` of everything that was published, sorted."""
        folders = [each for each in artifact_folders(self.root) if any(each.glob(f"v*/{MANIFEST}"))]
        return sorted("/".join(folder.parts[-3:]) for folder in folders)

    def lineage(self, reference: str) -> list[LineageStep]:
        """The artifact and its ancestors, depth first; each ancestor is listed once.

        Raises:
            RegistryError: The artifact itself is not there.
        """
        return walk_lineage(self.find(reference), self.find)

    def _folder(self, reference: Reference) -> Path:
        return check_inside(self.root, self.root / "names" / reference.collection)

    def _version(self, manifest: ArtifactManifest, *, created: bool = False) -> ArtifactVersion:
        folder = self.root / "names" / manifest.entity / manifest.project / manifest.name
        aliases = load_aliases(folder)
        return ArtifactVersion(
            reference=manifest.reference,
            sha256=manifest.sha256,
            path=folder / f"v{manifest.version}",
            manifest=manifest,
            aliases=tuple(alias for alias, n in aliases.items() if n == manifest.version),
            created=created,
        )

    def _restore(self, manifest: ArtifactManifest, files: Mapping[str, Path]) -> None:
        folder = self._version(manifest).path
        for name, expected in manifest.files.items():
            path = check_inside(self.root, folder / name)
            if not is_intact(path, expected):
                _LOG.warning("%s: restoring damaged %s", manifest.reference, name)
                restore_file(self.root, Path(files[name]), path, expected=expected)


def _check_type(reference: Reference, type: str, known: Sequence[ArtifactManifest]) -> None:
    if known and known[-1].type != type:
        raise RegistryError(
            f"{reference.collection} holds artifacts of type {known[-1].type!r}, not {type!r}; "
            "publish under another name"
        )


def _offer(wanted: str, collections: Sequence[str]) -> str:
    if not collections:
        return "nothing has been published here yet: see `motion publish --help`"
    by_name = {each.rpartition("/")[2]: each for each in collections}
    name = wanted.rpartition("/")[2]
    if name in by_name:
        return f"nearest: {by_name[name]}"
    return nearest_names(name, by_name)

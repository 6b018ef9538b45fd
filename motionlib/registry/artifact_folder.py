"""The folder of one artifact: its versions, its aliases, and what a dead writer left."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from motionlib.errors import RegistryError
from motionlib.files import sync_folder, temporary_beside, write_text
from motionlib.registry.guard import check_folder, check_inside, check_manifest
from motionlib.registry.manifest import ArtifactManifest, json_from_manifest, load_manifest
from motionlib.registry.objects import store_file
from motionlib.registry.references import check_alias, is_name, version_number
from motionlib.sealed import DamagedError, read_sealed, write_sealed

MANIFEST = "manifest.json"
ALIASES = "aliases.json"


def artifact_folders(root: Path) -> list[Path]:
    """Folders of all artifacts below a registry's root, sorted; links are not followed."""
    folders = [root / "names"]
    for _ in ("entity", "project", "name"):
        inside = [
            each for folder in folders if folder.is_dir() for each in sorted(folder.iterdir())
        ]
        folders = [
            each for each in inside
            if is_name(each.name) and each.is_dir() and not each.is_symlink()
        ]  # fmt: skip
    return folders


def version_numbers(folder: Path) -> list[int]:
    """Numbers of the versions in an artifact's folder, ascending; empty if it is not there."""
    if not folder.is_dir():
        return []
    numbers = (version_number(path.name) for path in folder.iterdir())
    return sorted(number for number in numbers if number is not None)


def load_version(folder: Path, number: int) -> ArtifactManifest:
    """Manifest of one version, which its folder and its names agree on.

    Raises:
        RegistryError: It is damaged, or is not one that this program would have written there.
    """
    path = check_inside(folder, folder / f"v{number}" / MANIFEST)
    if not path.is_file():
        raise RegistryError(
            f"{path}: the manifest is missing; restore the file, or remove its folder and "
            "publish the artifact again"
        )
    return check_folder(path.parent, check_manifest(load_manifest(path), path))


def load_aliases(folder: Path) -> dict[str, int]:
    """Version number of every alias, sorted by alias.

    Raises:
        RegistryError: The file is damaged.
    """
    path = check_inside(folder, folder / ALIASES)
    if not path.is_file():  # a pipe would be waited for
        return {}
    try:
        found = read_sealed(path)
    except DamagedError as damage:
        problem, found = damage, _unsealed(path)
    else:
        problem = "it holds other things"
    if not isinstance(found, dict) or not all(map(_is_alias, found.items())):
        raise RegistryError(
            f"{path}: expected a JSON object of alias to version number, with its checksum "
            f"({problem}); remove the file and publish again to set the aliases anew"
        )
    return {alias: found[alias] for alias in sorted(found)}


def point_aliases(folder: Path, labels: Sequence[str], number: int) -> None:
    """Make aliases point at a version; writes nothing if they do already.

    Raises:
        RegistryError: The file is damaged.
        OSError: The disk is full; the aliases are as before.
    """
    aliases = load_aliases(folder)
    moved = {**aliases, **dict.fromkeys(labels, number)}
    if moved != aliases or not _are_sealed(folder):
        write_sealed(folder / ALIASES, moved)


def seal_aliases(folder: Path) -> None:
    """Give the aliases that an earlier version wrote their checksum.

    Raises:
        RegistryError: The file is damaged.
    """
    if (folder / ALIASES).is_file():
        point_aliases(folder, [], 0)


def _are_sealed(folder: Path) -> bool:
    try:
        read_sealed(folder / ALIASES)
    except (FileNotFoundError, DamagedError):
        return False
    return True


def _unsealed(path: Path) -> object:
    """Aliases as they were written before they had a checksum: a plain object."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None


def _is_alias(item: tuple[str, object]) -> bool:
    alias, number = item
    try:
        check_alias(alias)
    except RegistryError:
        return False
    return type(number) is int and number >= 0


def add_version(
    root: Path, folder: Path, manifest: ArtifactManifest, files: Mapping[str, Path]
) -> None:
    """Make a version's folder appear at once with everything in it, or not at all.

    Args:
        root: Of the content store.
        folder: Of the artifact, with its lock held.
        manifest: What is to appear.
        files: Path of each file by its name in the artifact.

    Raises:
        RegistryError: A file changed while it was copied.
        OSError: The disk is full; nothing appeared.
    """
    staging = temporary_beside(folder / f"v{manifest.version}")
    staging.mkdir()
    try:
        for name, path in sorted(files.items()):
            stored = store_file(root, Path(path), staging / name)
            if stored != manifest.files[name]:
                raise RegistryError(
                    f"{path}: changed while it was being published: expected sha256 "
                    f"{manifest.files[name].sha256}, found {stored.sha256}; "
                    "publish it again when nothing writes to it"
                )
        write_text(staging / MANIFEST, json_from_manifest(manifest))
        (staging / MANIFEST).chmod(0o444)
        staging.chmod(folder.stat().st_mode & 0o777)
        staging.rename(folder / f"v{manifest.version}")
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    for made in (folder, *folder.parents[: 1 if manifest.version else 4]):
        sync_folder(made)

"""The folder of one artifact: its versions, its aliases, and what a dead writer left."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from motionlib.errors import RegistryError
from motionlib.files import sync_folder, temporary_beside, write_text
from motionlib.registry.manifest import ArtifactManifest, json_from_manifest, load_manifest
from motionlib.registry.objects import store_file
from motionlib.registry.references import version_number

MANIFEST = "manifest.json"
_ALIASES = "aliases.json"


def version_numbers(folder: Path) -> list[int]:
    """Numbers of the versions in an artifact's folder, ascending; empty if it is not there."""
    if not folder.is_dir():
        return []
    numbers = (version_number(path.name) for path in folder.iterdir())
    return sorted(number for number in numbers if number is not None)


def load_version(folder: Path, number: int) -> ArtifactManifest:
    """Manifest of one version.

    Raises:
        RegistryError: It is damaged.
    """
    path = folder / f"v{number}" / MANIFEST
    if not path.is_file():
        raise RegistryError(
            f"{path}: the manifest is missing; restore the file, or remove its folder and "
            "publish the artifact again"
        )
    return load_manifest(path)


def load_aliases(folder: Path) -> dict[str, int]:
    """Version number of every alias, sorted by alias.

    Raises:
        RegistryError: The file is damaged.
    """
    path = folder / _ALIASES
    try:
        found = json.loads(path.read_text())
        return {str(alias): int(number) for alias, number in sorted(found.items())}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise RegistryError(
            f"{path}: expected a JSON object of alias to version number ({error}); "
            "remove the file and publish again to set the aliases anew"
        ) from error


def point_aliases(folder: Path, labels: Sequence[str], number: int) -> None:
    """Make aliases point at a version; writes nothing if they do already.

    Raises:
        OSError: The disk is full; the aliases are as before.
    """
    aliases = load_aliases(folder)
    moved = {**aliases, **dict.fromkeys(labels, number)}
    if moved != aliases:
        write_text(folder / _ALIASES, json.dumps(moved, indent=1, sort_keys=True) + "\n")


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
        sync_folder(staging)
        staging.rename(folder / f"v{manifest.version}")
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    sync_folder(folder)

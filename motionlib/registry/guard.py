"""What is checked of a registry before anything in it is believed: names, values, real paths."""

import re
from pathlib import Path
from typing import get_args

from motionlib.errors import RegistryError
from motionlib.registry.manifest import ArtifactManifest, ParentKind
from motionlib.registry.references import check_file_name, check_name, parse_reference

_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_manifest(
    manifest: ArtifactManifest, where: object, *, any_files: bool = False
) -> ArtifactManifest:
    """Return a manifest that somebody else wrote if its names and values are usable.

    Args:
        manifest: As read.
        where: File or reference that it was read from, for the message.
        any_files: It may list no file, where a server tells what there is.

    Raises:
        RegistryError: A name could leave its folder, or a value is not what it has to be.
    """
    try:
        for what in ("entity", "project", "name"):
            check_name(_text(getattr(manifest, what), what), what)
        _text(manifest.type, "type")
        _number(manifest.version, "version")
        if not manifest.files and not any_files:
            raise RegistryError("it lists no file")
        for name, file in manifest.files.items():
            check_file_name(name)
            _sha256(file.sha256, name)
            _number(file.size, f"size of {name}")
        for parent in manifest.parents:
            if parent.kind not in get_args(ParentKind):
                raise RegistryError(f"a parent's kind is {parent.kind!r:.60}")
            _text(parent.sha256, "a parent's sha256")
            if parent.kind == "artifact":
                parse_reference(_text(parent.reference, "a parent's reference"))
            else:
                _text(parent.reference, "a parent's reference")
    except RegistryError as error:
        raise RegistryError(
            f"{where}: nothing of this artifact is used: {error}; it was not published by this "
            "program, or was changed since"
        ) from error
    return manifest


def check_inside(root: Path, path: Path) -> Path:
    """Return `path` if no symbolic link below `root` takes it to another place.

    Raises:
        RegistryError: One does.
    """
    if path.resolve() != root.resolve() / path.relative_to(root):
        raise RegistryError(
            f"{path}: is or lies behind a symbolic link to {path.resolve()}; a registry holds "
            "files and folders of its own only: remove the link and publish the artifact again"
        )
    return path


def check_folder(folder: Path, manifest: ArtifactManifest) -> ArtifactManifest:
    """Return the manifest of the version in `folder` if its own names say that folder.

    Raises:
        RegistryError: They say another one.
    """
    own = (manifest.entity, manifest.project, manifest.name, f"v{manifest.version}")
    if folder.parts[-4:] != own:
        raise RegistryError(
            f"{folder}: the manifest in it is of {manifest.reference}; move the folder to where "
            "it belongs, or remove it and publish the artifact again"
        )
    return manifest


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise RegistryError(f"{what} is {value!r:.60}, expected text")
    return value


def _number(value: object, what: str) -> None:
    if type(value) is not int or value < 0:
        raise RegistryError(f"{what} is {value!r:.60}, expected a whole number from 0")


def _sha256(value: object, whose: str) -> None:
    if not _SHA256.fullmatch(_text(value, f"sha256 of {whose}")):
        raise RegistryError(f"sha256 of {whose} is {value!r:.60}, expected 64 hex digits")

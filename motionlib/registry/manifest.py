"""What one artifact version is: an immutable manifest of its files, parents and facts."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from motionlib.errors import RegistryError

SCHEMA_VERSION = 1

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
ParentKind = Literal["artifact", "file"]
_MOST_BYTES = 64 << 20
"""Far above what a manifest takes: a library of all of AMASS has one of 1 MB."""
_NO_MANIFEST = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What JSON of another form makes of our reading of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFile:
    """One file's content."""

    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What an artifact was made from."""

    reference: str
    """`entity/project/name:vN` of an artifact, or a file's name."""
    sha256: str
    """Content hash of the artifact, or of the file's bytes."""
    kind: ParentKind = "artifact"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFacts:
    """What is known about the content; empty where it does not apply."""

    robot: str = ""
    robot_sha256: str = ""
    """`Robot.semantic_sha256` of the robot that the content belongs to."""
    body_names: tuple[str, ...] = ()
    dof_names: tuple[str, ...] = ()
    fps: float | None = None
    """1/s; None where clips differ or there are none."""
    velocity_rule: str = ""
    motion_names: tuple[str, ...] = ()
    recipe: str = ""
    code_version: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)
    """Anything else; JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactManifest:
    """One immutable version. Aliases move, so they live outside."""

    entity: str
    project: str
    name: str
    version: int
    type: str
    files: Mapping[str, ArtifactFile]
    parents: tuple[Parent, ...] = ()
    facts: ArtifactFacts = field(default_factory=ArtifactFacts)
    schema_version: int = SCHEMA_VERSION

    @property
    def sha256(self) -> str:
        """Hash of the content: file names and bytes, nothing else."""
        return content_sha256(self.files)

    @property
    def reference(self) -> str:
        """`entity/project/name:vN`."""
        return f"{self.entity}/{self.project}/{self.name}:v{self.version}"


def content_sha256(files: Mapping[str, ArtifactFile]) -> str:
    """Hash of a file set by names and content; the order of the mapping does not matter."""
    rows = sorted(f"{file.sha256} {name}\n" for name, file in files.items())
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def facts_from_mapping(metadata: Mapping[str, Any] | ArtifactFacts | None) -> ArtifactFacts:
    """Known keys become fields; the others go to `extra`.

    Raises:
        RegistryError: A value is not JSON.
    """
    if isinstance(metadata, ArtifactFacts):
        facts = metadata
    else:
        known = {item.name for item in dataclasses.fields(ArtifactFacts)} - {"extra"}
        given = dict(metadata or {})
        values = {key: given.pop(key) for key in sorted(known & given.keys())}
        given.update(given.pop("extra", {}))
        for key in ("body_names", "dof_names", "motion_names"):
            values[key] = tuple(values.get(key, ()))
        facts = ArtifactFacts(**values, extra=given)
    try:
        json.dumps(dataclasses.asdict(facts), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RegistryError(
            f"metadata of the artifact is not plain JSON ({error}); "
            "pass strings, finite numbers, lists and dicts of them"
        ) from error
    return facts


def json_from_manifest(manifest: ArtifactManifest) -> str:
    """Deterministic JSON that carries its own checksum."""
    body = dataclasses.asdict(manifest)
    body["sha256"] = manifest.sha256
    body["manifest_sha256"] = _checksum(body)
    return json.dumps(body, indent=1, sort_keys=True, allow_nan=False) + "\n"


def load_manifest(path: Path) -> ArtifactManifest:
    """Read a manifest and check it against its own checksum.

    That finds damage, not malice: who reads it checks what its names and values say.

    Raises:
        RegistryError: It is not JSON, of another schema, or was changed.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"{path.stat().st_size} bytes, expected {_MOST_BYTES} at most")
        body = json.loads(path.read_bytes())
        found = body.pop("manifest_sha256")
        schema = body["schema_version"]
        expected = _checksum(body)
    except _NO_MANIFEST as error:
        raise _no_manifest(path, error) from error
    if schema != SCHEMA_VERSION:
        raise RegistryError(
            f"{path}: schema_version is {schema!r}, expected {SCHEMA_VERSION}; "
            "read it with the version of this program that wrote it"
        )
    if found != expected:
        raise RegistryError(
            f"{path}: manifest_sha256 is {found}, expected {expected}: the manifest was changed "
            "after it was published; restore the file, or remove its folder and publish again"
        )
    try:
        return _manifest_from_body(body)
    except (*_NO_MANIFEST, RegistryError) as error:
        raise _no_manifest(path, error) from error


def _no_manifest(path: Path, error: Exception) -> RegistryError:
    return RegistryError(
        f"{path}: not an artifact manifest ({error!r:.200}); restore the file, or remove its "
        "folder and publish the artifact again"
    )


def _checksum(body: Mapping[str, Json]) -> str:
    text = json.dumps(body, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest_from_body(body: dict[str, Any]) -> ArtifactManifest:
    body.pop("sha256")
    files = {name: ArtifactFile(**item) for name, item in body.pop("files").items()}
    parents = tuple(Parent(**item) for item in body.pop("parents"))
    facts = facts_from_mapping(cast(dict[str, Any], body.pop("facts")))
    return ArtifactManifest(files=files, parents=parents, facts=facts, **body)

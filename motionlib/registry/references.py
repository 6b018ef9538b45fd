"""Names of artifacts: `[entity/][project/]name[:alias|:vN]`, checked before they become paths."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from motionlib.errors import RegistryError

DEFAULT_ENTITY = "local"
DEFAULT_PROJECT = "motions"
DEFAULT_ALIAS = "latest"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_VERSION = re.compile(r"v(0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One parsed reference; every part is safe as a folder name."""

    entity: str
    project: str
    name: str
    label: str = DEFAULT_ALIAS
    """An alias, or `vN`."""

    @property
    def version(self) -> int | None:
        """The version number, or None where the label is an alias."""
        return version_number(self.label)

    @property
    def collection(self) -> str:
        """`entity/project/name`."""
        return f"{self.entity}/{self.project}/{self.name}"

    def __str__(self) -> str:
        return f"{self.collection}:{self.label}"


def parse_reference(
    text: str, *, entity: str = DEFAULT_ENTITY, project: str = DEFAULT_PROJECT
) -> Reference:
    """Read `[entity/][project/]name[:alias|:vN]`; what is omitted takes the defaults.

    Raises:
        RegistryError: A part is empty, has a character that a path must not have, or there are
            more than three parts.
    """
    path, _, label = text.partition(":")
    parts = path.split("/")
    if len(parts) > 3 or (":" in text and not label):
        raise RegistryError(
            f"artifact reference {text!r} is not of the form [entity/][project/]name[:alias|:vN]; "
            "write for example microduck-walk:latest or me/motions/microduck-walk:v3"
        )
    parts = [entity, project][: 3 - len(parts)] + parts
    for what, part in zip(("entity", "project", "name"), parts, strict=True):
        check_name(part, what)
    return Reference(
        entity=parts[0],
        project=parts[1],
        name=parts[2],
        label=check_name(label or DEFAULT_ALIAS, "alias"),
    )


def version_number(label: str) -> int | None:
    """3 for `v3`; None for an alias."""
    match = _VERSION.fullmatch(label)
    return int(match.group(1)) if match else None


def check_name(name: str, what: str) -> str:
    """Return `name` if it is safe as one folder name.

    Raises:
        RegistryError: Names the part and the rule.
    """
    if not is_name(name):
        raise RegistryError(
            f"artifact {what} {name!r} is not usable: expected 1 to 128 of letters, digits, "
            "'.', '_' and '-', beginning with a letter or digit; choose another name"
        )
    return name


def is_name(name: str) -> bool:
    """Whether `check_name` takes it."""
    return bool(_NAME.fullmatch(name))


def check_alias(alias: str) -> str:
    """Return `alias` if it is a usable alias, which a version number is not.

    Raises:
        RegistryError: Names the alias and the rule.
    """
    if version_number(alias) is not None:
        raise RegistryError(
            f"alias {alias!r} looks like a version number, which the registry gives out itself; "
            "choose another alias, such as 'best'"
        )
    return check_name(alias, "alias")


def check_file_name(name: str) -> str:
    """Return a file's name inside an artifact if it is a plain relative path.

    Raises:
        RegistryError: The name is absolute, climbs with `..`, or has an unusable part.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or str(path) != name or name == "manifest.json":
        raise RegistryError(
            f"file name {name!r} cannot stand in an artifact: expected a relative path with "
            "forward slashes other than 'manifest.json'; name the file anew"
        )
    for part in path.parts:
        check_name(part, "file name")
    return name

"""Choosing a registry by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from motionlib.errors import RegistryError, nearest_names
from motionlib.home import check_home
from motionlib.registry.base import Registry
from motionlib.registry.local import LocalRegistry
from motionlib.registry.wandb import WandbRegistry

RegistryKind = Literal["local", "wandb"]


def open_registry(
    kind: RegistryKind = "local",
    root: Path | None = None,
    *,
    entity: str | None = None,
    project: str = "motions",
) -> Registry:
    """The registry of this kind; nothing is made or contacted before its first use.

    Args:
        kind: `local` (a folder) or `wandb` (a server, or wandb's offline mode).
        root: Folder; default `MOTION_HOME/artifacts`.
        entity: Whose artifacts a wandb reference without an entity means.
        project: Which project a wandb reference without one means.

    Raises:
        RegistryError: No such kind.
        HomeError: A newer version of this program has written into `MOTION_HOME`.
    """
    if root is None:
        check_home()
    if kind == "local":
        return LocalRegistry(root)
    if kind == "wandb":
        return WandbRegistry(root / "wandb" if root else None, entity=entity, project=project)
    raise RegistryError(f"no registry {kind!r}; {nearest_names(kind, get_args(RegistryKind))}")


def named_files(paths: Sequence[Path]) -> dict[str, Path]:
    """Files by the names that readers look for inside an artifact.

    One `.npz` becomes `motion.npz`, which BeyondMimic's trainers open; others keep their names.

    Raises:
        RegistryError: Two files have one name.
    """
    if len(paths) == 1 and paths[0].suffix == ".npz":
        return {"motion.npz": paths[0]}
    files = {path.name: path for path in paths}
    if len(files) != len(paths):
        names = sorted(path.name for path in paths)
        raise RegistryError(f"two of the files have one name: {', '.join(names)}; rename one")
    return files

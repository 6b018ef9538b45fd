"""`motion pull` and `motion artifacts`: what was published."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from motionlib.errors import MotionError
from motionlib.files import atomic_path
from motionlib.registry import ArtifactVersion, open_registry
from pipelines.cli.terminal import note, print_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Get a published version's files, every byte verified; prints their paths."""

    reference: Positional[str]
    """[entity/][project/]name[:alias|:vN]; the alias defaults to `latest`."""
    output_dir: Path | None = None
    """Copy the files here; left out, the read-only files of the registry are named."""
    registry: Literal["local", "wandb"] = "local"
    """Registry. local: MOTION_HOME/artifacts. wandb: wandb's server."""

    def run(self) -> int:
        """Pull."""
        version = open_registry(self.registry).pull(self.reference)
        note(f"{version.reference}  sha256 {version.sha256}")
        for name, path in version.files.items():
            print(path if self.output_dir is None else _copy(path, self.output_dir, name))
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """List what was published; with a name, its versions and what they were made from."""

    name: Annotated[Positional[str | None], arg(metavar="[NAME]")] = None
    """[entity/][project/]name[:alias|:vN] for its versions and the lineage of one."""
    registry: Literal["local", "wandb"] = "local"
    """Registry. local: MOTION_HOME/artifacts. wandb: wandb's server."""

    def run(self) -> int:
        """List."""
        registry = open_registry(self.registry)
        if self.name is None:
            collections = registry.collections()
            if not collections:
                note("nothing has been published yet: see `motion publish --help`")
            print_table([_row(registry.versions(each)[-1]) for each in collections])
            return 0
        print_table([_row(version) for version in registry.versions(self.name)])
        print("\nlineage:")
        for step in registry.lineage(self.name):
            parent = step.parent
            known = "" if step.known or parent.kind == "file" else "  (not in this registry)"
            print(f"{'  ' * (step.depth + 1)}{parent.reference}  {parent.sha256[:12]}{known}")
        return 0


def _row(version: ArtifactVersion) -> dict[str, object]:
    from pipelines.inventory import motions_in

    manifest = version.manifest
    return {
        "reference": version.reference,
        "aliases": version.aliases,
        "type": manifest.type,
        "robot": manifest.facts.robot,
        "motions": motions_in(manifest.facts),
        "files": tuple(manifest.files),
        "kilobytes": sum(file.size for file in manifest.files.values()) // 1024,
        "sha256": version.sha256[:12],
    }


def _copy(source: Path, folder: Path, name: str) -> Path:
    destination = folder / name
    if not destination.resolve().is_relative_to(folder.resolve()):
        raise MotionError(
            f"{destination}: a symbolic link there leads out of {folder}, and nothing is written "
            "through it; remove it, or name another --output-dir"
        )
    with atomic_path(destination) as temporary:
        shutil.copyfile(source, temporary)
    return destination

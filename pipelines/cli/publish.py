"""`motion publish`: files become an immutable version in the artifact registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, UseAppendAction, arg

from motionlib.errors import MotionError
from motionlib.registry import Parent, named_files, open_registry
from pipelines.claiming import claim_home
from pipelines.cli.terminal import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Publish files as a version of an artifact, with what they were made from.

    A single .npz is called motion.npz inside the artifact, where BeyondMimic's trainers look.
    Publishing identical content makes no new version. Prints the reference.
    """

    files: Positional[tuple[Path, ...]]
    """.npz or .pt files."""
    name: str
    """Name of the artifact, such as microduck-walk."""
    entity: str | None = None
    """Owner of the artifact; `local`, or wandb's default entity."""
    project: str = "motions"
    """Project of the artifact."""
    alias: Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="ALIAS")] = ()
    """Alias to point at this version besides `latest`; may be given several times."""
    parent: Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="REFERENCE")] = ()
    """Artifact that it was made from; may be given several times."""
    registry: Literal["local", "wandb"] = "local"
    """Registry. local: MOTION_HOME/artifacts. wandb: wandb's server, or its offline mode."""
    link: bool = False
    """Link the version to the shared catalogue wandb-registry-motions/<name> too (wandb only)."""

    def run(self) -> int:
        """Publish."""
        if self.link and self.registry == "local":
            raise MotionError("--link is for --registry wandb; the local registry has no catalogue")
        claim_home()
        registry = open_registry(self.registry, entity=self.entity, project=self.project)
        facts, sources = facts_of_files(self.files)
        parents = [registry.pull(reference) for reference in self.parent]
        version = registry.publish(
            named_files(self.files),
            name=self.name,
            entity=self.entity,
            project=self.project,
            aliases=tuple(dict.fromkeys(("latest", *self.alias))),
            metadata=facts,
            parents=[*sources, *parents],
            link=self.link,
        )
        state = "published" if version.created else "identical content was there already"
        note(f"{state}: {', '.join(version.files)}; aliases {', '.join(version.aliases)}")
        print(version.reference)
        return 0


def facts_of_files(files: tuple[Path, ...]) -> tuple[dict[str, object], list[Parent]]:
    """What the manifest says about motion files, and the sources they name.

    Raises:
        MotionError: A file is missing or cannot be read.
    """
    facts: dict[str, object] = {}
    sources: dict[str, Parent] = {}
    for path in files:
        if not path.is_file():
            raise MotionError(f"{path}: no such file; check the path")
        found, provenances = _HEADERS.get(path.suffix, lambda _path: ({}, []))(path)
        facts |= {key: value for key, value in found.items() if value and key not in facts}
        for source, sha256 in provenances:
            name = source.partition(":")[0]
            if name and sha256:
                sources[f"{name} {sha256}"] = Parent(reference=name, sha256=sha256, kind="file")
    return facts, list(sources.values())


def _npz_header(path: Path) -> tuple[Mapping[str, object], list[tuple[str, str]]]:
    from motionlib.formats.npz_file import read_npz

    file = read_npz(path)
    facts = {
        "robot": file.robot_name,
        "robot_sha256": file.robot_semantic_sha256,
        "body_names": file.body_names or (),
        "dof_names": file.joint_names or (),
        "fps": file.fps,
        "velocity_rule": file.velocity_rule,
        "motion_names": file.clip_names,
    }
    return facts, [(each.source, each.source_sha256) for each in file.provenances]


def _pt_header(path: Path) -> tuple[Mapping[str, object], list[tuple[str, str]]]:
    from motionlib.formats.header import provenance_from_json
    from pipelines.cli.clips import pt_header

    header = pt_header(path)
    facts = {
        "robot": header.get("robot_name"),
        "robot_sha256": header.get("robot_semantic_sha256"),
        "body_names": header.get("body_names"),
        "dof_names": header.get("dof_names"),
        "velocity_rule": header.get("velocity_rule"),
        "motion_names": header.get("motion_names"),
    }
    texts = header.get("provenance", ())
    provenances = [provenance_from_json(text, str(path)) for text in texts]
    return facts, [(each.source, each.source_sha256) for each in provenances]


_HEADERS = {".npz": _npz_header, ".pt": _pt_header}

"""Weights & Biases as the registry; the only file that knows the `wandb` package.

Readers of BeyondMimic artifacts look for type `motions`, a file named `motion.npz` inside, and a
link in the shared catalogue `wandb-registry-motions/<name>` where one was asked for.
"""

import contextlib
import importlib
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from motionlib.errors import RegistryError
from motionlib.files import motion_home
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
    ArtifactFile,
    ArtifactManifest,
    Parent,
    facts_from_mapping,
)
from motionlib.registry.objects import describe_file, keep_files
from motionlib.registry.references import (
    DEFAULT_PROJECT,
    check_alias,
    check_file_name,
    check_name,
    parse_reference,
    version_number,
)

_LOG = logging.getLogger(__name__)
_KEY = "motion_workbench"


class WandbRegistry:
    """Artifacts on a wandb server; in offline mode they are logged for a later `wandb sync`.

    Credentials, server and mode are wandb's own: `WANDB_API_KEY`, `WANDB_BASE_URL`, `WANDB_MODE`.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        entity: str | None = None,
        project: str = DEFAULT_PROJECT,
    ) -> None:
        self.root = Path(root) if root is not None else motion_home() / "artifacts" / "wandb"
        self.entity = entity
        self.project = project

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
        """Log an artifact in a run of its own, with the parents as the run's inputs.

        A version's number is the server's to give: in offline mode the returned reference ends in
        `:offline-<run id>`, and parents stand in the artifact's metadata only.

        Raises:
            RegistryError: wandb is missing, refuses, or cannot link while offline.
        """
        check_name(name, "name")
        labels = [check_alias(alias) for alias in aliases]
        content = ArtifactManifest(
            entity=entity or self.entity or "",
            project=project,
            name=name,
            version=0,
            type=type,
            files=describe_files(files),
            parents=plain_parents(parents),
            facts=facts_from_mapping(metadata),
        )
        wandb = _import_wandb()
        with self._run(wandb, content.entity, project, "publish") as run:
            if run.offline and link:
                raise RegistryError(_offline(f"linking to wandb-registry-{type}/{name}"))
            label = _log(wandb, run, content, files, labels, link=link)
            owner = run.entity or content.entity or "offline"
        path = keep_files(self.root, content.files, files)
        manifest = replace(content, entity=owner, version=version_number(label) or 0)
        return ArtifactVersion(
            reference=f"{owner}/{project}/{name}:{label}",
            sha256=manifest.sha256,
            path=path,
            manifest=manifest,
            aliases=tuple(labels),
            created=True,
        )

    def pull(self, reference: str) -> ArtifactVersion:
        """Use and download a version, in the current run if there is one, else in a short one.

        Either way wandb records who consumed it.

        Raises:
            RegistryError: wandb is missing, offline, refuses, or sent other bytes than published.
        """
        wandb = _import_wandb()
        name = self._full_name(reference)
        current = contextlib.nullcontext(wandb.run)
        started = self._run(wandb, self.entity or "", self.project, "pull")
        with current if wandb.run is not None else started as run:
            if run.offline:
                raise RegistryError(_offline(f"using {name}"))
            with tempfile.TemporaryDirectory() as folder, _asking(wandb, name):
                artifact = run.use_artifact(name)
                for listed in artifact.manifest.entries:  # wandb writes where these names say
                    check_file_name(listed)
                root = Path(artifact.download(root=folder))
                paths = [check_inside(root, p) for p in root.rglob("*") if not p.is_dir()]
                files = {path.relative_to(root).as_posix(): path for path in paths}
                return self._received(artifact, files)

    def versions(self, collection: str) -> list[ArtifactVersion]:
        """All versions of `[entity/][project/]name` of type `motions`, oldest first.

        Nothing is downloaded: the versions' `path` is empty.

        Raises:
            RegistryError: wandb is missing, offline, or refuses.
        """
        wandb = _import_wandb()
        name = self._full_name(collection).rpartition(":")[0]
        with _asking(wandb, name):
            found = [_described(each) for each in self._api(wandb, name).artifacts("motions", name)]
        return sorted(found, key=lambda version: version.manifest.version)

    def collections(self) -> list[str]:
        """`entity/project/name` of every collection of type `motions` in the project.

        Raises:
            RegistryError: wandb is missing, offline, or refuses.
        """
        wandb = _import_wandb()
        where = f"{self.entity}/{self.project}" if self.entity else self.project
        with _asking(wandb, where):
            found = self._api(wandb, where).artifact_collections(where, "motions")
            return sorted(f"{each.entity}/{each.project}/{each.name}" for each in found)

    def lineage(self, reference: str) -> list[LineageStep]:
        """The artifact and its ancestors as our metadata records them, depth first.

        Raises:
            RegistryError: wandb is missing, offline, or refuses.
        """
        wandb = _import_wandb()
        name = self._full_name(reference)
        api = self._api(wandb, name)

        def find(wanted: str) -> ArtifactVersion:
            with _asking(wandb, wanted):
                return _described(api.artifact(wanted))

        return walk_lineage(find(name), find)

    def _full_name(self, reference: str) -> str:
        """Spelling that wandb expects: the entity may be left out, the alias may not."""
        parsed = parse_reference(reference, entity=self.entity or "entity", project=self.project)
        full = f"{parsed.project}/{parsed.name}:{parsed.label}"
        given = self.entity or reference.count("/") == 2
        return f"{parsed.entity}/{full}" if given else full

    def _api(self, wandb: Any, wanted: str) -> Any:
        if wandb.setup().settings.mode in ("offline", "dryrun", "disabled"):
            raise RegistryError(_offline(f"looking up {wanted}"))
        with _asking(wandb, wanted):
            return wandb.Api()

    @contextlib.contextmanager
    def _run(self, wandb: Any, entity: str, project: str, job_type: str) -> Iterator[Any]:
        self.root.mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(console="off", quiet=True, disable_code=True)
        with _asking(wandb, project):
            run = wandb.init(
                entity=entity or None,
                project=project,
                job_type=job_type,
                dir=str(self.root),
                settings=settings,
                reinit="create_new",
            )
        try:
            if run.disabled:
                raise RegistryError(
                    f"{project}: wandb is disabled, so nothing would be logged; set "
                    "WANDB_MODE=online or offline, or use --registry local"
                )
            yield run
        finally:
            run.finish()

    def _received(self, artifact: Any, files: Mapping[str, Path]) -> ArtifactVersion:
        version = _described(artifact)
        found = {name: describe_file(path) for name, path in files.items()}
        expected = dict(version.manifest.files)
        if expected and found != expected:
            wrong = sorted(n for n in {**found, **expected} if found.get(n) != expected.get(n))
            raise RegistryError(
                f"{version.reference}: {', '.join(wrong)} arrived with other bytes than were "
                "published; pull again, or publish the original file again"
            )
        path = keep_files(self.root, found, files)
        return _described(artifact, path, found)


def _log(
    wandb: Any,
    run: Any,
    content: ArtifactManifest,
    files: Mapping[str, Path],
    labels: Sequence[str],
    *,
    link: bool,
) -> str:
    """Log the artifact; returns its version, or `offline-<run id>`."""
    note = {
        "files": {name: asdict(file) for name, file in content.files.items()},
        "parents": [asdict(parent) for parent in content.parents],
        "facts": asdict(content.facts),
    }
    with _asking(wandb, content.name):
        for parent in content.parents:
            if parent.kind == "artifact" and not run.offline:
                run.use_artifact(parent.reference)
        artifact = wandb.Artifact(content.name, content.type, metadata={_KEY: note})
        for name, path in sorted(files.items()):
            artifact.add_file(str(path), name=name)
        logged = run.log_artifact(artifact, aliases=list(labels))
        if run.offline:
            _LOG.info("logged %s offline; `wandb sync %s` uploads it", content.name, run.dir)
            return f"offline-{run.id}"
        logged.wait()
        if link:
            run.link_artifact(logged, f"wandb-registry-{content.type}/{content.name}")
        return str(logged.version)


def _described(artifact: Any, path: Path = Path(), files: Any = None) -> ArtifactVersion:
    """A logged wandb artifact in our words; `files` where the metadata does not list them.

    Raises:
        RegistryError: A name or a value of its metadata is not usable.
    """
    where = f"{artifact.entity}/{artifact.project}/{artifact.collection.name}:{artifact.version}"
    try:
        note = (artifact.metadata or {}).get(_KEY, {})
        listed = {name: ArtifactFile(**item) for name, item in note.get("files", {}).items()}
        manifest = ArtifactManifest(
            entity=artifact.entity,
            project=artifact.project,
            name=artifact.collection.name,
            version=version_number(artifact.version) or 0,
            type=artifact.type,
            files=listed or files or {},
            parents=tuple(Parent(**item) for item in note.get("parents", ())),
            facts=facts_from_mapping(note.get("facts", {})),
        )
    except (TypeError, AttributeError, ValueError) as error:
        raise RegistryError(
            f"{where}: its metadata {_KEY!r} is not what this program writes ({error!r:.200}); "
            "publish the artifact again"
        ) from error
    check_manifest(manifest, where, any_files=True)
    return ArtifactVersion(
        reference=manifest.reference,
        sha256=manifest.sha256,
        path=path,
        manifest=manifest,
        aliases=tuple(artifact.aliases),
    )


@contextlib.contextmanager
def _asking(wandb: Any, wanted: str) -> Iterator[None]:
    """Turn what wandb raises for a refusal or a missing server into a RegistryError."""
    try:
        yield
    except (wandb.errors.Error, ValueError, TimeoutError) as error:
        raise RegistryError(
            f"{wanted}: wandb refused: {error}; check the name, `wandb login` (or WANDB_API_KEY) "
            "and WANDB_BASE_URL, or use --registry local"
        ) from error


def _offline(what: str) -> str:
    return (
        f"{what} needs the wandb server, and wandb is in offline mode; set WANDB_MODE=online with "
        "WANDB_API_KEY (or `wandb login`) and `wandb sync` what was logged offline, "
        "or use --registry local"
    )


def _import_wandb() -> Any:
    try:
        return importlib.import_module("wandb")
    except ImportError as error:
        raise RegistryError(
            "the wandb package is not installed; install it in the checkout with "
            "`pip install -e '.[wandb]'`, or use --registry local"
        ) from error

"""Layers: what a stage left on disk, found again by content instead of made again.

A stage is one step of the graph, from its inputs to its output; a layer is one such output, whole,
in a folder named by its key, the hash of all that it was made from.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from motionlib.errors import MotionError
from motionlib.files import (
    Stamp,
    atomic_folder,
    crc32_of_file,
    locked,
    motion_home,
    sha256_once,
    stamp_of,
    sweep_leftovers,
    write_bytes,
)
from motionlib.imports import source_files
from motionlib.meaning import meaning_of_files
from motionlib.sealed import DamagedError, read_sealed, write_sealed

RECORD = "made_from.json"
"""Record in every layer: inputs, hash of its content, size and checksum of each of its files."""
NEWEST = "latest.json"
"""File in every stage's folder that says which of its layers is the newest."""
_ROOMS = ("assets", "motionlib", "retarget", "training")
_LOCK, _MANIFEST = ".lock", "manifest.json"
_CHANGED = "its bytes changed since this asset was made"
_checked: dict[Path, tuple[dict[str, Stamp], str]] = {}
"""Layers whose bytes this process has checked, with identity and times of their files then."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Output of one stage; what the next stage receives."""

    path: Path
    """Folder of the layer, or its file where the stage has exactly one."""
    sha256: str
    """Hash of its content: equal layers need no new work downstream."""
    reference: str = ""
    """`entity/project/name:vN` in the registry, if it was published."""
    reused: bool = False
    """Found on disk, made by an earlier run from the same inputs."""
    others: tuple[Path, ...] = ()
    """Further files that decide its content, where `path` is one file of several: a robot's."""


class LayerError(MotionError):
    """A stage's output is missing or damaged."""


def sha256_of_folder(folder: Path) -> str:
    """Hex sha256 over the names and contents of a folder's files, the stage's record excluded."""
    digest = hashlib.sha256()
    for name, file in _files_of(folder).items():
        digest.update(f"{name}\0".encode())
        digest.update(sha256_once(file).encode())  # published files are hashed again
    return digest.hexdigest()


def sha256_of_sources(*places: str) -> str:
    """Hex sha256 of what Python files of this checkout mean: the code version of a stage.

    Comments, docstrings and layout are no part of it (`motionlib/meaning.py`).

    Args:
        places: Modules, with a dot in their names: their files and those of all that they import
            from our own rooms, wherever the import stands. Folders: every file in them.
    """
    root = Path(__file__).resolve().parent.parent
    modules = [place for place in places if "." in place]
    files = set(source_files(modules, rooms=_ROOMS))
    for folder in set(places) - set(modules):
        files |= set((root / folder).rglob("*.py"))
    return meaning_of_files(files, root)


def sha256_of_values(values: Mapping[str, object]) -> str:
    """Hex sha256 of plain values (numbers, strings, lists, mappings), whatever their key order."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def build_layer(
    folder: Path,
    inputs: Mapping[str, object],
    make: Callable[[Path], None],
    *,
    keep: int | None = None,
) -> Layer:
    """The layer that `make` writes into an empty folder, or the same one found on disk.

    A finished layer appears by one rename, so an interrupted stage leaves nothing that looks
    finished; of several processes that want the same one, one makes it and the others wait. One
    that is found is used only after its bytes were checked against the checksums of its record,
    once a process (a CRC-32 of each file: 2 GB a second or so); if they changed, it is made again.

    Args:
        folder: Parent of the layers of this stage; each set of inputs has a folder in it.
        inputs: Everything the result depends on: upstream hashes, parameters, code version.
        make: Writes the files of the layer into the folder it is given.
        keep: How many layers of this stage stay on disk when a new one is made, the newest; None
            keeps all.
    """
    key = sha256_of_values(inputs)
    target = folder / key[:16]
    if found := _intact_sha256(target):
        return Layer(path=target, sha256=found, reused=True)
    with locked(folder / _LOCK):
        if found := _intact_sha256(target):
            return Layer(path=target, sha256=found, reused=True)
        sweep_leftovers(folder)
        with atomic_folder(target) as working:
            make(working)
            sha256 = sha256_of_folder(working)
            files = {
                name: [file.stat().st_size, crc32_of_file(file)]
                for name, file in _files_of(working).items()
            }
            record = {"sha256": sha256, "inputs": dict(inputs), "files": files}
            write_sealed(working / RECORD, record)
        if keep is not None:
            _drop_oldest(folder, keep)
    return Layer(path=target, sha256=sha256)


def problem_of(folder: Path) -> str:
    """What is wrong with a layer's bytes, in a few words; empty if they are as they were made.

    Raises:
        OSError: A file cannot be read.
    """
    try:
        record = read_sealed(folder / RECORD)
        told = {str(name): tuple(file) for name, file in record["files"].items()}
    except FileNotFoundError:
        return f"{RECORD} is missing"
    except (DamagedError, AttributeError, KeyError, TypeError):
        return f"{RECORD} is damaged or of another version"
    files = _files_of(folder)
    if odd := sorted(told.keys() ^ files.keys()):
        return f"{odd[0]} is {'missing' if odd[0] in told else 'not part of it'}"
    stamps = {name: stamp_of(file.stat()) for name, file in files.items()}
    if folder in _checked and _checked[folder][0] == stamps:
        return ""
    for name, file in files.items():
        if told[name] != (file.stat().st_size, crc32_of_file(file)):
            return f"the bytes of {name} changed since it was made"
    _checked[folder] = (stamps, str(record["sha256"]))
    return ""


def _intact_sha256(folder: Path) -> str:
    """The recorded hash of a layer whose bytes were checked; empty if it has to be made."""
    if not folder.exists():
        return ""
    if problem := problem_of(folder):
        _log.warning("%s: %s; it is made again", folder, problem)
        return ""
    return _checked[folder][1]


def _files_of(folder: Path) -> dict[str, Path]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != RECORD]
    return {file.relative_to(folder).as_posix(): file for file in files}


def _drop_oldest(folder: Path, keep: int) -> None:
    records = sorted(folder.glob(f"*/{RECORD}"), key=lambda path: path.stat().st_mtime_ns)
    for record in records[: max(0, len(records) - keep)]:
        shutil.rmtree(record.parent, ignore_errors=True)


def remember_layer(folder: Path, layer: Layer, *, source: str = "") -> None:
    """Note in a stage's folder which layer is its newest, and of which source it is."""
    pointer = {
        "path": str(layer.path),
        "sha256": layer.sha256,
        "reference": layer.reference,
        "source": source,
        # a file on its own has no record beside it that tells whether it changed
        "bytes": sha256_once(layer.path) if _stands_alone(layer.path) else "",
        "others": {str(other): sha256_once(other) for other in layer.others},
    }
    write_sealed(folder / NEWEST, pointer)


def newest_layer(folder: Path, name: str, *, source: str = "") -> Layer:
    """The layer that was remembered last, its bytes checked.

    Args:
        folder: Of the stage.
        name: Of the stage, for messages.
        source: What the recipe reads now; empty takes a layer of any source.

    Raises:
        LayerError: It was never made, was deleted, changed since, or is of another source.
    """
    again = "materialise this asset again"
    try:
        pointer = read_sealed(folder / NEWEST)
        made_of, content = pointer["source"], pointer["bytes"]
        others = {Path(name): told for name, told in pointer.get("others", {}).items()}
        layer = Layer(
            path=Path(pointer["path"]),
            sha256=pointer["sha256"],
            reference=pointer["reference"],
            reused=True,
            others=tuple(others),
        )
    except FileNotFoundError as error:
        raise LayerError(f"{name}: no layer on disk; materialise this asset first") from error
    except (DamagedError, AttributeError, KeyError, TypeError) as error:
        raise LayerError(f"{name}: {folder / NEWEST} is damaged; {again}") from error
    if source and made_of != source:
        raise LayerError(
            f"{name}: its newest layer is of {made_of or 'an unknown source'}, this run reads "
            f"{source}: another run came between; run the whole recipe again, or give each source "
            "a recipe of its own"
        )
    if not layer.path.exists():
        raise LayerError(f"{name}: {layer.path} is gone; {again}")
    if problem := _problem_of_layer(layer.path, content):
        raise LayerError(f"{name}: {layer.path}: {problem}; {again}")
    for other, told in others.items():
        if not other.is_file() or sha256_once(other) != told:
            raise LayerError(f"{name}: {other}: {_CHANGED}; {again}")
    return layer


def copy_to_reports(layer: Layer, reports: Path) -> None:
    """Lay copies of a layer's files where people look; those that are there unharmed stay.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    sweep_leftovers(reports)
    for name, file in _files_of(layer.path).items():
        content, target = file.read_bytes(), reports / name
        if not target.is_file() or target.read_bytes() != content:
            write_bytes(target, content)


def _stands_alone(path: Path) -> bool:
    """Whether it is a file that is no part of a layer's folder, such as a robot or a policy."""
    return path.is_file() and not (path.parent / RECORD).exists()


def _problem_of_layer(path: Path, content: str) -> str:
    """What is wrong with what a pointer stands for; empty if it is as it was made."""
    if _stands_alone(path):
        same = sha256_once(path) == content
        return "" if same else _CHANGED
    if path.is_dir() and (path / _MANIFEST).exists():
        return ""  # published: whoever pulls it from the registry checks all of it
    return problem_of(path if path.is_dir() else path.parent)


class Home(dg.ConfigurableResource):
    """The folders of everything made at run time."""

    path: str = ""
    """Folder of the home; empty means `MOTION_HOME`, `.motion` in the checkout by default."""
    sources: dict[str, str] = {}  # noqa: RUF012 - a field of the resource
    """Recipe to what it reads: its newest layers belong to that, and to no other source."""

    @property
    def folder(self) -> Path:
        """The home itself."""
        return Path(self.path).resolve() if self.path else motion_home()

    def source_of(self, key: dg.AssetKey) -> str:
        """What the recipe of an asset reads; empty if that is not known."""
        return self.sources.get(key.path[0], "")

    def cache(self, key: dg.AssetKey, partition: str = "") -> Path:
        """Folder of the layers of one asset, or of one partition of it."""
        return self.folder.joinpath("cache", *key.path, partition)

    @property
    def artifacts(self) -> Path:
        """Root of the local registry."""
        return self.folder / "artifacts"

    @property
    def results(self) -> Path:
        """Parent of the training results."""
        return self.folder / "results"

    def reports(self, recipe: str) -> Path:
        """Folder of one recipe's tables and reports, where people look and no stage reads."""
        return self.folder / "reports" / recipe


def newest_layers(home: Home, stage: str) -> dict[str, Layer]:
    """Recipe to its newest layer of a stage, of every recipe that has one.

    Raises:
        LayerError: One of them changed since it was made.
    """
    pointers = sorted((home.folder / "cache").glob(f"*/{stage}/{NEWEST}"))
    names = {pointer.parent.parent.name: pointer.parent for pointer in pointers}
    return {recipe: newest_layer(path, f"{recipe}/{stage}") for recipe, path in names.items()}


class LayerIOManager(dg.ConfigurableIOManager):
    """Hands layers from asset to asset as small JSON pointers, never as pickles."""

    home: dg.ResourceDependency[Home]

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Remember where the asset's newest layer lies."""
        if isinstance(obj, Layer):
            key = context.asset_key
            partition = context.asset_partition_key if context.has_asset_partitions else ""
            remember_layer(self.home.cache(key, partition), obj, source=self.home.source_of(key))

    def load_input(self, context: dg.InputContext) -> Layer:
        """The upstream asset's newest layer.

        Raises:
            LayerError: It was never made, was deleted, changed since, or is of another source.
        """
        key = context.asset_key
        partition = context.asset_partition_key if context.has_asset_partitions else ""
        name = "/".join([*key.path, partition]) if partition else "/".join(key.path)
        return newest_layer(self.home.cache(key, partition), name, source=self.home.source_of(key))

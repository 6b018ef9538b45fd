"""Layers: what a stage left on disk, found again by content instead of made again."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from motionlib.errors import MotionError
from motionlib.files import motion_home, process_runs, sha256_of_file, write_text

_RECORD = "made_from.json"
_NEWEST = "latest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Output of one stage; what the next stage receives."""

    path: Path
    """Its folder, or its file where the stage has exactly one."""
    sha256: str
    """Of its content: equal layers need no new work downstream."""
    reference: str = ""
    """`entity/project/name:vN` in the registry, if it was published."""
    reused: bool = False
    """Found on disk, made by an earlier run from the same inputs."""


class LayerError(MotionError):
    """A stage's output is missing."""


def sha256_of_folder(folder: Path) -> str:
    """Hex sha256 over the names and contents of a folder's files, the stage's record excluded."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != _RECORD:
            digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
            digest.update(sha256_of_file(file).encode())
    return digest.hexdigest()


def sha256_of_sources(*packages: str) -> str:
    """Hex sha256 of the Python files of rooms of this checkout: the code version of a stage."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


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
    finished. One is found by the sizes and times of its files, which a library of 10 GB has at
    once; where these changed its bytes are hashed, and where those did it is made again.

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
    _sweep(folder)
    working = folder / f".{key[:16]}.{os.getpid()}.tmp"
    working.mkdir(parents=True)
    try:
        make(working)
        sha256 = sha256_of_folder(working)
        record = {"sha256": sha256, "inputs": dict(inputs), "files": _stamps(working)}
        write_text(working / _RECORD, json.dumps(record, indent=1, sort_keys=True, default=str))
        if target.exists():
            shutil.rmtree(target)
        working.rename(target)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    if keep is not None:
        _drop_oldest(folder, keep)
    return Layer(path=target, sha256=sha256)


def _intact_sha256(folder: Path) -> str:
    """The recorded hash of a layer that is as it was made; empty if there is none."""
    record = _record_of(folder)
    if record.get("files") == _stamps(folder):
        return str(record["sha256"])
    found = str(record.get("sha256", ""))
    return found if found and found == sha256_of_folder(folder) else ""


def _stamps(folder: Path) -> dict[str, list[int]]:
    """Size and time of change of each file."""
    files = {file: file.stat() for file in sorted(folder.rglob("*")) if file.is_file()}
    return {
        file.relative_to(folder).as_posix(): [stat.st_size, stat.st_mtime_ns]
        for file, stat in files.items()
        if file.name != _RECORD
    }


def _drop_oldest(folder: Path, keep: int) -> None:
    records = sorted(folder.glob(f"*/{_RECORD}"), key=lambda path: path.stat().st_mtime_ns)
    for record in records[: max(0, len(records) - keep)]:
        shutil.rmtree(record.parent, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half written, and our own of an earlier attempt."""
    for left in folder.glob(".*.tmp"):
        pid = int(left.suffixes[-2].removeprefix("."))
        if pid == os.getpid() or not process_runs(pid):
            shutil.rmtree(left, ignore_errors=True)


def _record_of(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def remember_layer(folder: Path, layer: Layer) -> None:
    """Note in a stage's folder which layer is its newest."""
    pointer = {"path": str(layer.path), "sha256": layer.sha256, "reference": layer.reference}
    write_text(folder / _NEWEST, json.dumps(pointer, indent=1))


def newest_layer(folder: Path, name: str) -> Layer:
    """The layer that was remembered last.

    Raises:
        LayerError: It was never made, or was deleted; names the stage as `name`.
    """
    try:
        pointer = json.loads((folder / _NEWEST).read_text(encoding="utf-8"))
        layer = Layer(
            path=Path(pointer["path"]),
            sha256=pointer["sha256"],
            reference=pointer["reference"],
            reused=True,
        )
    except (OSError, ValueError, KeyError) as error:
        raise LayerError(f"{name}: no layer on disk; materialise this asset first") from error
    if not layer.path.exists():
        raise LayerError(f"{name}: {layer.path} is gone; materialise this asset again")
    return layer


class Home(dg.ConfigurableResource):
    """The folders of everything made at run time."""

    path: str = ""
    """Empty means `MOTION_HOME`, `.motion` in the checkout by default."""

    @property
    def folder(self) -> Path:
        """The home itself."""
        return Path(self.path).resolve() if self.path else motion_home()

    def cache(self, key: dg.AssetKey) -> Path:
        """Folder of the layers of one asset."""
        return self.folder.joinpath("cache", *key.path)

    @property
    def artifacts(self) -> Path:
        """Root of the local registry."""
        return self.folder / "artifacts"

    @property
    def results(self) -> Path:
        """Parent of the training results."""
        return self.folder / "results"

    def reports(self, recipe: str) -> Path:
        """Folder of one recipe's tables and reports, where people look."""
        return self.folder / "reports" / recipe


class LayerIOManager(dg.ConfigurableIOManager):
    """Hands layers from asset to asset as small JSON pointers, never as pickles."""

    home: dg.ResourceDependency[Home]

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Remember where the asset's newest layer lies."""
        if isinstance(obj, Layer):
            remember_layer(self.home.cache(context.asset_key), obj)

    def load_input(self, context: dg.InputContext) -> Layer:
        """The upstream asset's newest layer.

        Raises:
            LayerError: It was never made, or was deleted.
        """
        name = "/".join(context.asset_key.path)
        return newest_layer(self.home.cache(context.asset_key), name)

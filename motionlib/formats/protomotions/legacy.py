"""Files of ProtoMotions' second version: `.npy` skeleton motions are read, `.pt` modules are not."""

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.array_header import parse_header
from motionlib.containers.bounds import MAX_PICKLE_BYTES, MAX_PICKLE_STEPS, read_checked
from motionlib.containers.pickle_stand_ins import ADMITTED, ArrayRecord
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.zip_members import open_zip
from motionlib.errors import FormatError, KindError
from motionlib.showing import cut, shown, type_name

_TENSORS = {
    "rotation": 4,
    "root_translation": 3,
    "global_velocity": 3,
    "global_angular_velocity": 3,
}
_MODULE = "LoadedMotions"
_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyMotion:
    """One clip of T frames and J nodes, as the file has it; quaternions xyzw."""

    fps: float
    node_names: tuple[str, ...]
    parents: tuple[int, ...]
    """-1 for the root."""
    is_local: bool
    """Whether the rotations are to the parent, or else to the world."""
    arrays: dict[str, np.ndarray]
    """`rotation` (T, J, 4), `root_translation` (T, 3) m, `global_velocity` (T, J, 3) m/s,
    `global_angular_velocity` (T, J, 3) rad/s, `local_translation` (J, 3) m."""

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.arrays["rotation"])

    def problems(self) -> list[str]:
        """What is wrong with the numbers."""
        found = []
        for key, array in self.arrays.items():
            bad = ~np.isfinite(array.reshape(len(array), -1)).all(1)
            if bad.any():
                found.append(f"{key} has NaN or infinity, first in row {int(bad.argmax())}")
        norms = np.linalg.norm(self.arrays["rotation"], axis=-1)
        off = (np.abs(norms - 1.0) > _NORM_TOLERANCE).any(1)
        if off.any():
            found.append(f"rotation is not of unit length, first in frame {int(off.argmax())}")
        return found


def is_legacy_npy(path: Path) -> bool:
    """Whether a `.npy` is a pickle that speaks of a skeleton's tree; nothing in it is run.

    Raises:
        FormatError: No `.npy`.
    """
    content = read_checked(Path(path), MAX_PICKLE_BYTES)
    return parse_header(content, str(path)).dtype.hasobject and b"skeleton_tree" in content


def read_legacy_npy(path: Path) -> LegacyMotion:
    """Read a pickled skeleton motion without running anything that it names.

    Raises:
        FormatError: Truncated, hostile, or no such motion.
    """
    path = Path(path)
    content = read_checked(path, MAX_PICKLE_BYTES)
    header = parse_header(content, str(path))
    if not header.dtype.hasobject:
        raise KindError(
            f"{path}: an array of type {type_name(header.dtype)}, shape "
            f"{header.shape}; expected the pickled "
            "skeleton motion of ProtoMotions' second version"
        )
    return _motion(_pickled_object(content[header.data_start :], path), path)


def legacy_pt_note(path: Path) -> str:
    """What a `.pt` is if it is a pickled module of the second version; empty if it is not.

    The pickle is taken apart into its instructions; none is carried out.
    """
    try:
        with open_zip(path, "a torch file") as archive:
            name = next(each for each in archive.members if each.endswith("/data.pkl"))
            content = archive.content(name)
            code = content.buffer[content.start : content.start + content.size]
        named = any(name == _MODULE for name in _named_classes(code))
    except (FormatError, StopIteration, ValueError):
        return ""
    if not named:
        return ""
    return (
        f"a pickled {_MODULE} module of ProtoMotions' second version: opening it runs the code "
        "that it names, so it was not opened; pack the library again from its clips"
    )


def _named_classes(code: bytes) -> Iterator[str]:
    """Names of the globals that a pickle refers to, without their modules."""
    text = ""
    for instruction, argument, _ in islice(pickletools.genops(code), MAX_PICKLE_STEPS):
        if instruction.name == "GLOBAL":
            yield str(argument).rpartition(" ")[2]
        elif instruction.name == "STACK_GLOBAL":
            yield text
        elif isinstance(argument, str):
            text = argument


class _ObjectType:
    """Stand-in for numpy's type of Python objects."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None: ...


def _dtype(code: Any = "", *flags: Any) -> Any:
    return _ObjectType() if str(code)[:1] == "O" else ADMITTED["numpy", "dtype"](code, *flags)


def _pickled_object(content: bytes, path: Path) -> Any:
    found: list[Any] = []

    class Record(ArrayRecord):
        """An array; of objects, what it holds is handed out."""

        __slots__ = ()

        def __setstate__(self, state: Any) -> None:
            if isinstance(state, tuple) and len(state) == 5 and isinstance(state[2], _ObjectType):
                found.append(state[4])
                self.content = np.zeros(0)
            else:
                super().__setstate__(state)

    def reconstruct(*_: Any) -> Record:
        return Record()

    load_restricted(
        content,
        origin=str(path),
        allowed={
            ("numpy", "dtype"): _dtype,
            ("numpy.core.multiarray", "_reconstruct"): reconstruct,
            ("numpy._core.multiarray", "_reconstruct"): reconstruct,
        },
    )
    if len(found) != 1 or not isinstance(found[0], list) or len(found[0]) != 1:
        raise FormatError(f"{path}: not one pickled motion")
    return found[0][0]


def _motion(content: Any, path: Path) -> LegacyMotion:
    if not isinstance(content, dict):
        raise FormatError(f"{path}: holds a {type(content).__name__}, expected a dict by name")
    wanted = (*_TENSORS, "skeleton_tree", "fps")
    if missing := [key for key in wanted if key not in content]:
        raise FormatError(f"{path}: keys missing: {', '.join(missing)}")
    tree = content["skeleton_tree"]
    if not isinstance(tree, dict) or not isinstance(tree.get("node_names"), list):
        raise FormatError(f"{path}: skeleton_tree has no node_names")
    names = tuple(cut(str(name)) for name in tree["node_names"] if isinstance(name, str))
    parents = _array(tree, "parent_indices", path)
    arrays = {key: _array(content, key, path) for key in _TENSORS}
    arrays["local_translation"] = _array(tree, "local_translation", path)
    frames, nodes = arrays["rotation"].shape[0] if arrays["rotation"].ndim else 0, len(names)
    shapes = {key: (frames, nodes, last) for key, last in _TENSORS.items()}
    shapes |= {"root_translation": (frames, 3), "local_translation": (nodes, 3)}
    for key, shape in shapes.items():
        if arrays[key].shape != shape or 0 in shape:
            raise FormatError(f"{path}: {key} has shape {arrays[key].shape}, expected {shape}")
    if parents.shape != (nodes,):
        raise FormatError(f"{path}: parent_indices has shape {parents.shape}, expected ({nodes},)")
    fps = content["fps"]
    if not isinstance(fps, int | float | np.floating | np.integer) or not 0 < fps < 1e6:
        raise FormatError(f"{path}: fps is {shown(fps)}, expected a positive number")
    return LegacyMotion(
        fps=float(fps),
        node_names=names,
        parents=tuple(int(parent) for parent in parents),
        is_local=bool(content.get("is_local", True)),
        arrays=arrays,
    )


def _array(content: dict[str, Any], key: str, path: Path) -> np.ndarray:
    value = content.get(key)
    record = value.get("arr") if isinstance(value, dict) else value
    array = record.content if isinstance(record, ArrayRecord) else record
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise FormatError(f"{path}: {key} holds no numbers")
    return array

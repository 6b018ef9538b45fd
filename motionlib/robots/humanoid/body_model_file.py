"""A licensed body model's file (SMPL, SMPL+H, SMPL-X; `.pkl` or `.npz`) as plain arrays.

The published pickles hold chumpy and scipy objects beside numpy arrays. Neither library's code is
run: such objects are loaded as inert records, and their numbers are taken from those.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.array_zip import open_array_zip
from motionlib.containers.pickle_stand_ins import Inert
from motionlib.containers.restricted_pickle import load_restricted_file
from motionlib.errors import FormatError
from motionlib.showing import cut, shown, shown_error, type_name

MODEL_ARRAYS: Mapping[str, int] = {
    "v_template": 2,
    "shapedirs": 3,
    "posedirs": 3,
    "J_regressor": 2,
    "weights": 2,
    "kintree_table": 2,
    "f": 2,
}
"""Arrays that every model has, and their numbers of axes."""
_EXTRA_ARRAYS = (
    "hands_componentsl", "hands_componentsr", "hands_meanl", "hands_meanr",
    "lmk_faces_idx", "lmk_bary_coords",
)  # fmt: skip
_MAX_BYTES = 2 << 30
_MOST_ROWS = 1 << 16
"""Joints or vertices at most; the largest of the models has 10,475 vertices."""
_MOST_NUMBERS = 1 << 22
"""Numbers of a sparse table written out: 256 joints of 16,384 vertices."""
_SPARSE = ("csc", "csr", "coo")
_FOREIGN: dict[tuple[str, str], Any] = {
    ("chumpy.ch", "Ch"): Inert,
    ("chumpy.reordering", "Select"): Inert,
    **{
        (f"scipy.sparse.{mark}{layout}", f"{layout}_{suffix}"): Inert
        for layout in _SPARSE
        for mark in ("", "_")
        for suffix in ("matrix", "array")
    },
}


def read_body_model_file(path: Path) -> dict[str, np.ndarray]:
    """Arrays of a body model; every other key of the file is left aside.

    Args:
        path: `.pkl` as published, or `.npz`.

    Returns:
        Those of `MODEL_ARRAYS`, float64 or integer, and hand and landmark arrays if present.

    Raises:
        FormatError: Missing or damaged file, Git LFS pointer, a pickle that names more than
            numbers, another kind of file, a missing key, arrays of the wrong shape.
        OSError: The file cannot be opened.
    """
    path = Path(path)
    if path.suffix == ".npz":
        with open_array_zip(path) as archive:
            wanted = [k for k in (*MODEL_ARRAYS, *_EXTRA_ARRAYS) if k in archive]
            arrays = {key: archive.array(key).copy() for key in wanted}
    elif path.suffix == ".pkl":
        arrays = _from_pickle(path)
    else:
        raise FormatError(
            f"{path}: expected a body model as .pkl or .npz, found {path.suffix or 'no suffix'!r}"
        )
    _check(arrays, path)
    return arrays


def _from_pickle(path: Path) -> dict[str, np.ndarray]:
    table = load_restricted_file(path, allowed=_FOREIGN, max_bytes=_MAX_BYTES, encoding="latin1")
    if not isinstance(table, dict):
        raise FormatError(
            f"{path}: holds a {type(table).__name__}, expected the dictionary of a body model"
        )
    return {
        key: _plain(table[key], f"{path}: {key}")
        for key in (*MODEL_ARRAYS, *_EXTRA_ARRAYS)
        if key in table
    }


def _plain(value: object, field: str) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, list):
        try:
            return np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise FormatError(f"{field}: {shown(value)} is no array of numbers") from error
    if isinstance(value, Inert) and isinstance(value.state, dict):
        state = value.state
        try:
            if value.names.startswith("scipy"):
                return _dense(value.names, state)
            if "x" in state:
                return _plain(state["x"], field)
            picked = _plain(state["a"], field).ravel()[_plain(state["idxs"], field)]
            return picked.reshape(state.get("preferred_shape", picked.shape))
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise FormatError(
                f"{field}: a {cut(value.names)} without the numbers that it should hold ({shown_error(error)}); "
                "the file is damaged: download it again"
            ) from error
    raise FormatError(f"{field}: expected an array of numbers, found {type(value).__name__}")


def _dense(name: str, state: Mapping[str, Any]) -> np.ndarray:
    shape = tuple(int(size) for size in state.get("_shape", state.get("shape")))
    fits = len(shape) == 2 and all(0 < size <= _MOST_ROWS for size in shape)
    if not fits or shape[0] * shape[1] > _MOST_NUMBERS:
        raise ValueError(f"shape {shape}")
    layout = name.rpartition(".")[2].partition("_")[0]
    if layout == "coo":
        rows, columns = state["coords"] if "coords" in state else (state["row"], state["col"])
    else:
        counts = np.diff(state["indptr"])
        if counts.min(initial=0) < 0 or counts.sum() != len(state["indices"]):
            raise ValueError("row lengths that do not add up")
        rows, columns = state["indices"], np.repeat(np.arange(len(counts)), counts)
        if layout == "csr":
            rows, columns = columns, rows
    if min(rows.min(initial=0), columns.min(initial=0)) < 0:
        raise IndexError("negative index")
    dense = np.zeros(shape)
    np.add.at(dense, (rows, columns), state["data"])
    return dense


def _check(arrays: dict[str, np.ndarray], path: Path) -> None:
    missing = [key for key in MODEL_ARRAYS if key not in arrays]
    if missing:
        raise FormatError(
            f"{path}: {missing[0]} is missing (all missing: {', '.join(missing)}); expected a body "
            "model such as SMPL_NEUTRAL.pkl or SMPLX_NEUTRAL.npz, not a recording"
        )
    vertices, joints = len(arrays["v_template"]), arrays["kintree_table"].shape[-1]
    sizes = {
        "v_template": (vertices, 3),
        "shapedirs": (vertices, 3, -1),
        "posedirs": (vertices, 3, -1),
        "J_regressor": (joints, vertices),
        "weights": (vertices, joints),
        "kintree_table": (2, joints),
        "f": (-1, 3),
    }
    for key, size in sizes.items():
        shape = arrays[key].shape
        fits = len(shape) == len(size) and all(
            b in (-1, a) for a, b in zip(shape, size, strict=True)
        )
        if not fits or arrays[key].dtype.kind not in "fiu" or 0 in shape[:2]:
            expected = str(size).replace("-1", "n")
            raise FormatError(
                f"{path}: {key} has shape {shape} and type "
                f"{type_name(arrays[key].dtype)}, expected numbers "
                f"of shape {expected}; the file is damaged or of another kind"
            )
        if arrays[key].dtype.kind == "f" and not np.isfinite(arrays[key]).all():
            raise FormatError(f"{path}: {key} holds values that are not finite; download it again")
    faces = arrays["f"]
    if faces.min() < 0 or faces.max() >= vertices:
        raise FormatError(f"{path}: f names vertex {faces.max()}, there are {vertices}")

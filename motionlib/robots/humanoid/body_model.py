"""A user's licensed SMPL, SMPL+H or SMPL-X file at rest: joints, vertices, who owns which vertex.

The one place that runs `smplx`. It is given arrays that were read without unpickling; where its
constructor insists on a file (SMPL-X), that file is a plain one of the same arrays, written here.
"""

import contextlib
import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import smplx
import torch
from smplx.lbs import blend_shapes, vertices2joints
from smplx.utils import Struct

from motionlib.errors import FormatError, MotionError, nearest_names
from motionlib.robots.humanoid.body_model_file import read_body_model_file
from motionlib.robots.humanoid.tree import joint_names, joint_parents

GENDERS = ("neutral", "female", "male")
_FAMILIES = {24: "SMPL", 52: "SMPL+H", 55: "SMPL-X"}
_SHAPES_SMPLX = (10, 300)
_HAND_NUMBERS = 45
_SHORT_GENDERS = {"f": "female", "m": "male", "n": "neutral"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestBody:
    """A body model in its T-pose, in its own axes: x left, y up, z forward."""

    family: str
    """SMPL, SMPL+H or SMPL-X."""
    gender: str
    """Gender that the file's name says; empty where it does not."""
    betas: tuple[float, ...]
    """The shape that was asked for."""
    joint_names: tuple[str, ...]
    """Our names of the joints, in the model's order."""
    joints: np.ndarray
    """(J, 3) m."""
    vertices: np.ndarray
    """(V, 3) m."""
    faces: np.ndarray
    """(F, 3) int64 corners."""
    owners: np.ndarray
    """(V,) int64: the joint that moves each vertex most."""


def read_rest_body(path: Path, *, betas: Sequence[float] = (), gender: str = "") -> RestBody:
    """Shape a body model and put it at rest.

    Args:
        path: `.pkl` or `.npz` of the model, or a folder of them (then `gender` chooses, `neutral`
            if it is empty).
        betas: Shape; as many as the model has at most, the rest are zero.
        gender: One of `GENDERS`; empty takes the file as it is.

    Returns:
        Joints and vertices that `smplx` computes.

    Raises:
        FormatError: The file is no body model; see `read_body_model_file`.
        MotionError: No such file, another gender than asked for, too many betas.
    """
    if gender and gender not in GENDERS:
        raise MotionError(f"gender {gender!r}; {nearest_names(gender, GENDERS)}")
    file = _model_file(Path(path), gender)
    _check_gender(file, gender)
    arrays = read_body_model_file(file)
    family = _family(arrays, file)
    model = _smplx_model(family, arrays)
    if len(betas) > model.num_betas:
        raise MotionError(
            f"{file}: {len(betas)} betas, this model has {model.num_betas}; leave the last out"
        )
    if not np.isfinite(np.asarray(betas, dtype=np.float64)).all():
        raise MotionError(f"betas {tuple(betas)}: expected finite numbers")
    vertices, joints = _at_rest(model, betas)
    return RestBody(
        family=family,
        gender=_named_gender(file),
        betas=tuple(float(beta) for beta in betas),
        joint_names=joint_names(len(joints)),
        joints=joints,
        vertices=vertices,
        faces=arrays["f"].astype(np.int64),
        owners=arrays["weights"].argmax(axis=1),
    )


def _model_file(path: Path, gender: str) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise MotionError(
            f"{path}: no such file; expected a body model such as SMPL_NEUTRAL.pkl, which you "
            "download from its authors under their licence"
        )
    found = sorted(file for end in ("pkl", "npz") for file in path.glob(f"*.{end}"))
    fitting = [file for file in found if _named_gender(file) == (gender or "neutral")]
    if len(fitting) != 1:
        names = ", ".join(file.name for file in fitting or found) or "none"
        raise MotionError(
            f"{path}: expected one {gender or 'neutral'} body model in this folder, found {names}; "
            "name the file"
        )
    return fitting[0]


def _named_gender(file: Path) -> str:
    """Gender that a file's name states, as `SMPL_MALE.pkl` or `basicmodel_f_lbs_10.pkl`."""
    words = re.split(r"[^a-z]+", file.stem.lower())
    words += re.split(r"[^a-z]+", file.parent.name.lower()) if file.stem == "model" else []
    for word in words:
        if word in GENDERS or word in _SHORT_GENDERS:
            return _SHORT_GENDERS.get(word, word)
    return ""


def _check_gender(file: Path, gender: str) -> None:
    named = _named_gender(file)
    if gender and named and named != gender:
        raise MotionError(
            f"{file}: the name says {named}, you asked for {gender}; a body model has one gender: "
            f"give the {gender} file, or leave --gender out"
        )


def _family(arrays: dict[str, np.ndarray], path: Path) -> str:
    joints = arrays["kintree_table"].shape[1]
    if joints not in _FAMILIES:
        raise FormatError(
            f"{path}: {joints} joints, expected 24 (SMPL), 52 (SMPL+H) or 55 (SMPL-X); hand and "
            "face models have no body"
        )
    parents = arrays["kintree_table"][0, 1:].astype(np.int64)
    if not np.array_equal(parents, joint_parents(joints)[1:]):
        raise FormatError(
            f"{path}: kintree_table is not the tree of {_FAMILIES[joints]}; the file is damaged or "
            "of another kind"
        )
    return _FAMILIES[joints]


def _smplx_model(family: str, arrays: dict[str, np.ndarray]) -> Any:
    common: dict[str, Any] = {"dtype": torch.float64, "flat_hand_mean": True, "use_pca": False}
    data = arrays | _hands(arrays)
    shapes = int(arrays["shapedirs"].shape[2])
    if family == "SMPL-X":
        few, many = _SHAPES_SMPLX
        common["num_betas"] = many if shapes >= many + 100 else few
        landmarks = {
            "lmk_faces_idx": np.zeros(1, dtype=np.int64),
            "lmk_bary_coords": np.zeros((1, 3)),
        }
        return _smplx_from_file(landmarks | data, common)
    # smplx reads ten shapes of a file that has fewer than it expects; ours may have sixteen
    base = smplx.SMPL if family == "SMPL" else smplx.SMPLH
    model = type(base.__name__, (base,), {"SHAPE_SPACE_DIM": shapes})
    with contextlib.redirect_stdout(io.StringIO()):
        return model(model_path="", data_struct=Struct(**data), num_betas=shapes, **common)


def _smplx_from_file(data: dict[str, np.ndarray], options: dict[str, Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        file = Path(folder) / "model.npz"
        np.savez(file, **data)  # pyright: ignore[reportArgumentType]
        return smplx.SMPLX(model_path=str(file), ext="npz", **options)


def _hands(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Hand poses that some distributions leave out; at rest a hand is flat whatever they are."""
    parts = {"components": (_HAND_NUMBERS, _HAND_NUMBERS), "mean": (_HAND_NUMBERS,)}
    return {
        f"hands_{part}{side}": np.zeros(shape)
        for part, shape in parts.items()
        for side in "lr"
        if f"hands_{part}{side}" not in arrays
    }


def _at_rest(model: Any, betas: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) and (J, 3) m: the shaped template and its joints, before any pose."""
    shape: Any = torch.zeros(1, model.num_betas, dtype=torch.float64)
    shape[0, : len(betas)] = torch.as_tensor(betas, dtype=torch.float64)
    with torch.no_grad():
        vertices = model.v_template + blend_shapes(shape, model.shapedirs)
        joints = vertices2joints(model.J_regressor, vertices)
    return vertices[0].numpy(), joints[0].numpy()

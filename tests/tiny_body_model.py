"""Body models in SMPL's own file formats, with our proportions and a dozen vertices a joint."""

import io
import pickle
import struct
import sys
import types
from typing import Any, ClassVar

import numpy as np
import scipy.sparse

from motionlib.robots.humanoid.average import table_humanoid
from motionlib.robots.humanoid.tree import humanoid_tree, joint_names, joint_parents

RING = 12
ORIGIN = np.array([0.01, 1.2, -0.02])
"""m, SMPL's axes: taken from every vertex, so that the pelvis does not rest at the origin."""
_WIDE = {"Pelvis": 0.14, "Torso": 0.13, "Spine": 0.13, "Chest": 0.14, "Head": 0.08}


def true_joints(joints: int) -> np.ndarray:
    """(J, 3) m, SMPL's axes (x left, y up, z forward)."""
    table = {}
    for kind in ("smplx", "smpl"):
        humanoid = table_humanoid(kind)
        table |= dict(zip(humanoid_tree(kind), humanoid.joints, strict=True))
    head = table["Head"]
    face = {"Jaw": (0.03, 0.0, 0.02), "L_Eye": (0.07, 0.03, 0.06), "R_Eye": (0.07, -0.03, 0.06)}
    table |= {name: head + np.array(offset) for name, offset in face.items()}
    robot = np.array([table[name] for name in joint_names(joints)])
    return robot[:, [1, 2, 0]] - ORIGIN


def tiny_arrays(joints: int = 24, *, shapes: int = 10, seed: int = 0) -> dict[str, np.ndarray]:
    """Arrays of a model: a closed prism a joint; the first shape number is overall size."""
    rng = np.random.default_rng(seed)
    places, parents = true_joints(joints), joint_parents(joints)
    vertices, faces, regressor = [], [], np.zeros((joints, 2 * RING * joints))
    for joint, name in enumerate(joint_names(joints)):
        first = 2 * RING * joint
        regressor[joint, first : first + RING] = 1.0 / RING
        vertices.append(_prism(name, places[joint], _bone(joint, places, parents)))
        faces.append(first + _prism_faces())
    v_template = np.concatenate(vertices)
    shapedirs = 0.002 * rng.standard_normal((len(v_template), 3, shapes))
    shapedirs[:, :, 0] = 0.05 * v_template
    table = np.array([parents, range(joints)])
    table[0, 0] = 2**32 - 1
    return {
        "v_template": v_template,
        "shapedirs": shapedirs,
        "posedirs": rng.standard_normal((len(v_template), 3, 9 * (joints - 1))),
        "J_regressor": regressor,
        "weights": np.repeat(np.eye(joints), 2 * RING, axis=0),
        "kintree_table": table,
        "f": np.concatenate(faces).astype(np.uint32),
    }


def python2_pickle(table: dict[str, Any]) -> bytes:
    """Protocol 2 as Python 2 wrote it: text and bytes alike are byte strings."""
    buffer = io.BytesIO()
    _Python2Pickler(buffer, protocol=2).dump(table)
    return buffer.getvalue()


def published_pickle(arrays: dict[str, np.ndarray]) -> bytes:
    """As SMPL is published: chumpy objects, a sparse regressor, and keys that nobody needs."""
    modules = {
        name: types.ModuleType(name) for name in ("chumpy", "chumpy.ch", "chumpy.reordering")
    }
    ch = _foreign_class(modules["chumpy.ch"], "Ch")
    select = _foreign_class(modules["chumpy.reordering"], "Select")
    whole = ch(x=arrays["v_template"], _dirty_vars={"x"}, _itr=None)
    chosen = select(
        a=ch(x=np.concatenate([np.zeros(5), arrays["shapedirs"].ravel()])),
        idxs=np.arange(arrays["shapedirs"].size) + 5,
        preferred_shape=arrays["shapedirs"].shape,
    )
    table = arrays | {
        "v_template": whole,
        "shapedirs": chosen,
        "J_regressor": scipy.sparse.csc_matrix(arrays["J_regressor"]),
        "bs_type": "lrotmin",
        "pose_training_info": {"pose": "T"},
    }
    sys.modules |= modules
    try:
        return python2_pickle(table)
    finally:
        for name in modules:
            del sys.modules[name]


def _foreign_class(module: types.ModuleType, name: str) -> Any:
    """A class that pickles by name and keeps what it is given."""

    def keep(self: Any, **state: Any) -> None:
        self.__dict__.update(state)

    made = type(name, (), {"__module__": module.__name__, "__init__": keep})
    setattr(module, name, made)
    return made


def _save_bytes(pickler: Any, text: bytes | str) -> None:
    raw = text.encode("latin1") if isinstance(text, str) else text
    pickler.write(pickle.BINSTRING + struct.pack("<i", len(raw)) + raw)
    pickler.memoize(text)


_Pickler: Any = pickle._Pickler


class _Python2Pickler(_Pickler):
    dispatch: ClassVar[dict[type, Any]] = _Pickler.dispatch | {bytes: _save_bytes, str: _save_bytes}


def _bone(joint: int, places: np.ndarray, parents: tuple[int, ...]) -> np.ndarray:
    children = [child for child, parent in enumerate(parents) if parent == joint]
    if children:
        bone = places[max(children, key=lambda c: places[c][1])] - places[joint]
        return bone if joint else np.array([0.0, 0.08, 0.0])
    bone = places[joint] - places[parents[joint]]
    if joint_names(len(places))[joint].endswith("Toe"):
        bone = np.array([0.0, 0.0, 0.07])
    return 0.8 * bone


def _prism(name: str, start: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """(2 RING, 3) m: a ring about the joint, another about the bone's end."""
    radius = min(0.35 * float(np.linalg.norm(bone)), 0.06)
    along = bone / np.linalg.norm(bone)
    side = np.cross(along, (0.0, 0.0, 1.0) if abs(along[2]) < 0.9 else (0.0, 1.0, 0.0))
    side /= np.linalg.norm(side)
    up = np.cross(along, side)
    wide = _WIDE.get(name, radius)
    if name.endswith(("Ankle", "Toe")):
        radius = wide = 0.015
    angles = np.linspace(0.0, 2.0 * np.pi, RING, endpoint=False)[:, None]
    ring = np.cos(angles) * side * wide + np.sin(angles) * up * radius
    return np.concatenate([start + ring, start + bone + ring])


def _prism_faces() -> np.ndarray:
    faces = []
    for i in range(RING):
        j = (i + 1) % RING
        faces += [(i, j, RING + j), (i, RING + j, RING + i)]
    for i in range(1, RING - 1):
        faces += [(0, i + 1, i), (RING, RING + i, RING + i + 1)]
    return np.array(faces)

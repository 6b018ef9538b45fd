"""The humanoid of one body model's shape: its joints, and shapes and masses from its skin."""

import logging

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from motionlib.errors import MotionError
from motionlib.robots.humanoid.body_model import RestBody
from motionlib.robots.humanoid.contacts import exclude_touching
from motionlib.robots.humanoid.description import Humanoid, Shape
from motionlib.robots.humanoid.tree import HumanoidKind, humanoid_parents, humanoid_tree

DENSITY = 985.0
"""kg/m³ of a living body, lungs half full."""
_ROBOT_AXES = [2, 0, 1]
"""Columns (z, x, y) of a body model's vectors are a robot's (x forward, y left, z up)."""
_TRUNK = ("Pelvis", "Torso", "Spine", "Chest")
_BOXES = ("Ankle", "Toe", "Hand", "Wrist")
_FEET = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")
_TRIM = 2.0
"""Percent of a part's vertices that a box or capsule leaves outside at each end."""
_SMALLEST = 0.005
"""m: radius, and half edge of a box."""
_LEAST_VERTICES = 4
_LOGGER = logging.getLogger(__name__)


def mesh_humanoid(kind: HumanoidKind, rest: RestBody, *, name: str) -> Humanoid:
    """Build the humanoid of a shaped body model.

    Args:
        kind: Tree. A model with fingers also makes an `smpl`, whose hands are then one body each
            that begins between the knuckles; SMPL itself has no fingers to make an `smplx` of.
        rest: The model at rest.
        name: Of the robot.

    Returns:
        Joints exactly the model's; capsules and boxes fitted to the vertices that each body
        owns; masses by convex hulls, scaled to the mesh's volume; the ground under the feet.

    Raises:
        MotionError: A model without fingers for `smplx`, a mesh that encloses nothing, a body
            without vertices.
    """
    if kind == "smplx" and rest.family == "SMPL":
        raise MotionError(
            "an smplx humanoid needs fingers, SMPL has none; give an SMPL-X or SMPL+H model, or "
            "build smpl"
        )
    bodies = list(humanoid_tree(kind))
    joints = _joints(rest, bodies)
    vertices = rest.vertices[:, _ROBOT_AXES]
    owners = _owners(rest, bodies)
    parts = [vertices[owners == body] for body in range(len(bodies))]
    for body, part in zip(bodies, parts, strict=True):
        if len(part) < _LEAST_VERTICES:
            raise MotionError(
                f"{body} owns {len(part)} vertices, expected at least {_LEAST_VERTICES}; the "
                "model's weights are damaged"
            )
    ground = min(parts[bodies.index(foot)][:, 2].min() for foot in _FEET)
    shapes = tuple(
        (_shape(kind, index, bodies, joints, parts[index], ground),) for index in range(len(bodies))
    )
    masses = _masses(rest, parts)
    joints = joints - np.array([0.0, 0.0, ground])
    rest_root = rest.joints[0]
    betas = ", ".join(f"{beta:g}" for beta in rest.betas)
    humanoid = Humanoid(
        name=name,
        kind=kind,
        about=(
            f"Built from a {rest.family} model{f' ({rest.gender})' if rest.gender else ''}, "
            + (f"betas {betas};" if betas else "its mean shape;"),
            "the model's licence applies to what is derived from it.",
        ),
        joints=joints,
        shapes=shapes,
        masses=masses,
        lowest_body_height=round(float(joints[:, 2].min()), 5),
        rest_root_pos=(float(rest_root[0]), float(rest_root[1]), float(rest_root[2])),
    )
    return exclude_touching(humanoid)


def _joints(rest: RestBody, bodies: list[str]) -> np.ndarray:
    """(B, 3) m, robot axes."""
    places = rest.joints[:, _ROBOT_AXES]
    names = rest.joint_names
    joints = []
    for body in bodies:
        if body in names:
            joints.append(places[names.index(body)])
        else:
            knuckles = [f"{body[0]}_{finger}1" for finger in ("Index", "Middle", "Pinky", "Ring")]
            joints.append(np.mean([places[names.index(name)] for name in knuckles], axis=0))
    return np.array(joints)


def _owners(rest: RestBody, bodies: list[str]) -> np.ndarray:
    """(V,) body of each vertex: jaw and eyes are the head's, fingers a single hand's."""
    of_joint = []
    for name in rest.joint_names:
        if name in bodies:
            owner = name
        elif name in {"Jaw", "L_Eye", "R_Eye"}:
            owner = "Head"
        else:
            owner = f"{name[0]}_Hand" if f"{name[0]}_Hand" in bodies else f"{name[0]}_Wrist"
        of_joint.append(bodies.index(owner))
    return np.array(of_joint)[rest.owners]


def _shape(
    kind: HumanoidKind,
    index: int,
    bodies: list[str],
    joints: np.ndarray,
    part: np.ndarray,
    ground: float,
) -> Shape:
    body = bodies[index]
    name = body.rpartition("_")[2]
    points = part - joints[index]
    if name in _BOXES:
        return _box(body, points, ground - joints[index, 2])
    if name in _TRUNK:
        return _lying_capsule(body, points)
    if name == "Head":
        return _standing_capsule(body, points)
    children = [child for child, parent in enumerate(humanoid_parents(kind)) if parent == index]
    if children:
        return _limb(body, points, joints[children[0]] - joints[index])
    return _limb(body, points, points[np.linalg.norm(points, axis=1).argmax()])


def _span(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = np.percentile(points, [_TRIM, 100.0 - _TRIM], axis=0)
    middle, half = 0.5 * (lower + upper), np.maximum(0.5 * (upper - lower), _SMALLEST)
    return middle - half, middle + half


def _box(body: str, points: np.ndarray, ground: float) -> Shape:
    lower, upper = _span(points)
    if body.endswith("Ankle"):
        # the skin goes up the shin; the box ends below the joint
        upper[2] = 0.2 * ground
    if body.endswith(("Ankle", "Toe")):
        lower[2] = ground
        upper[2] = max(upper[2], ground + 2.0 * _SMALLEST)
    return Shape(name=body, kind="box", first=_triple(lower), second=_triple(upper))


def _lying_capsule(body: str, points: np.ndarray) -> Shape:
    lower, upper = _span(points)
    middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    radius = min(half[0], half[1] - _SMALLEST)
    across = np.array([0.0, half[1] - radius, 0.0])
    return _capsule(body, middle - across, middle + across, radius)


def _standing_capsule(body: str, points: np.ndarray) -> Shape:
    lower, upper = points.min(axis=0), points.max(axis=0)
    middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    radius = min(0.5 * (half[0] + half[1]), half[2] - _SMALLEST)
    along = np.array([0.0, 0.0, half[2] - radius])
    return _capsule(body, middle - along, middle + along, radius)


def _limb(body: str, points: np.ndarray, bone: np.ndarray) -> Shape:
    """A capsule from the joint to the next one, as thick as the skin is in the middle."""
    length = float(np.linalg.norm(bone))
    direction = bone / length
    along = points @ direction
    centre = points[(along > 0.2 * length) & (along < 0.8 * length)]
    centre = centre if len(centre) >= _LEAST_VERTICES else points
    away = centre - np.outer(centre @ direction, direction)
    offset = 0.5 * (away.min(axis=0) + away.max(axis=0))
    radius = float(np.median(np.linalg.norm(away - offset, axis=1)))
    radius = max(min(radius, 0.5 * length), _SMALLEST)
    inset = min(0.5 * radius, 0.4 * length)
    first, second = direction * inset + offset, direction * (length - inset) + offset
    return _capsule(body, first, second, radius)


def _capsule(body: str, first: np.ndarray, second: np.ndarray, radius: float) -> Shape:
    return Shape(
        name=body,
        kind="capsule",
        first=_triple(first),
        second=_triple(second),
        radius=max(float(radius), _SMALLEST),
    )


def _masses(rest: RestBody, parts: list[np.ndarray]) -> np.ndarray:
    """(B,) kg: shares of the convex hulls, sum by the volume of the mesh."""
    corners = rest.vertices[rest.faces]
    volume = float(np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)
    if not volume > 0.0:
        raise MotionError(
            f"the mesh encloses {volume:.4g} m³, expected a closed surface with outward faces; the "
            "model's faces or betas are damaged"
        )
    hulls = np.array([_hull_volume(part) for part in parts])
    _LOGGER.info("mesh %.4g m³, convex hulls of its parts %.4g m³", volume, hulls.sum())
    return DENSITY * volume * hulls / hulls.sum()


def _hull_volume(part: np.ndarray) -> float:
    try:
        return float(ConvexHull(part).volume)
    except QhullError:
        lower, upper = _span(part)  # flat: as a thin box
        return float(np.prod(upper - lower))


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])

"""Which bodies of a model are feet, hands, trunk and head, told from its geometry alone."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import itertools
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from motionlib.robots.proposal.shapes import Posture
from motionlib.robots.yaml_values import robot_problem

_NEAR_GROUND = 0.05
"""Share of the robot's height within which a leg's tip is of the ground in the zero pose."""
_TOUCHING = 0.015
"""Share of the height within which the body above a toe reaches the ground too: it is the foot."""
_ASIDE = 0.02
"""Share of the height from the middle at which a body belongs to a side."""
_MIRRORED = 0.05
"""Share of the height by which a hand may miss the mirror image of the other."""
_ARM_HINGES = 3
"""Hinges of an arm at least; ears and antennas have fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limb:
    """A leg or an arm: body indices of the model from the first that moves to foot or hand."""

    bodies: tuple[int, ...]
    left: bool

    @property
    def tip(self) -> int:
        """Its foot or hand."""
        return self.bodies[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoles:
    """Body indices of a model by what they are; left before right."""

    legs: tuple[Limb, ...]
    arms: tuple[Limb, ...]
    anchor: int
    head: int
    tracked: tuple[int, ...]
    """In the model's order, the root first."""


def model_roles(path: Path, model: mujoco.MjModel) -> ModelRoles:
    """Roles of a model's bodies, from how it stands with all joints at zero.

    Raises:
        RobotError: No hinge, no shape, or nothing that stands on the ground on both sides.
    """
    posture = Posture(model)
    surfaces = {body: posture.surface(body) for body in range(1, model.nbody)}
    points = [points for points in surfaces.values() if len(points)]
    tips = [body for body in range(2, model.nbody) if _is_tip(model, body)]
    if not points or not tips:
        raise robot_problem(path, "", "expected a robot with hinges and shapes, found none")
    every = np.concatenate(points)
    ground, height = float(every[:, 2].min()), float(np.ptp(every[:, 2]))
    low = {b: s[:, 2].min() - ground if len(s) else np.inf for b, s in surfaces.items()}
    feet: dict[int, None] = {}
    for tip in tips:
        if min(low[each] for each in _below(model, tip)) <= _NEAR_GROUND * height:
            feet[_foot(model, tip, low, _TOUCHING * height)] = None
    legs = _sided([_limb(posture, foot) for foot in feet])
    if {leg.left for leg in legs} != {True, False}:
        found = ", ".join(model.body(leg.tip).name for leg in legs) or "none"
        raise robot_problem(
            path,
            "",
            "expected a left and a right foot that are lowest with all joints at zero (x ahead, y "
            f"left, z up), found {found}; write robot.yaml by hand, beginning from another's",
        )
    arms = _arms(posture, [t for t in tips if not _through(model, t, feet)], height)
    anchor = _common(model, [arm.tip for arm in arms]) if arms else 1
    head = _head(posture, surfaces, legs, arms, anchor, height)
    tracked = {1, anchor, head}
    for limb in (*legs, *arms):
        tracked |= {limb.tip, *_long_links(model, limb)}
    return ModelRoles(
        legs=legs, arms=arms, anchor=anchor, head=head, tracked=tuple(sorted(tracked))
    )


def path_from_root(model: mujoco.MjModel, body: int) -> list[int]:
    """Bodies from the root's child to a body."""
    bodies = []
    while body > 1:
        bodies.append(body)
        body = int(model.body_parentid[body])
    return bodies[::-1]


def _hinged_children(model: mujoco.MjModel, body: int) -> list[int]:
    """Next bodies below a body that joints move."""
    found = []
    for child in range(body + 1, model.nbody):
        if model.body_jntnum[child]:
            above = int(model.body_parentid[child])
            while above > body and not model.body_jntnum[above]:
                above = int(model.body_parentid[above])
            if above == body:
                found.append(child)
    return found


def _is_tip(model: mujoco.MjModel, body: int) -> bool:
    return bool(model.body_jntnum[body]) and not _hinged_children(model, body)


def _below(model: mujoco.MjModel, body: int) -> list[int]:
    return [b for b in range(body, model.nbody) if b == body or body in path_from_root(model, b)]


def _foot(model: mujoco.MjModel, tip: int, low: dict[int, float], reach: float) -> int:
    foot = tip
    while (parent := int(model.body_parentid[foot])) > 1 and low[parent] <= reach:
        foot = parent
    while not model.body_jntnum[foot]:
        foot = int(model.body_parentid[foot])
    return foot


def _through(model: mujoco.MjModel, tip: int, feet: dict[int, None]) -> bool:
    return bool(set(path_from_root(model, tip)) & set(feet))


def _limb(posture: Posture, tip: int) -> Limb:
    bodies = path_from_root(posture.model, tip)
    side = float(posture.data.xpos[tip, 1])
    first = next((i for i, b in enumerate(bodies) if posture.data.xpos[b, 1] * side > 1e-6), 0)
    return Limb(bodies=tuple(bodies[first:]), left=side > 0.0)


def _sided(limbs: list[Limb]) -> tuple[Limb, ...]:
    return tuple(sorted(limbs, key=lambda limb: (not limb.left, limb.tip)))


def _arms(posture: Posture, tips: list[int], height: float) -> tuple[Limb, ...]:
    """Limbs that are no legs, aside of the middle, with a mirror image; up to where fingers begin."""
    model, hands = posture.model, dict[int, None]()
    for tip in tips:
        bodies = path_from_root(model, tip)
        aside = [b for b in bodies if abs(posture.data.xpos[b, 1]) > _ASIDE * height]
        branches = [b for b in aside if len(_hinged_children(model, b)) > 1]
        hand = branches[0] if branches else tip
        hinges = sum(int(model.body_jntnum[b]) for b in path_from_root(model, hand) if b in aside)
        if hinges >= _ARM_HINGES:
            hands[hand] = None
    places = {hand: posture.data.xpos[hand] for hand in hands}
    mirrored = [
        hand
        for hand, place in places.items()
        if any(
            np.linalg.norm(place * (1, -1, 1) - other) <= _MIRRORED * height and each != hand
            for each, other in places.items()
        )
    ]
    return _sided([_limb(posture, hand) for hand in mirrored])


def _common(model: mujoco.MjModel, bodies: list[int]) -> int:
    paths = [path_from_root(model, body) for body in bodies]
    shared = [b for b in paths[0] if all(b in path for path in paths)]
    return shared[-1] if shared else 1


def _head(
    posture: Posture,
    surfaces: dict[int, np.ndarray],
    legs: tuple[Limb, ...],
    arms: tuple[Limb, ...],
    anchor: int,
    height: float,
) -> int:
    """The body that is called head, else what is highest in the middle, else the trunk."""
    model = posture.model
    named = [b for b in range(2, model.nbody) if "head" in model.body(b).name.lower()]
    if named:
        return min(named, key=lambda b: len(model.body(b).name))
    limbs = {b for limb in (*legs, *arms) for b in limb.bodies}
    middle = {
        body: points[:, 2].max()
        for body, points in surfaces.items()
        if len(points) and body not in limbs and abs(posture.data.xpos[body, 1]) <= _ASIDE * height
    }
    return max(middle, key=lambda b: middle[b], default=anchor)


def _long_links(model: mujoco.MjModel, limb: Limb) -> list[int]:
    """Thigh and shank, or upper arm and forearm: the bodies that carry the longest ways on."""
    bodies = limb.bodies
    ways = {b: float(np.linalg.norm(model.body_pos[n])) for b, n in itertools.pairwise(bodies)}
    return sorted(ways, key=lambda b: -ways[b])[:2]

"""A body's limbs by its tree and joints alone, of whatever pair: thighs, shanks, arms, trunk.

Of a robot: where a chain of joints bends, the two longest pieces between bends are its limbs. Fingers,
wrists and hips are short, whatever they are called and wherever a hand is said to be.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from motionlib.robot import Robot
from retarget.extremities import hand_of
from retarget.model import capsules_of
from retarget.tree import ALONG, bends_forwards, chain_to, dofs_of, standing

LimbName = Literal["leg", "thigh", "shank", "upper_arm", "forearm", "trunk"]
Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
BEHIND = 0.05
"""Share of a leg by which a knee stands behind hip and foot when it bends backwards."""
_ROUND = 1e-3
"""m: joints nearer to each other than this are in one place."""
_EVEN = 0.25
"""The shorter of two limbs is at least this share of the longer one."""
_HUMAN: Mapping[LimbName, tuple[str, str]] = {
    "leg": ("Hip", "Ankle"),
    "thigh": ("Hip", "Knee"),
    "shank": ("Knee", "Ankle"),
    "upper_arm": ("Shoulder", "Elbow"),
    "forearm": ("Elbow", "Wrist"),
}
"""Limb to the bodies of SMPL's names at its ends."""


class Point(NamedTuple):
    """A place on a body."""

    body: int
    local: np.ndarray
    """(3,) m, body frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limb:
    """A piece that keeps its length, between the means of some points."""

    start: tuple[Point, ...]
    end: tuple[Point, ...]
    across: Point | None = None
    """A hinge at its end: body and (3,) axis. Where along it the joint has its origin says nothing
    about the limb and is left out."""

    def directions(self, pos: np.ndarray, rot: np.ndarray) -> np.ndarray:
        """(T, 3) unit, from start to end, of bodies at (T, B, 3) m and (T, B, 3, 3)."""
        start, end = (
            np.mean([pos[:, b] + rot[:, b] @ local for b, local in points], axis=0)
            for points in (self.start, self.end)
        )
        line = end - start
        if self.across is not None:
            axis = rot[:, self.across.body] @ self.across.local
            line = line - (line * axis).sum(-1, keepdims=True) * axis
        return line / np.linalg.norm(line, axis=-1, keepdims=True)


Limbs = dict[tuple[LimbName, Side | None], Limb]
"""By name and side; the trunk has none."""
_LEG: tuple[LimbName, ...] = ("leg", "thigh", "shank")
_ARM: tuple[LimbName, ...] = ("upper_arm", "forearm")


def limbs_of(robot: Robot) -> Limbs:
    """The limbs of a human of SMPL's names, or of a robot; those that it has, trunk without a side.

    A leg has its line from hip to ankle; one that bends backwards has neither thigh nor shank, its
    knee follows no human's.
    """
    if {f"{s}_{end}" for s in "LR" for ends in _HUMAN.values() for end in ends} <= set(
        robot.body_names
    ):
        return _limbs_of_human(robot)
    pos, rot = (each[0] for each in standing(robot, robot.default_dof_pos[None]))
    found: Limbs = {}
    for names, chains in ((_LEG, _legs(robot)), (_ARM, _arms(robot, pos))):
        parts = [_parts(robot, chain, pos, rot, leg=names is _LEG) for chain in chains]
        if all(parts) and len({len(each) for each in parts}) == 1:
            for side, limbs in zip(SIDES, parts, strict=False):
                found |= {(name, side): limb for name, limb in zip(names, limbs, strict=False)}
    return found | _trunk(found)


def longest_arms(robot: Robot, pos: np.ndarray) -> tuple[int, ...]:
    """Ends of the longest pair of chains, one a side, that are not legs; of three joints at least.

    Args:
        robot: Two of whose bodies are feet.
        pos: (B, 3) m, upright.

    Returns:
        Bodies left and right, or none.
    """
    feet = [set(chain) for chain in _legs(robot)]
    legs = set.union(*feet) - set.intersection(*feet) if feet else set()
    leaves = set(range(1, robot.num_bodies)) - set(robot.parents.tolist())
    chains = {b: set(chain_to(robot, b)) for b in sorted(leaves)}
    free = [b for b, chain in chains.items() if not legs & chain]
    best, ends = 0.0, ()
    for left, right in itertools.product(free, free):
        if not pos[left, 1] > 0.0 > pos[right, 1]:
            continue
        own = [sorted(chains[a] - chains[b]) for a, b in ((left, right), (right, left))]
        if any(len(dofs_of(robot, bodies)) < 3 for bodies in own):
            continue
        length = sum(float(np.linalg.norm(np.diff(pos[o], axis=0), axis=-1).sum()) for o in own)
        if length > best + 1e-9:
            best, ends = length, (left, right)
    return ends


def bends_limb(robot: Robot, body: int, end: np.ndarray, pos: np.ndarray, rot: np.ndarray) -> bool:
    """Whether a joint of a body swings what reaches from it to `end`, and does not twist it."""
    limb = end - pos[body]
    axes = robot.dof_axes[dofs_of(robot, [body])] @ rot[body].T
    return bool((np.abs(axes @ limb) <= ALONG * np.linalg.norm(limb)).any())


def far_end(robot: Robot, body: int) -> np.ndarray:
    """(3,) m, body frame: the end of the body's shapes that is furthest from its origin."""
    shapes = capsules_of(robot)
    own = shapes.body == body
    ends = np.concatenate((shapes.start[own], shapes.end[own], np.zeros((1, 3))))
    return ends[np.linalg.norm(ends, axis=-1).argmax()]


def knee_behind(hip: np.ndarray, knee: np.ndarray, foot: np.ndarray) -> bool:
    """Whether a leg of three places (3,) m bends like a bird's: the knee stands behind."""
    upper, line = knee - hip, foot - hip
    straight = float(np.linalg.norm(upper) + np.linalg.norm(foot - knee))
    behind = -float((upper - (upper @ line) / (line @ line) * line)[0])
    return behind > BEHIND * straight


def _limbs_of_human(robot: Robot) -> Limbs:
    def at(name: str) -> tuple[Point, ...]:
        return (Point(robot.body_names.index(name), np.zeros(3)),)

    found: Limbs = {}
    for name, (start, end) in _HUMAN.items():
        for side, letter in zip(SIDES, "LR", strict=True):
            found[name, side] = Limb(start=at(f"{letter}_{start}"), end=at(f"{letter}_{end}"))
    return found | _trunk(found)


def _trunk(limbs: Limbs) -> Limbs:
    """From between the hips to between the shoulders."""
    if ("upper_arm", "left") not in limbs or ("leg", "left") not in limbs:
        return {}
    hips, shoulders = (
        tuple(point for side in SIDES for point in limbs[name, side].start)
        for name in ("leg", "upper_arm")
    )
    return {("trunk", None): Limb(start=hips, end=shoulders)}


def _legs(robot: Robot) -> list[list[int]]:
    """Chains from the root to two feet; none of a robot with another number of them."""
    if len(robot.foot_bodies) != 2:
        return []
    return [chain_to(robot, robot.body_names.index(foot)) for foot in robot.foot_bodies]


def _arms(robot: Robot, pos: np.ndarray) -> list[list[int]]:
    """Chains from below the torso to the hands, as far as their fingers do not count."""
    chains = [chain_to(robot, body) for body in longest_arms(robot, pos)]
    shared = set(chains[0]) & set(chains[1]) if chains else set()
    arms = [[b for b in chain if b not in shared] for chain in chains]
    hands = [hand_of(robot, arm, pos).body for arm in arms]
    return [[b for b in arm if b <= hand] for arm, hand in zip(arms, hands, strict=True)]


def _parts(
    robot: Robot, chain: list[int], pos: np.ndarray, rot: np.ndarray, *, leg: bool
) -> tuple[Limb, ...]:
    """Limbs of `_LEG` or `_ARM`; nothing if a chain has no two pieces of some length."""
    places = bends = _bends(robot, chain, pos, rot)
    if leg:
        places = [Point(b, np.zeros(3)) for b in chain if bends_forwards(robot, b, rot)]
    found = _two_longest(places, pos, rot)
    if not found and not leg:  # no wrist: the forearm goes to the end of what the elbow moves
        places.append(Point(chain[-1], far_end(robot, chain[-1])))
        found = _two_longest(places, pos, rot)
    if not found:
        return ()
    upper, lower = found
    middle = places[upper + 1]
    above = (each for each in bends if places[upper].body <= each.body < middle.body)
    start = max(above, key=lambda each: each.body, default=places[upper])
    ends = [pos[b] + rot[b] @ local for b, local in (start, middle, places[lower + 1])]
    axis = Point(middle.body, robot.dof_axes[dofs_of(robot, [middle.body])[0]])
    end = places[lower + 1]
    halves = (
        Limb(start=(start,), end=(middle,), across=axis),
        Limb(start=(places[lower],), end=(end,), across=axis),
    )
    if not leg:
        return halves
    whole = Limb(start=(start,), end=(end,), across=axis)
    return (whole,) if knee_behind(*ends) else (whole, *halves)


def _two_longest(
    places: list[Point], pos: np.ndarray, rot: np.ndarray
) -> tuple[int, int] | tuple[()]:
    """Where the two longest pieces between places begin; nothing if one of them is short."""
    at = np.array([pos[b] + rot[b] @ local for b, local in places]).reshape(-1, 3)
    gaps = np.linalg.norm(np.diff(at, axis=0), axis=-1)
    if len(gaps) < 2:
        return ()
    upper, lower = sorted(np.argsort(gaps)[-2:].tolist())
    short, long = sorted((gaps[upper], gaps[lower]))
    return (upper, lower) if short >= _EVEN * long else ()


def _bends(robot: Robot, chain: list[int], pos: np.ndarray, rot: np.ndarray) -> list[Point]:
    """Joints at which a chain bends, from the body outwards."""
    found = []
    for i, body in enumerate(chain):
        if not dofs_of(robot, [body]):
            continue
        ahead = [b for b in chain[i + 1 :] if np.linalg.norm(pos[b] - pos[body]) > _ROUND]
        if not ahead or bends_limb(robot, body, pos[ahead[0]], pos, rot):
            found.append(Point(body, np.zeros(3)))
    return found

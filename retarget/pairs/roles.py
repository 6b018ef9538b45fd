"""A robot's hips, knees, shoulders and elbows: its bodies, told by its tree and joints."""

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.soles import sole_ends
from retarget.model import capsules_of
from retarget.tree import chain_to, dofs_of, standing

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
_ALONG = 0.7
"""Cosine: a joint whose axis is nearer to a limb than this twists the limb and bends nothing."""
_APART = 0.25
"""Share of a limb that lies at least on either side of its knee or elbow."""
_BEHIND = 0.05
"""Share of a leg by which a knee stands behind hip and foot when it bends backwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Bodies of one leg."""

    side: Side
    hip: str
    """Last body above the knee whose joint swings the thigh."""
    thigh: str
    """Body that carries the knee."""
    knee: str
    foot: str
    toe: np.ndarray
    """(3,) m, foot frame: middle of the sole's front edge."""
    heel: np.ndarray
    """(3,) m, foot frame."""
    backwards: bool
    """Bends like a bird's leg: the knee stands behind."""
    crouch: float
    """Distance from hip to foot in the default pose, as a share of the straight leg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Bodies of one arm."""

    side: Side
    shoulder: str
    elbow: str
    hand: str
    tip: np.ndarray
    """(3,) m, frame of `hand`: where the hand is; zero unless the forearm carries it."""
    wrist_dofs: tuple[str, ...]
    """Joints below the elbow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What the bodies of a robot are to a human."""

    root: str
    legs: tuple[Leg, ...]
    arms: tuple[Arm, ...]
    """Arms left and right, or none."""
    torso: str
    """Last body that both arms hang from; the root without arms."""
    head: str
    """Body of the head; empty if no joint turns it on the torso."""


def roles_of(robot: Robot) -> Roles:
    """The roles of a robot's bodies, from its feet and hands, its tree and its joints' axes.

    Raises:
        RobotError: Not two feet, sides swapped, a leg without a knee, one arm only.
    """
    pos, rot = (each[0] for each in standing(robot, robot.default_dof_pos[None]))
    if len(robot.foot_bodies) != 2:
        raise RobotError(
            f"{robot.xml_path}: foot_bodies: expected two, left and right, found "
            f"{len(robot.foot_bodies)}; write the pair by hand, after one of retarget/pairs"
        )
    _check_sides(robot, "foot_bodies", robot.foot_bodies, pos)
    legs = tuple(_leg(robot, i, pos, rot) for i in range(2))
    hands = robot.hand_bodies or _longest_arms(robot, pos)
    if not hands:
        return Roles(
            root=robot.body_names[0], legs=legs, arms=(), torso=robot.body_names[0],
            head=_head(robot, 0),
        )  # fmt: skip
    if len(hands) != 2:
        raise RobotError(
            f"{robot.xml_path}: hand_bodies: expected two, left and right, or none, found "
            f"{', '.join(hands)}"
        )
    _check_sides(robot, "hand_bodies", hands, pos)
    chains = [chain_to(robot, robot.body_names.index(hand)) for hand in hands]
    torso = max(set(chains[0]) & set(chains[1]))
    arms = tuple(
        _arm(robot, side, [b for b in chain if b > torso], pos, rot)
        for side, chain in zip(SIDES, chains, strict=True)
    )
    names = robot.body_names
    return Roles(root=names[0], legs=legs, arms=arms, torso=names[torso], head=_head(robot, torso))


def _check_sides(robot: Robot, field: str, names: tuple[str, ...], pos: np.ndarray) -> None:
    left, right = (float(pos[robot.body_names.index(name), 1]) for name in names)
    if not left > 0.0 > right:
        raise RobotError(
            f"{robot.xml_path}: {field}: expected the left one first, and x forward, so that left "
            f"is y > 0; found {names[0]} at y {left:.3f} m and {names[1]} at y {right:.3f} m: the "
            "sides are swapped, or the robot looks along -x"
        )


def _leg(robot: Robot, index: int, pos: np.ndarray, rot: np.ndarray) -> Leg:
    foot = robot.body_names.index(robot.foot_bodies[index])
    chain = [b for b in chain_to(robot, foot) if b > 0]
    bends = [b for b in chain if _bends(robot, b, rot, np.array([0.0, 1.0, 0.0]))]
    knee = _middle(bends, pos, pos[foot])
    if knee < 0:
        raise RobotError(
            f"{robot.xml_path}: {robot.foot_bodies[index]}: found no knee, a joint that bends the "
            "leg forwards between hip and foot; write the pair by hand"
        )
    hip, thigh = _swing(robot, chain, knee, pos, rot)
    ends = sole_ends(robot)[index]
    upper, lower = pos[knee] - pos[hip], pos[foot] - pos[knee]
    straight = float(np.linalg.norm(upper) + np.linalg.norm(lower))
    line = pos[foot] - pos[hip]
    share = upper @ line / (line @ line)
    behind = -float((upper - share * line)[0])
    return Leg(
        side=SIDES[index],
        hip=robot.body_names[hip],
        thigh=robot.body_names[thigh],
        knee=robot.body_names[knee],
        foot=robot.body_names[foot],
        heel=ends[0],
        toe=ends[1],
        backwards=behind > _BEHIND * straight,
        crouch=float(np.linalg.norm(line)) / straight,
    )


def _arm(robot: Robot, side: Side, chain: list[int], pos: np.ndarray, rot: np.ndarray) -> Arm:
    hand = chain[-1]
    tip = np.zeros(3)
    jointed = [b for b in chain if dofs_of(robot, [b])]
    elbow = _middle(
        [b for b in jointed if _bends_limb(robot, b, pos[hand], pos, rot)], pos, pos[hand]
    )
    if elbow < 0:  # the forearm carries the hand without a joint, and its own origin is the elbow
        tip = _far_end(robot, hand)
        end = pos[hand] + rot[hand] @ tip
        elbow = _middle([b for b in jointed if _bends_limb(robot, b, end, pos, rot)], pos, end)
    if elbow < 0:
        raise RobotError(
            f"{robot.xml_path}: {robot.body_names[hand]}: found no elbow, a joint between shoulder "
            "and hand; write the pair by hand"
        )
    shoulder, _ = _swing(robot, chain, elbow, pos, rot)
    below = dofs_of(robot, [b for b in chain if b > elbow])
    return Arm(
        side=side,
        shoulder=robot.body_names[shoulder],
        elbow=robot.body_names[elbow],
        hand=robot.body_names[hand],
        tip=tip,
        wrist_dofs=tuple(robot.dof_names[d] for d in below),
    )


def _bends(robot: Robot, body: int, rot: np.ndarray, axis: np.ndarray) -> bool:
    """Whether a joint of a body turns about an axis."""
    axes = robot.dof_axes[dofs_of(robot, [body])] @ rot[body].T
    return bool((np.abs(axes @ axis) > _ALONG).any())


def _bends_limb(robot: Robot, body: int, end: np.ndarray, pos: np.ndarray, rot: np.ndarray) -> bool:
    """Whether a joint of a body swings what reaches from it to `end`, and does not twist it."""
    limb = end - pos[body]
    axes = robot.dof_axes[dofs_of(robot, [body])] @ rot[body].T
    return bool((np.abs(axes @ limb) <= _ALONG * np.linalg.norm(limb)).any())


def _middle(candidates: list[int], pos: np.ndarray, end: np.ndarray) -> int:
    """The candidate furthest from both the first one and the limb's end; -1 if all lie there."""
    if not candidates:
        return -1
    first = pos[candidates[0]]
    gaps = [min(np.linalg.norm(pos[b] - first), np.linalg.norm(end - pos[b])) for b in candidates]
    best = int(np.argmax(gaps))
    return candidates[best] if gaps[best] > _APART * np.linalg.norm(end - first) else -1


def _swing(
    robot: Robot, chain: list[int], middle: int, pos: np.ndarray, rot: np.ndarray
) -> tuple[int, int]:
    """Last body above `middle` whose joint swings the limb and does not twist it; the last of all."""
    above = [b for b in chain if b < middle and dofs_of(robot, [b])]
    for body in reversed(above):
        if _bends_limb(robot, body, pos[middle], pos, rot):
            return body, above[-1]
    return above[0] if above else chain[0], above[-1] if above else chain[0]


def _far_end(robot: Robot, body: int) -> np.ndarray:
    """(3,) m, body frame: the end of the body's shapes that is furthest from its origin."""
    shapes = capsules_of(robot)
    own = shapes.body == body
    ends = np.concatenate((shapes.start[own], shapes.end[own], np.zeros((1, 3))))
    return ends[np.linalg.norm(ends, axis=-1).argmax()]


def _head(robot: Robot, torso: int) -> str:
    chain = chain_to(robot, robot.body_names.index(robot.head_body))
    if torso not in chain:
        return ""
    below = [b for b in chain if b > torso]
    return robot.head_body if dofs_of(robot, below) else ""


def _longest_arms(robot: Robot, pos: np.ndarray) -> tuple[str, ...]:
    """Ends of the longest pair of chains, one a side, that are not legs; of three joints at least."""
    feet = [set(chain_to(robot, robot.body_names.index(foot))) for foot in robot.foot_bodies]
    legs = (feet[0] | feet[1]) - (feet[0] & feet[1])
    chains = {b: set(chain_to(robot, b)) for b in range(1, robot.num_bodies)}
    free = [b for b, chain in chains.items() if not legs & chain]
    best, hands = 0.0, ()
    for left, right in itertools.product(free, free):
        own = [sorted(chains[a] - chains[b]) for a, b in ((left, right), (right, left))]
        if not pos[left, 1] > 0.0 > pos[right, 1] or any(len(dofs_of(robot, o)) < 3 for o in own):
            continue
        length = sum(float(np.linalg.norm(np.diff(pos[o], axis=0), axis=-1).sum()) for o in own)
        if length > best + 1e-9:
            best, hands = length, (robot.body_names[left], robot.body_names[right])
    return hands

"""A robot's hips, knees, shoulders and elbows: its bodies, told by its tree and joints."""

from dataclasses import dataclass

import numpy as np

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.soles import sole_ends
from retarget.extremities import ankle_of, hand_of, head_of
from retarget.limbs import SIDES, Side, bends_limb, far_end, knee_behind, longest_arms
from retarget.tree import bends_forwards, chain_to, dofs_of, standing

_APART = 0.25
"""Share of a limb that lies at least on either side of its knee or elbow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Bodies of one leg."""

    side: Side
    hip: str
    """Last body above the knee whose joint swings the thigh."""
    thigh: str
    """Body that carries the knee."""
    knee: str
    ankle: str
    """The foot, or what carries it where its yaml takes the toes for a foot."""
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
    doubts: tuple[str, ...] = ()
    """What might be otherwise, for people."""


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
    chains, doubts = _arm_chains(robot, pos)
    torso = max(set(chains[0]) & set(chains[1])) if chains else 0
    own = [[b for b in chain if b > torso] for chain in chains]
    arms = tuple(_arm(robot, s, chain, pos, rot) for s, chain in zip(SIDES, own, strict=False))
    head = head_of(robot, torso, own, pos)
    toes = [
        f"{leg.foot} is taken for toes, {leg.ankle} for the ankle"
        for leg in legs
        if leg.ankle != leg.foot
    ]
    names = robot.body_names
    return Roles(
        root=names[0], legs=legs, arms=arms, torso=names[torso],
        head=names[head.body] if head else "",
        doubts=tuple(filter(None, (*doubts, *toes, head.doubt if head else ""))),
    )  # fmt: skip


def _arm_chains(robot: Robot, pos: np.ndarray) -> tuple[list[list[int]], list[str]]:
    """From the root to each hand, none without arms; and what speaks against those hands."""
    if robot.hand_bodies:
        if len(robot.hand_bodies) != 2:
            raise RobotError(
                f"{robot.xml_path}: hand_bodies: expected two, left and right, or none, found "
                f"{', '.join(robot.hand_bodies)}"
            )
        _check_sides(robot, "hand_bodies", robot.hand_bodies, pos)
        ends = [robot.body_names.index(hand) for hand in robot.hand_bodies]
    else:
        ends = list(longest_arms(robot, pos))
    chains = [chain_to(robot, end) for end in ends]
    hands, doubts = [], []
    for chain, other in zip(chains, chains[::-1], strict=True):
        found = hand_of(robot, [b for b in chain if b not in other], pos)
        name = robot.body_names[found.body]
        if found.doubt:
            doubts.append(f"{name} is taken for the hand: {found.doubt}")
        if robot.hand_bodies and found.body != chain[-1]:
            named = robot.body_names[chain[-1]]
            doubts.append(f"hand_bodies names {named}, and fingers seem to begin at {name}")
        hands.append(chain[-1] if robot.hand_bodies else found.body)
    return [chain_to(robot, hand) for hand in hands], doubts


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
    ankle = ankle_of(robot, chain, pos, rot)
    bends = [b for b in chain if b <= ankle and bends_forwards(robot, b, rot)]
    knee = _middle(bends, pos, pos[ankle])
    if knee < 0:
        raise RobotError(
            f"{robot.xml_path}: {robot.foot_bodies[index]}: found no knee, a joint that bends the "
            "leg forwards between hip and foot; write the pair by hand"
        )
    hip, thigh = _swing(robot, chain, knee, pos, rot)
    ends = sole_ends(robot)[index]
    upper, lower = pos[knee] - pos[hip], pos[ankle] - pos[knee]
    straight = float(np.linalg.norm(upper) + np.linalg.norm(lower))
    return Leg(
        side=SIDES[index],
        hip=robot.body_names[hip],
        thigh=robot.body_names[thigh],
        knee=robot.body_names[knee],
        ankle=robot.body_names[ankle],
        foot=robot.body_names[foot],
        heel=ends[0],
        toe=ends[1],
        backwards=knee_behind(pos[hip], pos[knee], pos[ankle]),
        crouch=float(np.linalg.norm(pos[ankle] - pos[hip])) / straight,
    )


def _arm(robot: Robot, side: Side, chain: list[int], pos: np.ndarray, rot: np.ndarray) -> Arm:
    hand = chain[-1]
    tip = np.zeros(3)
    jointed = [b for b in chain if dofs_of(robot, [b])]
    elbow = _middle(
        [b for b in jointed if bends_limb(robot, b, pos[hand], pos, rot)], pos, pos[hand]
    )
    if elbow < 0:  # the forearm carries the hand without a joint, and its own origin is the elbow
        tip = far_end(robot, hand)
        end = pos[hand] + rot[hand] @ tip
        elbow = _middle([b for b in jointed if bends_limb(robot, b, end, pos, rot)], pos, end)
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
        if bends_limb(robot, body, pos[middle], pos, rot):
            return body, above[-1]
    return above[0] if above else chain[0], above[-1] if above else chain[0]

"""Where a robot's hands, feet and head are: before its fingers, toes, eyes and antennas begin."""

import re
from typing import NamedTuple

import numpy as np

from motionlib.robot import Robot
from retarget.tree import bends_forwards, chain_to, dofs_of

_SHORT = 0.6
"""Share of an arm: fingers are shorter than this, a forearm with a hand is longer."""
_TOE = 0.5
"""Share of a leg's limb: toes begin no further from the ankle than this."""
_ARM_JOINTS = 7
"""Joints of a human arm, to the hand."""
_FINGER_WORDS = frozenset(
    [
        "finger",
        "fingers",
        "thumb",
        "index",
        "middle",
        "ring",
        "pinky",
        "pinkie",
        "little",
        "jaw",
        "claw",
        "knuckle",
    ]
)
_FORWARD = 0.1
"""Share of a leg: toes begin at least this far in front of the ankle."""
_MIDDLE = 0.03
"""m: what is nearer to the middle than this is on neither side."""


class Found(NamedTuple):
    """A body, and why it might be another one."""

    body: int
    doubt: str = ""
    """For people; empty if nothing speaks against it."""


def hand_of(robot: Robot, chain: list[int], pos: np.ndarray) -> Found:
    """The hand of an arm: where short chains of joints branch off, else the end of the arm.

    Args:
        robot: The robot.
        chain: From below the torso to an end of the arm, be it a finger's.
        pos: (B, 3) m.
    """
    names = robot.body_names
    palm = _palm(robot, chain, pos)
    if palm is not None:
        below = [b for b in chain if b > palm]
        again = next((b for b in below if len(_parts(robot, b)) > 1), None)
        doubt = f"chains of joints branch at {names[again]} again" if again else ""
        return Found(palm, doubt)
    named = next((b for b in chain[1:] if _is_finger(robot, b)), None)
    if named is not None:
        hand = int(robot.parents[named])
        return Found(hand, f"{names[named]} is a finger by its name alone")
    jointed = [b for b in chain for _ in dofs_of(robot, [b])]
    if len(jointed) > _ARM_JOINTS:
        hand = jointed[_ARM_JOINTS - 1]
        doubt = f"{len(jointed)} joints in a row, more than an arm's: those after {names[hand]} are taken for a finger's"
        return Found(hand, doubt)
    return Found(chain[-1])


def ankle_of(robot: Robot, chain: list[int], pos: np.ndarray, rot: np.ndarray) -> int:
    """The ankle of a leg whose foot is a toe: what carries it; else the foot itself.

    Args:
        robot: The robot.
        chain: From the root to the foot that its yaml names.
        pos: (B, 3) m, of a robot that looks along x.
        rot: (B, 3, 3).
    """
    jointed = [b for b in chain if b > 0 and dofs_of(robot, [b])]
    if len(jointed) < 3 or not bends_forwards(robot, jointed[-1], rot):
        return chain[-1]
    toe, ankle = jointed[-1], jointed[-2]
    step = pos[toe] - pos[ankle]
    leg = float(np.linalg.norm(pos[chain[-1]] - pos[jointed[0]]))
    before = float(np.linalg.norm(pos[ankle] - pos[jointed[-3]]))
    ahead = step[0] > _FORWARD * leg and step[0] > abs(step[2])
    return ankle if ahead and np.linalg.norm(step) < _TOE * max(before, 0.5 * leg) else chain[-1]


def head_of(robot: Robot, torso: int, arms: list[list[int]], pos: np.ndarray) -> Found | None:
    """The head: the body that the yaml names, else where a neck of joints in the middle ends.

    Args:
        robot: The robot.
        torso: Body that it stands on.
        arms: Chains that are none.
        pos: (B, 3) m.

    Returns:
        None if no joint turns a head on the torso.
    """
    named = robot.body_names.index(robot.head_body)
    chain = chain_to(robot, named)
    if torso in chain and dofs_of(robot, [b for b in chain if b > torso]):
        return Found(named)
    taken = {b for arm in arms for b in arm}
    ends = [
        b
        for b in range(torso + 1, robot.num_bodies)
        if torso in (way := chain_to(robot, b)) and not taken & set(way)
        and abs(pos[b, 1]) < _MIDDLE and pos[b, 2] > pos[torso, 2]
        and dofs_of(robot, [each for each in way if each > torso])
    ]  # fmt: skip
    if named != torso or not ends:
        return None
    highest = max(ends, key=lambda b: pos[b, 2])
    neck = [b for b in chain_to(robot, highest) if b > torso]
    head = next((b for b in neck if len(_parts(robot, b)) > 1), highest)
    name = robot.body_names[head]
    return Found(head, f"head_body is the torso, and joints turn {name} on it: taken for the head")


def _palm(robot: Robot, chain: list[int], pos: np.ndarray) -> int | None:
    """The first body of an arm from which two or more jointed parts go on, all of them short."""
    steps = np.linalg.norm(np.diff(pos[chain], axis=0), axis=-1)
    for body, length in zip(chain[1:], steps.cumsum(), strict=True):
        parts = _parts(robot, body)
        if len(parts) > 1 and max(_reach(robot, part) for part in parts) < _SHORT * length:
            return body
    return None


def _parts(robot: Robot, body: int) -> list[int]:
    """What hangs from a body and has a joint."""
    children = np.flatnonzero(robot.parents == body).tolist()
    return [child for child in children if _jointed(robot, child)]


def _jointed(robot: Robot, body: int) -> bool:
    """Whether a body, or what hangs from it, has a joint."""
    return bool(dofs_of(robot, [body])) or any(
        _jointed(robot, int(child)) for child in np.flatnonzero(robot.parents == body)
    )


def _reach(robot: Robot, body: int) -> float:
    """Metres along the tree from a body's parent to the furthest origin below it."""
    below = [_reach(robot, int(child)) for child in np.flatnonzero(robot.parents == body)]
    return float(np.linalg.norm(robot.body_offset_pos[body])) + max(below, default=0.0)


def _is_finger(robot: Robot, body: int) -> bool:
    names = [robot.body_names[body], *(robot.dof_names[d] for d in dofs_of(robot, [body]))]
    words = re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", " ".join(names)).lower())
    return not _FINGER_WORDS.isdisjoint(words)

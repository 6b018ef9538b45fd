"""How the joints of a folded rig are turned in a T-pose, found from how they move.

Knees and elbows are hinges: along which of its own axes a limb lies and about which it bends says
how it is turned once it is straight. The hips say so by where the legs begin, feet by how they
stand; what lies between turns with its parent, but for a right angle or two.
"""

import itertools
from collections.abc import Iterable

import numpy as np
from torch import Tensor

from motionlib.human.skeleton.directions import SHORTEST, size_of
from motionlib.human.skeleton.tree import Skeleton
from motionlib.rotations import matrix_from_quat

_UPRIGHT = 0.8
"""Mean cosine between the trunk and an axis of the world from which that axis is up."""
_BENDS, _AGREE = 0.25, 0.7
"""Sine by which a limb bends in a twentieth of the frames, and the share that bends one way."""
_SNAP = np.cos(np.radians(40.0))
"""Rigs are built at right angles: what is that near to one is one."""
_STANCE = 0.004
"""Share of the skeleton's size that a standing foot may lie over its lowest places."""
_LIFTED = 0.02
"""Share by which a foot that never stands stays over the other's toes."""
_LEGS = (("Hip", "Knee", "Ankle"), np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0]))
_ARMS = (("Shoulder", "Elbow", "Wrist"), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0]))
"""Joints, where the limb points in a T-pose, and about what it bends; x forward, y left, z up."""
_QUARTERS = np.array(
    [
        turn
        for order in itertools.permutations(range(3))
        for signs in itertools.product((1.0, -1.0), repeat=3)
        if np.linalg.det(turn := np.eye(3)[list(order)] * signs) > 0.0
    ]
)


def turns_in_t_pose(skeleton: Skeleton, joint_pos: Tensor, joint_quat: Tensor) -> np.ndarray | None:
    """Rotation of every joint in a T-pose that faces along an axis of the file's world.

    Args:
        skeleton: Tree and map.
        joint_pos: (T, J, 3) file units and axes.
        joint_quat: (T, J, 4) likewise.

    Returns:
        (J, 3, 3) to the file's world; None where the motion is not upright, a foot never stands,
        or hips and shoulders lie in one place.
    """
    moves = _Moves(skeleton, joint_pos.numpy(), matrix_from_quat(joint_quat).numpy())
    axes, rest = moves.body_axes(), moves.trunk()
    if axes is None or rest is None or not moves.both_feet_stand(axes[2]):
        return None
    for side, sign in (("L", 1.0), ("R", -1.0)):
        names, down, left = _LEGS
        moves.lay_limb(rest, [f"{side}_{name}" for name in names], down, left)
        moves.stand_foot(rest, side, axes)
        names, out, about = _ARMS
        moves.lay_limb(rest, [f"{side}_{name}" for name in names], sign * out, sign * about)
    return axes.T @ moves.completed(rest)


class _Moves:
    """A skeleton's motion, asked for what stays the same in it."""

    def __init__(self, skeleton: Skeleton, pos: np.ndarray, rot: np.ndarray) -> None:
        self.skeleton, self.pos, self.rot = skeleton, pos, rot
        self.size = size_of(np.median(pos - pos[:, :1], axis=0))
        self.to_parent = [
            np.eye(3) if parent < 0 else _snapped(_mean(rot[:, parent].mT @ rot[:, index]))
            for index, parent in enumerate(skeleton.parents)
        ]

    def body_axes(self) -> np.ndarray | None:
        """(3, 3) rows: forward, left and up along the file's axes; None where none is up."""
        hips = [self._joint(f"{side}_Hip") for side in "LR"]
        trunk = self.pos[:, self._joint("Head")] - self.pos[:, hips].mean(1)
        mean = _units(trunk).mean(0)
        name = self.skeleton.map.world_up
        if name:
            main, sign = "xyz".index(name[-1]), -1.0 if name.startswith("-") else 1.0
        else:
            main = int(np.abs(mean).argmax())
            sign = float(np.sign(mean[main]))
        if sign * mean[main] < _UPRIGHT:
            return None
        unit = np.eye(3)
        return np.array([unit[(main + 1) % 3], sign * unit[(main + 2) % 3], sign * unit[main]])

    def trunk(self) -> dict[int, np.ndarray] | None:
        """The turn of the pelvis, by where legs and spine begin on it; None where they do not say."""
        pelvis = self._joint("Pelvis")
        spine = (self.skeleton.joint(name) for name in ("Torso", "Spine", "Chest", "Head"))
        up = self._first_long(self._bone(pelvis, joint) for joint in spine if joint is not None)
        across = self._first_long(
            self._bone(pelvis, self._joint(f"L_{part}"))
            - self._bone(pelvis, self._joint(f"R_{part}"))
            for part in ("Hip", "Shoulder")
        )
        if up is None or across is None:
            return None
        own = _frame(across, up)
        return {pelvis: _snapped(_frame(np.array([0.0, 1, 0]), np.array([0.0, 0, 1])) @ own.T)}

    def _first_long(self, bones: Iterable[np.ndarray]) -> np.ndarray | None:
        shortest = SHORTEST * self.size
        return next((bone for bone in bones if np.linalg.norm(bone) > shortest), None)

    def lay_limb(
        self, rest: dict[int, np.ndarray], names: list[str], along: np.ndarray, about: np.ndarray
    ) -> None:
        """Turns of the two joints of a limb that lay it along a direction, its hinge about another."""
        first, middle, last = (self._joint(name) for name in names)
        upper, lower = self._bone(first, middle), self._bone(middle, last)
        if min(np.linalg.norm(upper), np.linalg.norm(lower)) <= SHORTEST * self.size:
            return
        swing = (self.rot[:, first].mT @ (self.pos[:, last] - self.pos[:, middle])[..., None])[
            ..., 0
        ]
        bends = np.cross(upper / np.linalg.norm(upper), _units(swing))
        amount = np.linalg.norm(bends, axis=-1)
        hinge = bends.sum(0)
        sure = np.linalg.norm(hinge) > _AGREE * amount.sum() and np.percentile(amount, 95) > _BENDS
        for joint, bone in ((first, upper), (middle, lower)):
            if sure:
                own = (self.rot[:, joint].mT @ self.rot[:, first] @ bends[..., None])[..., 0]
                turn = _frame(along, about) @ _frame(bone, own.sum(0)).T
            else:
                parent = self.skeleton.parents[joint]
                before = self._rest(rest, parent) @ self.to_parent[joint]
                turn = _swing(before @ bone, along) @ before
            rest[joint] = _snapped(turn) if _on_axis(bone) else turn

    def both_feet_stand(self, up: np.ndarray) -> bool:
        """Whether each foot comes down as far as the other."""
        joints = [self.skeleton.joint(f"{side}_Toe") for side in "LR"]
        lowest = [(self.pos[:, joint] @ up).min() for joint in joints if joint is not None]
        return not lowest or np.ptp(lowest) < _LIFTED * self.size

    def stand_foot(self, rest: dict[int, np.ndarray], side: str, axes: np.ndarray) -> None:
        """Turns of ankle and toe while the foot stands, its toe turned to the front."""
        ankle, toe = self._joint(f"{side}_Ankle"), self.skeleton.joint(f"{side}_Toe")
        if toe is None:
            return
        heights = self.pos[:, [ankle, toe]] @ axes[2]
        low = heights < np.percentile(heights, 10, axis=0) + _STANCE * self.size
        stands = low.all(-1) if low.all(-1).any() else low.any(-1)
        ahead = (self.pos[stands, toe] - self.pos[stands, ankle]) @ axes.T
        if np.median(np.hypot(ahead[:, 0], ahead[:, 1])) < SHORTEST * self.size:
            return
        yaw = np.arctan2(ahead[:, 1], ahead[:, 0])
        zero, one = np.zeros_like(yaw), np.ones_like(yaw)
        back = np.array([[np.cos(yaw), np.sin(yaw), zero], [-np.sin(yaw), np.cos(yaw), zero],
                         [zero, zero, one]]).transpose(2, 0, 1)  # fmt: skip
        for joint in (ankle, toe):
            rest[joint] = _mean(back @ axes @ self.rot[stands, joint])

    def completed(self, rest: dict[int, np.ndarray]) -> np.ndarray:
        """(J, 3, 3) with the joints that were not asked for."""
        return np.array([self._rest(rest, index) for index in range(len(self.skeleton.names))])

    def _rest(self, rest: dict[int, np.ndarray], joint: int) -> np.ndarray:
        """The turn of a joint: its own, else its parent's; above the pelvis that of its child."""
        below = np.eye(3)
        while joint not in rest:
            below = self.to_parent[joint] @ below
            if self.skeleton.parents[joint] < 0:
                return self._above(rest, joint) @ below
            joint = self.skeleton.parents[joint]
        return rest[joint] @ below

    def _above(self, rest: dict[int, np.ndarray], root: int) -> np.ndarray:
        """The turn of a root above the pelvis."""
        joint = self._joint("Pelvis")
        turn = rest[joint]
        while joint != root:
            turn = turn @ self.to_parent[joint].T
            joint = self.skeleton.parents[joint]
        return turn

    def _bone(self, start: int, end: int) -> np.ndarray:
        """(3,) from one joint to another in the axes of the first, in the mean."""
        way = (self.pos[:, end] - self.pos[:, start])[..., None]
        return (self.rot[:, start].mT @ way)[..., 0].mean(0)

    def _joint(self, body: str) -> int:
        joint = self.skeleton.joint(body)
        assert joint is not None  # maps drive all bodies that are asked for here
        return joint


def _frame(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(3, 3) columns: a direction, what of another is square to it, and what is square to both."""
    a = first / np.linalg.norm(first)
    b = second - (second @ a) * a
    b = b / np.linalg.norm(b)
    return np.stack([a, b, np.cross(a, b)], axis=-1)


def _swing(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(3, 3) the shortest rotation from one direction to a unit one."""
    a = source / np.linalg.norm(source)
    cross, cosine = np.cross(a, target), max(float(a @ target), -1.0 + 1e-6)
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1.0 + cosine)


def _mean(turns: np.ndarray) -> np.ndarray:
    """(3, 3) the rotation nearest to the mean of (N, 3, 3)."""
    u, _, v = np.linalg.svd(turns.mean(0))
    return u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v


def _snapped(turn: np.ndarray) -> np.ndarray:
    cosines = (np.einsum("nij,ij->n", _QUARTERS, turn) - 1.0) / 2.0
    best = int(cosines.argmax())
    return _QUARTERS[best] if cosines[best] > _SNAP else turn


def _on_axis(bone: np.ndarray) -> bool:
    return bool(np.abs(bone).max() > 0.999 * np.linalg.norm(bone))


def _units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)

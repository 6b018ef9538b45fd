"""Stance: what contact asks of a robot's feet: where their soles stand and how they lie."""

import numpy as np

from motionlib.robot import Robot
from motionlib.soles import sole_corners
from retarget.kernels.foot_turns import settle_foot
from retarget.kernels.footholds import HEEL, TOE, hold_foot, lengthen
from retarget.kernels.kinematics import poses
from retarget.model import Tree
from retarget.pairs.pair import Pair
from retarget.settings import SolverSettings
from retarget.solver.problem import Targets
from retarget.targets import Goal

_ROLLED = 0.005
"""m between the corners of an end of a flat foot from which on the lower one carries it alone."""
_LIFT = 0.002
"""m above the ground: what does not stand while another corner does."""
_CLEAR = 0.003
"""m by which the corners beside the one that stands are asked to be above it."""

_NEAR, _FAR = 0.25, 0.5
"""Lengths of the foot between goal and solution: up to the first the goal says where a foot stands,
from the second on the solution does, since the goal is out of reach."""


class Feet:
    """The feet of a robot, as contact holds them."""

    def __init__(self, robot: Robot, pair: Pair) -> None:
        self._corners = corners = sole_corners(robot)
        self._bodies = np.array([robot.body_names.index(name) for name in robot.foot_bodies])
        bodies = [point.body for point in pair.keypoints]
        self._keypoints = [
            [k for k, body in enumerate(bodies) if body == name] for name in robot.foot_bodies
        ]
        self._axes = [_sole_axes(each) for each in corners]
        self._widths = np.linalg.norm(corners[:, :, 0] - corners[:, :, 1], axis=-1)
        ends = corners.mean(2)
        self._lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1)

    def corners_of(
        self, tree: Tree, root_pos: np.ndarray, root_rot: np.ndarray, dofs: np.ndarray
    ) -> np.ndarray:
        """(T, F, 2, 2, 3) m, world: left and right corner of heel and toe of a trajectory."""
        count = len(tree.parents)
        pos, rot = np.empty((len(dofs), count, 3)), np.empty((len(dofs), count, 3, 3))
        poses(tree, root_pos, root_rot, dofs, pos, rot)
        local = self._corners.reshape(len(self._bodies), 4, 3)
        turned = local @ rot[:, self._bodies].swapaxes(-1, -2)
        return (turned + pos[:, self._bodies, None]).reshape(len(dofs), *self._corners.shape)

    def _goal_heights(self, goal: Goal) -> np.ndarray:
        """(T, F, 2) m by which a goal has the left corners of heel and toe above the right ones."""
        turns = goal.turns[:, [keypoints[0] for keypoints in self._keypoints]]
        across = self._corners[:, :, 0] - self._corners[:, :, 1]
        return np.einsum("tfj,fej->tfe", turns[:, :, 2], across)

    def targets(
        self, goal: Goal, settings: SolverSettings, found: np.ndarray | None = None
    ) -> Targets:
        """What is asked of each frame of a goal.

        Where heel and toe of a foot both stand it lies flat. Where one end stands alone, only one
        of its corners is held: the foot may turn about it, and what is not held stays a little off
        the ground, so that no corner that moves is the lowest. No anchor depends on how a clip is
        cut.

        Args:
            goal: Of the robot.
            settings: Weights and spans.
            found: (T, F, 2, 2, 3) m of `corners_of` a trajectory that is near: tells which side of
                a foot is low, and where feet stand whose goal is out of reach.
        """
        frames, feet = goal.contact.shape[:2]
        heights, soles = self._goal_heights(goal), goal.soles
        if found is not None:
            heights = found[..., 0, 2] - found[..., 1, 2]
            soles = self._in_reach(soles, found.mean(3))
        anchors, turns = np.empty((frames, feet, 4, 3)), goal.turns.copy()
        weights, floor = np.empty((frames, feet, 4)), np.empty((frames, feet, 4))
        states = HEEL * goal.contact[..., 0] + TOE * goal.contact[..., 1]
        grow, blend = max(1, round(settings.hold_s * goal.fps)), round(settings.blend_s * goal.fps)
        pivots = np.empty(frames, dtype=np.int64)
        for foot in range(feet):
            held = (anchors[:, foot], weights[:, foot], floor[:, foot])
            hold_foot(
                soles[:, foot], states[:, foot], heights[:, foot], self._widths[foot],
                (settings.contact, _ROLLED, _LIFT), *held, pivots,
            )  # fmt: skip
            lengthen(grow, *held[:2])
            slopes = (_CLEAR / self._lengths[foot], _CLEAR / self._widths[foot].min())
            for k in self._keypoints[foot]:
                settle_foot(turns[:, k], states[:, foot], pivots, self._axes[foot], slopes, blend)
        return Targets(
            points=np.ascontiguousarray(goal.points),
            turns=turns,
            anchors=anchors.reshape(frames, -1, 3),
            anchor_weight=weights.reshape(frames, -1),
            floor=floor.reshape(frames, -1),
        )

    def _in_reach(self, goal: np.ndarray, found: np.ndarray) -> np.ndarray:
        """(T, F, 2, 3) m: heel and toe of a goal, those found instead the further they are from it."""
        apart = found - goal
        far = np.linalg.norm(apart, axis=-1) / self._lengths[:, None]
        return goal + np.clip((far - _NEAR) / (_FAR - _NEAR), 0.0, 1.0)[..., None] * apart


def _sole_axes(corners: np.ndarray) -> np.ndarray:
    """(3, 3) unit vectors of a sole (2, 2, 3) m: to the toe, to the left, up; foot frame."""
    along = (corners[1] - corners[0]).sum(0)
    left = (corners[:, 0] - corners[:, 1]).sum(0)
    up = np.cross(along, left)
    left = np.cross(up, along)
    return np.array([each / np.linalg.norm(each) for each in (along, left, up)])

"""The pose in which a robot stands as a human does in the T-pose, found by a small optimisation."""

import numpy as np
from scipy.optimize import least_squares

from motionlib.errors import RobotError
from motionlib.robot import Robot
from retarget.model import poses_of, tree_of
from retarget.pairs.roles import Arm, Leg, Roles
from retarget.tree import dofs_of

_REST = 0.02
"""Weight of joints that nothing else asks for, against one of directions."""
_PLAIN = 0.2
"""Weight of such joints where the plainest pose is looked for."""
_NEAR = np.deg2rad(10.0)
"""A pose of whole quarter turns may be so much further off: a joint beside its limb's line is how a
robot is built, not how it stands."""
_WORST = np.deg2rad(15.0)
"""A limb further from the source's than this has no matching pose."""


def matching_pose(
    robot: Robot, roles: Roles, directions: dict[str, np.ndarray]
) -> dict[str, float]:
    """Joint angles that bring a robot's limbs to a source's directions, within its limits.

    Beyond directions: soles lie flat and point forwards, elbows flex forwards, torso and head are
    turned as in the default pose, and what is left free stays near zero.

    Args:
        robot: Whose pose.
        roles: Of its bodies.
        directions: Limb (`left_thigh`, `left_shank`, `left_upper_arm`, `left_forearm`, and right)
            to its (3,) unit direction in the source's zero pose.

    Returns:
        Joint name to rad, those that are not zero.

    Raises:
        RobotError: The limits exclude that pose; says which limb is how far off and which joints
            sit on their limits.
    """
    aim = _Aim(robot, roles, directions)
    exact = aim.fit(_REST)
    aim.check(exact)
    quarters = np.round(aim.fit(_PLAIN) / (0.5 * np.pi)) * 0.5 * np.pi
    plain = np.clip(quarters, *robot.dof_limits.T)
    angles = plain if aim.worst(plain) < aim.worst(exact) + _NEAR else exact
    rounded = {name: round(float(a), 4) for name, a in zip(robot.dof_names, angles, strict=True)}
    return {name: angle for name, angle in rounded.items() if abs(angle) > 0.005}


class _Aim:
    """What the matching pose is asked for."""

    def __init__(self, robot: Robot, roles: Roles, directions: dict[str, np.ndarray]) -> None:
        self.robot, self.roles, self.directions = robot, roles, directions
        self._tree = tree_of(robot)
        self.rest = np.clip(np.zeros(robot.num_dofs), *robot.dof_limits.T)
        _, self.default = (each[0] for each in self._poses(robot.default_dof_pos[None]))
        self.flex = [self._flex(arm) for arm in roles.arms]

    def fit(self, rest: float) -> np.ndarray:
        """(D,) rad: the best pose, from both the zero pose and the default one."""
        low, high = self.robot.dof_limits.T
        starts = [np.clip(each, low, high) for each in (self.rest, self.robot.default_dof_pos)]
        bounds = (low - 1e-9, high + 1e-9)
        fits = [
            least_squares(
                lambda angles: self._batch(angles[None], rest)[0],
                start,
                jac=lambda angles: self._jacobian(angles, rest),  # pyright: ignore[reportArgumentType]
                bounds=bounds,
            )
            for start in starts
        ]
        return np.clip(min(fits, key=lambda fit: fit.cost).x, low, high)

    def worst(self, angles: np.ndarray) -> float:
        """Rad by which the worst limb, sole or elbow is off."""
        pos, rot = self._poses(angles[None])
        wanted = [(v, self.directions[name]) for name, v in self._limbs(pos, rot).items()]
        for leg in self.roles.legs:
            ahead, up = self._foot(leg, rot)
            wanted += [(ahead, np.array([1.0, 0.0, 0.0])), (up, np.array([0.0, 0.0, 1.0]))]
        for arm, sign in zip(self.roles.arms, self.flex, strict=True):
            wanted.append((self._flexing(arm, sign, pos, rot), np.array([1.0, 0.0, 0.0])))
        cosines = [float(found[0] @ aim) for found, aim in wanted]
        return float(np.arccos(np.clip(min(cosines), -1.0, 1.0)))

    def _jacobian(self, angles: np.ndarray, rest: float) -> np.ndarray:
        """Jacobian by central differences, one pass of kinematics for all joints."""
        step = 1e-6
        moves = step * np.eye(len(angles))
        both = self._batch(np.concatenate((angles + moves, angles - moves)), rest)
        return (both[: len(angles)] - both[len(angles) :]).T / (2.0 * step)

    def check(self, angles: np.ndarray) -> None:
        """Refuse a pose that is not the source's."""
        pos, rot = self._poses(angles[None])
        limbs = self._limbs(pos, rot)
        offs = {name: float(v[0] @ self.directions[name]) for name, v in limbs.items()}
        torso = self.robot.body_names.index(self.roles.torso)
        offs["torso"] = 0.5 * float((rot[0, torso] * self.default[torso]).sum() - 1.0)
        for name, cosine in offs.items():
            off = float(np.arccos(np.clip(cosine, -1.0, 1.0)))
            if off > _WORST:
                raise RobotError(
                    f"{self.robot.xml_path}: {name}: the limits exclude the source's zero pose; "
                    f"the nearest has it {np.rad2deg(off):.0f} degrees off, with "
                    f"{', '.join(self._stuck(angles)) or 'no joint'} on a limit; correct the "
                    "limits, or write the pair by hand with a matching_pose of your own"
                )

    def _poses(self, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, B, 3) m and (N, B, 3, 3) of bodies about an upright root, for joints (N, D) rad."""
        upright = np.tile([1.0, 0.0, 0.0, 0.0], (len(angles), 1))
        return poses_of(self._tree, np.zeros((len(angles), 3)), upright, angles)

    def _stuck(self, angles: np.ndarray) -> list[str]:
        low, high = self.robot.dof_limits.T
        at = (angles < low + 1e-3) | (angles > high - 1e-3)
        return [self.robot.dof_names[d] for d in np.flatnonzero(at)]

    def _batch(self, angles: np.ndarray, rest: float) -> np.ndarray:
        """(N, R) residuals of poses (N, D)."""
        pos, rot = self._poses(angles)
        parts = [v - self.directions[name] for name, v in self._limbs(pos, rot).items()]
        for leg in self.roles.legs:
            ahead, up = self._foot(leg, rot)
            parts += [0.5 * (ahead - [1.0, 0.0, 0.0]), 0.5 * (up - [0.0, 0.0, 1.0])]
        parts += [
            0.3 * (self._flexing(arm, sign, pos, rot) - [1.0, 0.0, 0.0])
            for arm, sign in zip(self.roles.arms, self.flex, strict=True)
        ]
        for name in filter(None, (self.roles.torso, self.roles.head)):
            body = self.robot.body_names.index(name)
            parts.append(0.5 * (rot[:, body] - self.default[body]).reshape(len(angles), 9))
        parts.append(rest * (angles - self.rest))
        return np.concatenate(parts, axis=-1)

    def _limbs(self, pos: np.ndarray, rot: np.ndarray) -> dict[str, np.ndarray]:
        """Limb to its (N, 3) unit direction."""
        at = {name: pos[:, b] for b, name in enumerate(self.robot.body_names)}
        limbs = {}
        for leg in self.roles.legs:
            # where along its own axis a hinge has its origin says nothing about the leg
            axis = self._axis(leg.knee, rot)
            for name, limb in (
                ("thigh", at[leg.knee] - at[leg.hip]),
                ("shank", at[leg.ankle] - at[leg.knee]),
            ):
                along = (limb * axis).sum(-1, keepdims=True) * axis
                limbs[f"{leg.side}_{name}"] = limb - along
        for arm in self.roles.arms:
            limbs[f"{arm.side}_upper_arm"] = at[arm.elbow] - at[arm.shoulder]
            limbs[f"{arm.side}_forearm"] = self._hand(arm, pos, rot) - at[arm.elbow]
        return {n: v / np.linalg.norm(v, axis=-1, keepdims=True) for n, v in limbs.items()}

    def _hand(self, arm: Arm, pos: np.ndarray, rot: np.ndarray) -> np.ndarray:
        body = self.robot.body_names.index(arm.hand)
        return pos[:, body] + rot[:, body] @ arm.tip

    def _foot(self, leg: Leg, rot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) directions: of the sole's front, and of what points up in the default pose."""
        body = self.robot.body_names.index(leg.foot)
        ahead = leg.toe - leg.heel
        up = self.default[body].T @ np.array([0.0, 0.0, 1.0])
        return rot[:, body] @ (ahead / np.linalg.norm(ahead)), rot[:, body] @ up

    def _flexing(self, arm: Arm, sign: float, pos: np.ndarray, rot: np.ndarray) -> np.ndarray:
        """(N, 3) direction in which the hand goes when the elbow flexes."""
        forearm = self._hand(arm, pos, rot) - pos[:, self.robot.body_names.index(arm.elbow)]
        way = sign * np.cross(self._axis(arm.elbow, rot), forearm)
        return way / np.linalg.norm(way, axis=-1, keepdims=True)

    def _axis(self, name: str, rot: np.ndarray) -> np.ndarray:
        """(N, 3) axis of a body's first joint, world."""
        body = self.robot.body_names.index(name)
        return rot[:, body] @ self.robot.dof_axes[dofs_of(self.robot, [body])[0]]

    def _flex(self, arm: Arm) -> float:
        """Sign of the elbow's angle when it flexes: away from where the arm is straight."""
        body = self.robot.body_names.index(arm.elbow)
        dof = dofs_of(self.robot, [body])[0]
        low, high = self.robot.dof_limits[dof]
        angles = np.tile(self.robot.default_dof_pos, (181, 1))
        angles[:, dof] = np.linspace(low, high, 181)
        limbs = self._limbs(*self._poses(angles))
        upper, fore = limbs[f"{arm.side}_upper_arm"], limbs[f"{arm.side}_forearm"]
        straight = angles[int((upper * fore).sum(-1).argmax()), dof]
        return 1.0 if high - straight > straight - low else -1.0

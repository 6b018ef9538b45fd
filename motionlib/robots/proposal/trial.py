"""Poses tried in simulation: how long the robot stands in one, and which way it leans."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import numpy as np

from motionlib.robot import Robot
from motionlib.robots.proposal.pose import propose_pose
from motionlib.robots.proposal.roles import ModelRoles
from motionlib.robots.proposal.shapes import Posture
from motionlib.robots.report import has_fallen

TRIAL_S = 5.0
"""s, as long as `motion robot check` tries."""
_LEANS_AT_S = 0.4
"""s after which servos have sagged and a slow fall has not begun."""
_CORRECTIONS = 3


class PoseTrial:
    """A robot whose servos are fixed and whose pose is sought."""

    def __init__(self, robot: Robot, model: mujoco.MjModel, roles: ModelRoles) -> None:
        self._robot, self._model, self._roles = robot, model, roles
        self._feet = [leg.tip for leg in roles.legs]

    def hold(self, pose: np.ndarray) -> float:
        """S for which it stands in a pose (D,) rad."""
        return self._fall(pose)[0]

    def stand(self, bend: float) -> tuple[np.ndarray, float]:
        """Pose with knees bent by so many rad that stands longest, and for how many s.

        Where the mass drifts to while servos sag, the pose begins that far on the other side.
        """
        best, longest, ahead = np.zeros(self._robot.num_dofs), -1.0, 0.0
        for _ in range(_CORRECTIONS):
            pose = np.round(propose_pose(self._model, self._roles, bend, ahead=ahead), 4)
            pose = np.clip(pose, *self._robot.dof_limits.T)
            stood_s, drift = self._fall(pose)
            if stood_s > longest:
                best, longest = pose, stood_s
            if stood_s >= TRIAL_S:
                break
            ahead -= drift
        return best, longest

    def _fall(self, pose: np.ndarray) -> tuple[float, float]:
        """S until it falls, or of the whole trial; m by which the mass moved ahead of the feet."""
        model, data = self._model, mujoco.MjData(self._model)
        height = self._height(pose)
        data.qpos[:] = [0.0, 0.0, height, 1.0, 0.0, 0.0, 0.0, *pose]
        data.ctrl[:] = pose
        mujoco.mj_forward(model, data)
        begin = drift = self._ahead(data)
        while data.time < TRIAL_S - 1e-9:
            mujoco.mj_step(model, data)
            if has_fallen(data.qpos, height):
                break
            if data.time <= _LEANS_AT_S:
                drift = self._ahead(data)
        stands = data.time >= TRIAL_S - 1e-9
        return TRIAL_S if stands else float(data.time), drift - begin

    def _ahead(self, data: mujoco.MjData) -> float:
        return float(data.subtree_com[1, 0] - data.xpos[self._feet, 0].mean())

    def _height(self, pose: np.ndarray) -> float:
        data = Posture(self._model, pose).data
        return -min(
            float(
                (data.body(s.body).xpos + s.corners @ data.body(s.body).xmat.reshape(3, 3).T)[
                    :, 2
                ].min()
            )
            for s in self._robot.soles
        )


def standing_text(stood_s: float) -> str:
    """What came of a trial, for people."""
    if stood_s >= TRIAL_S:
        return f"it stands for {TRIAL_S:g} s in simulation"
    return f"IT FALLS after {stood_s:.1f} s in simulation: correct pose or gains"

"""A watch over a step's numbers: where one is infinite or NaN, it says of which robots."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from motionlib.formats.broken_states import BrokenStates
from motionlib.robot import Robot
from motionlib.showing import listed
from training.divergence import TrainingDivergedError
from training.envs.commands.base import Command
from training.envs.commands.motion import MotionCommand
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot

_TOLD = 5


class Watch:
    """Holds a step's numbers against infinity and NaN. Costs one sum of each tensor a step."""

    def __init__(self, robot: Robot, command: Command, *, control_dt: float) -> None:
        self._robot, self._command, self._dt = robot, command, control_dt

    def check(self, values: Mapping[str, Tensor], stood: Snapshot, now: Moment) -> None:
        """Refuse numbers that are none.

        Args:
            values: (E, ...) by what they are called.
            stood: The robots before the step.
            now: After it.

        Raises:
            TrainingDivergedError: Names what, environments and motions; carries their states.
        """
        # a sum is not finite where a part of it is not; which one is asked only then
        total = torch.stack([value.sum() for value in values.values()]).sum()
        if bool(total.isfinite()):
            return
        found: dict[int, list[str]] = {}
        for name, value in values.items():
            broken = ~value.flatten(1).isfinite().all(-1) if value.ndim > 1 else ~value.isfinite()
            for env_id in broken.nonzero().squeeze(-1).tolist():
                found.setdefault(env_id, []).append(name)
        if not found:
            return  # large numbers, whose sum alone is none
        ids = sorted(found)
        reasons = [" and ".join(found[env_id]) + " infinite or NaN" for env_id in ids]
        states = self.states(ids, reasons, stood=stood, now=now)
        names = list(dict.fromkeys(name for each in found.values() for name in each))
        raise TrainingDivergedError(
            f"{', '.join(names)} became infinite or NaN in {len(ids)} of {len(now.action)} "
            f"environments ({listed(states.lines(), _TOLD)})",
            states,
        )

    def states(
        self, env_ids: Sequence[int], reasons: Sequence[str], *, stood: Snapshot, now: Moment
    ) -> BrokenStates:
        """What some robots were about, before and after a step.

        Args:
            env_ids: Which.
            reasons: Why each is told of.
            stood: All robots before the step.
            now: After it, before what they were asked.
        """
        ids = torch.tensor(list(env_ids), dtype=torch.int64, device=now.action.device)
        pair = [each.take(ids) for each in (stood, now.robot)]
        names, seconds = self._whereabouts(ids)

        def root(part: str) -> np.ndarray:
            return _array(torch.stack([getattr(each.bodies, part)[:, 0] for each in pair], dim=1))

        return BrokenStates(
            robot_name=self._robot.name,
            dof_names=tuple(self._robot.dof_names),
            env_ids=_array(ids),
            reasons=tuple(reasons),
            motion_names=names,
            seconds=seconds,
            root_pos=root("pos"),
            root_quat_wxyz=root("quat_wxyz"),
            root_lin_vel=root("lin_vel"),
            root_ang_vel=root("ang_vel"),
            dof_pos=_array(torch.stack([each.dof_pos for each in pair], dim=1)),
            dof_vel=_array(torch.stack([each.dof_vel for each in pair], dim=1)),
            action=_array(now.action[ids]),
            dof_target=_array(now.dof_target[ids]),
        )

    def _whereabouts(self, ids: Tensor) -> tuple[tuple[str, ...], np.ndarray]:
        command = self._command
        if not isinstance(command, MotionCommand):
            return ("",) * len(ids), np.full(len(ids), np.nan, dtype=np.float32)
        names = tuple(command.lib.names[motion] for motion in command.motion_ids[ids].tolist())
        return names, _array(command.frames[ids].float() * self._dt)


def _array(values: Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()

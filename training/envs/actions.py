"""From a policy's actions to position targets."""

import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.robots.model import robot_actuators
from training.envs.config import ActionConfig
from training.values import ConfigError


class ActionMap:
    """target = base + scale · action, about the default pose or the reference."""

    def __init__(
        self, config: ActionConfig, robot: Robot, *, profile: str, device: torch.device | str
    ) -> None:
        scale = torch.as_tensor(robot_actuators(robot, profile=profile).action_scale)
        if config.scale is not None:
            scale = torch.full_like(scale, config.scale)
        self._scale = (config.gain * scale).float().to(device)
        pose = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32, device=device)
        self._pose = None if config.base == "reference" else pose

    def targets(self, actions: Tensor, reference_dof_pos: Tensor | None) -> Tensor:
        """(E, D) rad targets.

        Args:
            actions: (E, D).
            reference_dof_pos: (E, D) rad, of the frame to be reached; None where there is none.

        Raises:
            ConfigError: Actions are about a reference, and there is none.
        """
        base = reference_dof_pos if self._pose is None else self._pose
        if base is None:
            raise ConfigError(
                "env.action.base is 'reference', expected 'default': env.command asks for no pose"
            )
        return torch.addcmul(base, self._scale, actions)

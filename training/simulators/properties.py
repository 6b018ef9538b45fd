"""Model properties that an experiment may draw for each robot: their names, values and bounds."""

from collections.abc import Mapping

import torch
from torch import Tensor

from motionlib.errors import nearest_names
from motionlib.robot import Robot


def nominal_properties(robot: Robot, num_envs: int, *, device: torch.device) -> dict[str, Tensor]:
    """Every property's value, (E, ...), as long as nothing was drawn.

    `foot_friction` (E,) absolute; `anchor_com_offset` (E, 3) m, added to the anchor body's centre
    of mass in that body's axes; `mass_scale` (E,) of the root body, its inertia with it;
    `command_delay` (E,) int64 physics steps by which targets come late.
    """
    return {
        "foot_friction": torch.full((num_envs,), robot.foot_friction, device=device),
        "anchor_com_offset": torch.zeros(num_envs, 3, device=device),
        "mass_scale": torch.ones(num_envs, device=device),
        "command_delay": torch.zeros(num_envs, dtype=torch.int64, device=device),
    }


def check_properties(
    values: Mapping[str, Tensor], nominal: Mapping[str, Tensor], *, engine: str, decimation: int
) -> None:
    """Refuse values that no robot can have.

    Args:
        values: What was drawn, by name.
        nominal: `nominal_properties` of the same robots.
        engine: Its name, for messages.
        decimation: Physics steps of a control step; delays are shorter.

    Raises:
        ValueError: An unknown name, with the nearest; a wrong shape; friction below 0, mass of 0
            or less, a delay of a control step or more, a number that is not finite.
    """
    lowest = {"foot_friction": 0.0, "mass_scale": 1e-6, "command_delay": 0}
    highest = {"command_delay": decimation - 1}
    for name, value in values.items():
        if name not in nominal:
            raise ValueError(f"{engine} cannot randomize {name!r}; {nearest_names(name, nominal)}")
        shape = nominal[name].shape
        if value.shape != shape:
            raise ValueError(f"{name} has shape {tuple(value.shape)}, expected {tuple(shape)}")
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"{name} holds a number that is not finite")
        low, high = lowest.get(name, float("-inf")), highest.get(name, float("inf"))
        if bool((value < low).any() | (value > high).any()):
            raise ValueError(
                f"{name}: expected {low} to {high}, found {value.min()} to {value.max()}"
            )

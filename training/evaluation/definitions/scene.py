"""Robots and their references with all of their bodies, at one instant of an evaluation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.geometry import length, rotation_distance
from training.envs.moment import Moment
from training.simulators.base import SimState

T = TypeVar("T")


class Bodies(NamedTuple):
    """All B bodies of E robots, world frame."""

    pos: Tensor
    """(E, B, 3) m, body origins."""
    quat_wxyz: Tensor
    """(E, B, 4) unit."""
    contact: Tensor
    """(E, B) bool: touches the ground; of a reference, its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which of a robot's bodies and dofs are what; rows of `Bodies`, the root is row 0."""

    body_names: tuple[str, ...]
    dof_names: tuple[str, ...]
    parents: Tensor
    """(B,) int64, the root's is itself."""
    tracked: Tensor
    """(K,) int64."""
    feet: Tensor
    """(F,) int64."""
    ends: Tensor
    """(N,) int64, feet and hands."""
    standing_height: float
    """m."""


def layout_of(robot: Robot, device: torch.device | str = "cpu") -> Layout:
    """The layout of a robot, its tensors on a device."""

    def rows(names: tuple[str, ...]) -> Tensor:
        found = [robot.body_names.index(name) for name in names]
        return torch.tensor(found, dtype=torch.int64, device=device)

    parents = torch.as_tensor(robot.parents, dtype=torch.int64, device=device)
    return Layout(
        body_names=robot.body_names,
        dof_names=robot.dof_names,
        parents=parents.clamp(min=0),
        tracked=rows(robot.tracked_bodies),
        feet=rows(robot.foot_bodies),
        ends=rows((*robot.foot_bodies, *robot.hand_bodies)),
        standing_height=robot.standing_height,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """E robots and what they follow, all bodies, at one instant."""

    now: Moment
    layout: Layout
    robot: Bodies
    reference: Bodies
    earlier: tuple[Tensor, Tensor]
    """(E, B, 3) m each, `away` one and two control steps earlier."""
    _known: dict[Callable[..., Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, derive: Callable[["Scene"], T]) -> T:
        """What follows from the scene, computed when first asked for, once."""
        if derive not in self._known:
            self._known[derive] = derive(self)
        return self._known[derive]


def robot_bodies(state: SimState) -> Bodies:
    """All bodies of a simulator's robots."""
    return Bodies(state.body_pos, state.body_quat_wxyz, state.body_contact)


def reference_bodies(states: MotionStates) -> Bodies:
    """All bodies of (E, ...) reference frames."""
    return Bodies(states.body_pos, states.body_quat_wxyz, states.body_contact)


def away(scene: Scene) -> Tensor:
    """(E, B, 3) m from every body to its reference, world."""
    return scene.reference.pos - scene.robot.pos


def distances(scene: Scene) -> Tensor:
    """(E, B) m of every body to its reference, world."""
    return length(scene.of(away))


def distances_from_root(scene: Scene) -> Tensor:
    """(E, B) m of every body to its reference, the roots laid upon each other, not turned."""
    apart = scene.of(away)
    return length(apart - apart[:, :1])


def turns(scene: Scene) -> Tensor:
    """(2, E, B) rad of every body against its reference: in the world, and against its parent.

    The root has no parent; its second angle is its first.
    """
    both = torch.stack((scene.robot.quat_wxyz, scene.reference.quat_wxyz))
    child = both[:, :, 1:]
    local = torch.cat((both[:, :, :1], _seen_from(both[:, :, scene.layout.parents[1:]], child)), 2)
    every = torch.stack((both, local), dim=1)
    return rotation_distance(every[0], every[1])


def _seen_from(frame: Tensor, quat: Tensor) -> Tensor:
    """frame⁻¹ ⊗ quat, in four products of whole quaternions."""
    w, x, y, z = frame.unsqueeze(-1).unbind(-2)
    qw, qx, qy, qz = quat.unbind(-1)
    return (
        w * quat
        + x * torch.stack((qx, -qw, qz, -qy), -1)
        + y * torch.stack((qy, -qz, -qw, qx), -1)
        + z * torch.stack((qz, qy, -qx, -qw), -1)
    )

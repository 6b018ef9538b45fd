"""Robots and their references with all of their bodies, at one instant of an evaluation."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.measures.joints import dof_pos_away
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
    anchor: int
    """Row of the anchor body."""
    tracked: Tensor
    """(K,) int64."""
    feet: Tensor
    """(F,) int64."""
    ends: Tensor
    """(N,) int64, feet and hands."""
    end_names: tuple[str, ...]
    standing_height: float
    """m."""
    hinges: Tensor | None = None
    """(D,) int64, the body that each dof turns, where every body turns about one hinge at most;
    None where some turn about several."""


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
        anchor=robot.body_names.index(robot.anchor_body),
        tracked=rows(robot.tracked_bodies),
        feet=rows(robot.foot_bodies),
        ends=rows((*robot.foot_bodies, *robot.hand_bodies)),
        end_names=(*robot.foot_bodies, *robot.hand_bodies),
        standing_height=robot.standing_height,
        hinges=_hinges(robot, device),
    )


def _hinges(robot: Robot, device: torch.device | str) -> Tensor | None:
    single = len(set(robot.dof_bodies.tolist())) == robot.num_dofs
    if robot.dof_coordinates != "hinges" or not single:
        return None
    return torch.as_tensor(robot.dof_bodies, dtype=torch.int64, device=device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """E robots and what they follow, all bodies, at one instant."""

    now: Moment
    layout: Layout
    robot: Bodies
    reference: Bodies
    earlier: tuple[Tensor, Tensor]
    """(3, E, B) m each, `away` one and two control steps earlier."""
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
    """(3, E, B) m from every body to its reference, world; axes first, so that sums are fast."""
    return _axes_first(scene.reference.pos - scene.robot.pos)


def distances(scene: Scene) -> Tensor:
    """(E, B) m of every body to its reference, world."""
    return norm(scene.of(away))


def distances_from_root(scene: Scene) -> Tensor:
    """(E, B) m of every body to its reference, the roots laid upon each other, not turned."""
    apart = scene.of(away)
    return norm(apart - apart[..., :1])


def turns(scene: Scene) -> Tensor:
    """(E, B) rad of every body against its reference, world."""
    return _angles(*scene.of(_quats))


def bends(scene: Scene) -> Tensor:
    """(E, B) rad of every body against its reference, each seen from its parent.

    The root has no parent: its angle is that in the world. Where a body turns about one hinge, it
    is the hinge's angle.
    """
    layout = scene.layout
    root = scene.of(turns)[:, :1]
    if layout.hinges is None:
        parents = layout.parents[1:]
        local = (_seen_from(quat[..., parents], quat[..., 1:]) for quat in scene.of(_quats))
        return torch.cat((root, _angles(*local)), dim=-1)
    apart = scene.now.of(dof_pos_away)
    # half a turn further is the same rotation from the other side
    apart = (torch.remainder(apart + math.pi, 2.0 * math.pi) - math.pi).abs()
    angles = torch.zeros_like(scene.of(turns))
    angles[:, layout.hinges] = apart
    angles[:, :1] = root
    return angles


def tilts(scene: Scene) -> Tensor:
    """(E, 2) |difference of gravity's z| in the frames of root and anchor and of their references.

    (E, 1) where the root is the anchor.
    """
    rows = slice(0, scene.layout.anchor + 1, max(scene.layout.anchor, 1))
    own, wanted = (quat[1:3, :, rows].square().sum(0) for quat in scene.of(_quats))
    # gravity's z is 2(x² + y²) - 1
    return (2.0 * (own - wanted)).abs()


def norm(vectors: Tensor) -> Tensor:
    """Lengths of (3, ...) vectors."""
    return vectors.square().sum(0).sqrt()


def _quats(scene: Scene) -> tuple[Tensor, Tensor]:
    """(4, E, B) of robots and of references."""
    return _axes_first(scene.robot.quat_wxyz), _axes_first(scene.reference.quat_wxyz)


def _axes_first(values: Tensor) -> Tensor:
    return values.movedim(-1, 0).contiguous()


def _angles(a: Tensor, b: Tensor) -> Tensor:
    """Angles between (4, ...) unit quaternions, from the chord: exact for small ones too."""
    sign = torch.where((a * b).sum(0) < 0.0, -1.0, 1.0)
    # |a - b| = 2 sin(angle / 4), at most sqrt(2) once the signs agree
    return 4.0 * torch.asin((0.5 * norm(a - sign * b)).clamp(max=1.0))


def _seen_from(frame: Tensor, quat: Tensor) -> Tensor:
    """frame⁻¹ ⊗ quat of (4, ...) quaternions."""
    w, x, y, z = frame
    qw, qx, qy, qz = quat
    return torch.stack(
        (
            w * qw + x * qx + y * qy + z * qz,
            w * qx - x * qw - y * qz + z * qy,
            w * qy + x * qz - y * qw - z * qx,
            w * qz - x * qy + y * qx - z * qw,
        )
    )

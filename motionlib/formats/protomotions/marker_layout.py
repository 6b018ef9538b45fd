"""Foreign body layouts: ours with massless marker bodies in between."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.rotations import quat_apply

Layout = Literal["native", "protomotions"]
"""`native`: the robot's own bodies. `protomotions`: with its marker bodies in their places."""

_LAYOUT_NAMES: tuple[Layout, ...] = get_args(Layout)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyLayout:
    """Where each body of a file comes from; L bodies."""

    name: Layout
    body_names: tuple[str, ...]
    sources: tuple[int, ...]
    """(L,) our body that carries it."""
    offsets: Tensor
    """(L, 3) f64 m, frame of that body; zero for bodies of ours."""
    native: tuple[int, ...]
    """(B,) place of each body of ours among the L."""

    def place(self, body_pos: Tensor, body_quat_wxyz: Tensor) -> tuple[Tensor, Tensor]:
        """(T, B, 3), (T, B, 4) of ours to (T, L, 3), (T, L, 4) of the layout."""
        quats = body_quat_wxyz[:, list(self.sources)]
        offsets = self.offsets.to(body_pos).expand(len(quats), -1, -1)
        return body_pos[:, list(self.sources)] + quat_apply(quats, offsets), quats


def body_layout(robot: Robot, name: Layout) -> BodyLayout:
    """Layout of a robot by name.

    Raises:
        RobotError: A marker's place or carrier is unknown.
        ValueError: No such layout.
    """
    if name not in _LAYOUT_NAMES:
        raise ValueError(f"layout {name!r}; choices: {', '.join(_LAYOUT_NAMES)}")
    names = list(robot.body_names)
    carriers = {body: (index, torch.zeros(3)) for index, body in enumerate(names)}
    for marker in robot.marker_bodies if name == "protomotions" else ():
        if marker.after not in names or marker.parent not in robot.body_names:
            raise RobotError(
                f"{robot.name}: marker body {marker.name!r} stands after {marker.after!r} on "
                f"{marker.parent!r}; both must be bodies of the robot; correct robot.yaml"
            )
        names.insert(names.index(marker.after) + 1, marker.name)
        offset = torch.as_tensor(marker.pos, dtype=torch.float64)
        carriers[marker.name] = (robot.body_names.index(marker.parent), offset)
    return BodyLayout(
        name=name,
        body_names=tuple(names),
        sources=tuple(carriers[body][0] for body in names),
        offsets=torch.stack([carriers[body][1].double() for body in names]),
        native=tuple(names.index(body) for body in robot.body_names),
    )


def layout_or_error(robot: Robot, num_bodies: int, num_dofs: int, where: object) -> BodyLayout:
    """The layout that has so many bodies.

    Raises:
        RobotError: No layout of the robot has, or the dofs differ.
    """
    layouts = [body_layout(robot, name) for name in _LAYOUT_NAMES]
    fitting = [layout for layout in layouts if len(layout.body_names) == num_bodies]
    if not fitting or num_dofs != robot.num_dofs:
        counts = sorted({len(layout.body_names) for layout in layouts})
        raise RobotError(
            f"{where}: has {num_bodies} bodies and {num_dofs} dofs; {robot.name} has "
            f"{' or '.join(map(str, counts))} and {robot.num_dofs}; pass the robot that the file "
            "was made for"
        )
    return fitting[0]

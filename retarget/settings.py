"""How motions are retargeted: the parameters of that stage, light enough for recipes."""

from dataclasses import dataclass, field
from typing import Literal

Method = Literal["native", "pyroki", "mink"]
"""`native`: the trajectory solver of this room. `pyroki`: the user's own installation of PyRoki.
`mink`: differential inverse kinematics, one frame after the other, the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettings:
    """Rules by which a point of a sole touches the ground; not scaled, so meant for human size."""

    speed_in: float = 0.20
    """m/s: slower than this a point may come into contact."""
    speed_out: float = 0.35
    """m/s: faster than this it leaves."""
    height_in: float = 0.05
    """m above the ground."""
    height_out: float = 0.08
    """m above the ground."""
    tilt: float = 0.02
    """m that heel and toe may differ in height before the upper one counts as lifted."""
    fill_s: float = 0.07
    """s: shorter gaps between contacts are filled."""
    drop_s: float = 0.10
    """s: shorter contacts are dropped."""
    recall_s: float = 1.0
    """s after which targets that were moved, so that feet in contact neither slide nor float, are
    back on the source's path to scale where no foot holds them; 0 leaves all targets to scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverSettings:
    """Weights of the terms, sum of w r² in metres and radians at 30 fps."""

    contact: float = 100.0
    """Weight that holds a standing heel or toe at its place, its corners together."""
    ground: float = 150.0
    """Weight of what is below the ground."""
    hold_s: float = 0.03
    """s that a corner is held before it stands and after; at least one frame."""
    blend_s: float = 0.1
    """s over which a foot goes from its goal's orientation to that of its stance."""
    rest: float = 2e-4
    """Weight that draws joints to the rest pose where nothing else says where they are."""
    smooth_dofs: float = 0.03
    """Weight of second differences of joints."""
    smooth_root_pos: float = 0.6
    """Weight of second differences of the root's position."""
    smooth_root_turn: float = 0.06
    """Weight of second differences of the root's orientation."""
    speed: float = 20.0
    """Weight of what exceeds a motor's speed."""
    collision: float = 80.0
    """Weight of capsules nearer than `collision_margin`; 0 leaves the term out."""
    collision_margin: float = 0.005
    """m of distance between capsules below which `collision` counts."""
    collision_reach: float = 0.015
    """m beyond the margin, in which capsules already slow each other down."""
    damping: float = 3e-3
    """Number added to the diagonal of the normal equations."""
    huber: float = 0.7
    """rad: larger orientation errors count linearly."""
    frame_rest: float = 0.03
    """Least weight of the rest pose while each frame is solved alone: what is undetermined then
    comes out alike in neighbouring frames."""
    stride_s: float = 0.134
    """s between the frames that are solved first, alone and then as a trajectory; the others
    start from what lies between them."""
    frame_iterations: int = 3
    """Iterations for each of the frames that are solved alone."""
    coarse_iterations: int = 3
    """Iterations at most for the trajectory through those frames."""
    clip_iterations: int = 12
    """Iterations at most for the trajectory."""
    least_iterations: int = 2
    """Iterations at least: limits that come and go can hide what an iteration gained."""
    stop: float = 0.05
    """Share of the cost: an iteration that is to gain less is the last."""
    chunk: int = 1024
    """Frames solved at once."""
    overlap: int = 48
    """Frames that neighbouring chunks share; blended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetSettings:
    """Parameters of the retargeting stage; part of every cache key."""

    method: Method = "native"
    """`native`: a trajectory solved whole; `pyroki`: your own installation of PyRoki; `mink`: frame by
    frame, the baseline."""
    fps: float = 0.0
    """Frames a second of the result; 0 keeps exactly the source's frames."""
    pair: str = ""
    """Yaml of the pair; empty takes `retarget/pairs/<source>_to_<robot>.yaml`."""
    contacts: ContactSettings = field(default_factory=ContactSettings)
    solver: SolverSettings = field(default_factory=SolverSettings)

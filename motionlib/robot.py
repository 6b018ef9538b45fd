"""A robot as data: names, tree, limits, gains and contact geometry, read from yaml and MJCF."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

DofCoordinates = Literal["hinges", "exponential_map"]
"""What `dof_pos` is: angles of hinges in series, or three numbers a joint that are one rotation
vector (axis times angle) in the frame of the joint's parent body."""
DOF_COORDINATES: tuple[str, ...] = get_args(DofCoordinates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sole:
    """Flat rectangular underside of one foot."""

    body: str
    """Name of the foot body."""
    corners: np.ndarray
    """(4, 3) m, foot-body frame: the corners of the contact rectangle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerBody:
    """A massless body that a foreign layout expects, rigidly attached to one of ours."""

    name: str
    parent: str
    """Name of the body of ours that carries it."""
    pos: np.ndarray
    """(3,) m, parent frame; the marker's axes are the parent's."""
    after: str
    """Body (ours or an earlier marker) behind which it stands in the foreign body order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actuators:
    """Position servos of one actuator profile; every array is (D,), robot dof order."""

    profile: str
    stiffness: np.ndarray
    """(D,) N m/rad."""
    damping: np.ndarray
    """(D,) N m s/rad, the servo's derivative gain plus the joint's own damping."""
    armature: np.ndarray
    """(D,) kg m²."""
    frictionloss: np.ndarray
    """(D,) N m."""
    effort_limit: np.ndarray
    """(D,) N m."""
    velocity_limit: np.ndarray
    """(D,) rad/s; infinity where unknown."""
    action_scale: np.ndarray
    """(D,) rad of target change for an action of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """One legged robot; immutable. Bodies in MJCF depth-first order, world excluded, root first."""

    name: str
    xml_path: Path
    files: tuple[Path, ...]
    """All that it was read from: the yaml, the MJCF or URDF, what that includes, and its meshes,
    height fields and skins. Textures are left out: they move and touch nothing."""
    sha256: str
    """Hash of the bytes of `files`: changes when the robot does, and when a comment does."""
    body_names: tuple[str, ...]
    body_aliases: Mapping[str, str]
    """Foreign body name to ours."""
    parents: np.ndarray
    """(B,) int64 parent body index; -1 for the root."""
    body_offset_pos: np.ndarray
    """(B, 3) m, parent frame; the root's is its model position."""
    body_offset_quat_wxyz: np.ndarray
    """(B, 4) unit, parent frame."""
    dof_names: tuple[str, ...]
    dof_bodies: np.ndarray
    """(D,) int64 index of the body that the dof moves."""
    dof_axes: np.ndarray
    """(D, 3) unit hinge axis, frame of that body."""
    dof_limits: np.ndarray
    """(D, 2) rad, lower and upper."""
    soft_limit_factor: float
    """Share of each range, about its middle, that rewards call safe."""
    default_dof_pos: np.ndarray
    """(D,) rad."""
    default_root_height: float
    """m, of the root body's origin when the robot stands in its default pose."""
    standing_height: float
    """m, ground to the top of the robot in the default pose; scales thresholds."""
    anchor_body: str
    head_body: str
    """Body that stands for the head in terminations and reports."""
    tracked_bodies: tuple[str, ...]
    """Bodies whose pose is rewarded and scored, root first."""
    foot_bodies: tuple[str, ...]
    """Left feet then right feet."""
    hand_bodies: tuple[str, ...]
    """Bodies of the hands; empty for robots without arms."""
    soles: tuple[Sole, ...]
    """One for each foot body, in the order of `foot_bodies`."""
    foot_friction: float
    actuator_profiles: Mapping[str, Actuators]
    default_profile: str
    marker_bodies: tuple[MarkerBody, ...]
    polynomial_dof_names: tuple[str, ...]
    """Joint order of reference-motion pickles, extra joints included; empty if none is known."""
    dof_coordinates: DofCoordinates = "hinges"
    """`hinges`, or `exponential_map`: three for each body but the root, x y z, body order."""
    rest_root_pos: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """m; what a body model adds to its `trans` to reach the root joint, in the axes of the world
    that `trans` is given in; zeros where no body model is behind the robot."""
    lowest_body_height: float = 0.0
    """m above ground of the lowest body origin when the robot stands: what a height fix aims at."""
    semantic_sha256: str
    """Hash of the compiled kinematic facts, of whichever file: equal robots match whatever
    their files look like. Shapes, masses and gains are no part of it."""

    @property
    def num_bodies(self) -> int:
        """Number of bodies, world excluded."""
        return len(self.body_names)

    @property
    def num_dofs(self) -> int:
        """Number of dofs, root excluded."""
        return len(self.dof_names)

"""Servos of a model: what it says of them, and what its weight needs where it says nothing."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np

from motionlib.robots.facts.servos import ModelServo
from motionlib.robots.proposal.roles import ModelRoles
from motionlib.robots.proposal.shapes import Posture

_OMEGA = 2.0 * np.pi * 10.0
"""rad/s: a servo of 10 Hz, BeyondMimic's rule."""
_GRAVITY = 9.81
_LEG_SHARE = 0.6
"""Effort of a leg's joint as a share of weight times leg: 139 N m of the G1's 227."""
_LIFTS = 3.0
"""Effort of another joint as a multiple of what holds its limb stretched out."""
_REACH = 1.5
"""rad of error at which a servo gives its whole effort: 1.4 to 1.75 of the G1 and the H1."""
_SAG = 0.1
"""rad by which a joint that carries no weight but its limb's sags at most under it."""
STIFFNESS = (0.0, 0.75, 2.0)
"""Least stiffness of a leg's joint as a share of weight times height of the mass, softest first: two
legs of three joints of .75 just hold an upright rod."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServoGuess:
    """A joint's servo, and which of its numbers are guesses."""

    stiffness: float
    damping: float
    armature: float
    frictionloss: float
    effort_limit: float
    velocity_limit: float | None
    guessed: tuple[str, ...]
    """Names of fields that the model does not say."""


def propose_servos(
    model: mujoco.MjModel, roles: ModelRoles, said: Mapping[str, ModelServo], *, least: float
) -> dict[str, ServoGuess]:
    """A servo for every hinge, by name.

    Args:
        model: With a free root and hinges.
        roles: Which bodies are legs.
        said: What the model says, by joint.
        least: One of `STIFFNESS`.
    """
    posture = Posture(model)
    legs = {body for leg in roles.legs for body in leg.bodies}
    trunk = set()
    above = roles.anchor
    while above > 1:
        trunk.add(above)
        above = int(model.body_parentid[above])
    weight = _GRAVITY * float(model.body_mass.sum())
    lowest = min(float(posture.surface(leg.tip)[:, 2].min(initial=0.0)) for leg in roles.legs)
    length = max(-lowest, 1e-3)
    upright = weight * (float(posture.data.subtree_com[1, 2]) + length)
    servos = {}
    for joint in range(1, model.njnt):
        body, name = int(model.jnt_bodyid[joint]), model.joint(joint).name
        carries = body in legs or body in trunk
        arm = np.linalg.norm(posture.data.subtree_com[body] - posture.data.xpos[body])
        holds = _GRAVITY * float(model.body_subtreemass[body]) * float(arm)
        effort = max(_LIFTS * holds, _LEG_SHARE * weight * length if carries else 1e-3 * upright)
        stiff = least * upright if carries else 0.0
        servos[name] = _servo(said.get(name, ModelServo()), effort, holds / _SAG, stiff)
    return servos


def _servo(said: ModelServo, effort: float, sagging: float, least: float) -> ServoGuess:
    """What is said, and beside it: effort in N m, stiffness against sagging, least stiffness."""
    effort = said.effort_limit or _round(effort)
    if said.stiffness is not None:
        stiffness = said.stiffness
    elif said.armature:
        stiffness = _round(max(said.armature * _OMEGA**2, least))
    else:
        stiffness = _round(max(effort / _REACH, sagging, least))
    # a servo's damping ratio is 2, its frequency 10 Hz: stiffness / armature = omega², and so on
    damping = said.damping if said.stiffness and said.damping else _round(4.0 * stiffness / _OMEGA)
    armature = said.armature or _round(stiffness / _OMEGA**2)
    fields = ("stiffness", "armature", "effort_limit")
    guessed = [field for field in fields if getattr(said, field) is None]
    guessed += [] if said.stiffness and said.damping else ["damping"]
    return ServoGuess(
        stiffness=stiffness,
        damping=damping,
        armature=armature,
        frictionloss=said.frictionloss or 0.0,
        effort_limit=effort,
        velocity_limit=said.velocity_limit,
        guessed=tuple(sorted(guessed)),
    )


def _round(value: float) -> float:
    return float(f"{value:.3g}")

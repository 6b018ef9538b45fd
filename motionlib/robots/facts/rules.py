"""The table of what is done about a model's every word, applied before it is compiled."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import mujoco
import numpy as np

from motionlib.robots.facts import joints, options, scenery
from motionlib.robots.facts.fact import Fact
from motionlib.robots.facts.folding import fold_joints

Rule = Callable[[Path, mujoco.MjSpec], Iterator[Fact]]
"""Changes a spec to what is in force, and tells every word of the model that it changed or kept.
A rule raises `RobotError` where the word can neither be overruled nor absorbed."""

RULES: tuple[Rule, ...] = (
    scenery.remove_drives,
    scenery.refuse_soft_bodies,
    scenery.remove_tendons,
    scenery.keep_one_root,
    joints.free_the_root,
    options.settle_gravity,
    options.settle_options,
    options.settle_flags,
    options.settle_compiler,
    joints.settle_limits,
    joints.clear_joints,
    joints.clear_bodies,
    joints.note_shapes,
)
"""In the order in which they are applied: constraints refer to what later rules remove."""

_ADDED = ("actuator", "geom", "site", "joint")
_NO_VALUES = ("classname", "compiler", "frame", "id", "info", "name", "parent", "plugin",
              "rgba", "signature", "userdata")  # fmt: skip
"""What an element is, or looks like; to read some of them of a default class is fatal."""


class Settled(NamedTuple):
    """What became of a model."""

    facts: tuple[Fact, ...]
    shifts: dict[str, np.ndarray]
    """Body to (3,) m: how far its origin was moved onto its joint's axis, in its former frame."""


def settle(path: Path, spec: mujoco.MjSpec) -> Settled:
    """Leave nothing in a model but the robot, and nothing in force that robot.yaml does not say.

    Args:
        path: The model, for messages.
        spec: Not compiled, and changed here.

    Raises:
        RobotError: What robot.yaml cannot overrule; names it and the remedy.
    """
    facts = [fact for rule in RULES for fact in rule(path, spec)]
    shifts: dict[str, np.ndarray] = {}
    facts += fold_joints(path, spec, shifts)
    _clear_defaults(spec)
    return Settled(tuple(facts), shifts)


def _clear_defaults(spec: mujoco.MjSpec) -> None:
    """Have what the workbench adds later, servos and ground, begin from MuJoCo's own values.

    What is added to a spec begins from the model's main default class: a gear or a control range
    that its author meant for his own motors.
    """
    plain_spec = mujoco.MjSpec()  # named, as its defaults end with it
    usual = plain_spec.default
    for kind in _ADDED:
        own, plain = getattr(spec.default, kind), getattr(usual, kind)
        for field in dir(plain):
            if field.startswith("_") or field in _NO_VALUES:
                continue
            value = getattr(plain, field)
            if not callable(value):
                setattr(own, field, value)

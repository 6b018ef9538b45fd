"""Bodies of a humanoid that touch while it stands in the T-pose."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from dataclasses import replace

import mujoco

from motionlib.kinematic_tree import joints_between
from motionlib.robots.humanoid.description import Humanoid, humanoid_xml

_CLEARANCE = 0.02
"""m: bodies of one trunk or limb that come this near at rest are one flesh."""


def exclude_touching(humanoid: Humanoid) -> Humanoid:
    """The humanoid without collisions between bodies that touch at rest.

    Bodies that are near each other at rest and at most two joints apart are counted as touching,
    so that a shoulder may turn, but legs are not: crossing them is a fault to be seen. A body and
    its parent never collide in MuJoCo anyway.
    """
    spec = mujoco.MjSpec.from_string(humanoid_xml(humanoid))
    for geom in spec.geoms:
        geom.margin = _CLEARANCE
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    pairs, parents = set(), model.body_parentid[1:] - 1
    for contact in data.contact[: data.ncon]:
        first, second = sorted(int(model.geom_bodyid[geom]) for geom in contact.geom)
        near = joints_between(parents, first - 1, second - 1) <= 2
        if contact.dist < 0.0 or (near and not model.body(first).name.endswith("Hip")):
            pairs.add((first, second))
    names = tuple((model.body(a).name, model.body(b).name) for a, b in sorted(pairs))
    return replace(humanoid, excluded_pairs=names)

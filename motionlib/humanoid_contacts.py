"""Which bodies of a humanoid touch while it stands in the T-pose."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from dataclasses import replace

import mujoco

from motionlib.humanoid import Humanoid, humanoid_xml

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
    pairs = set()
    for contact in data.contact[: data.ncon]:
        first, second = sorted(int(model.geom_bodyid[geom]) for geom in contact.geom)
        near = _joints_between(model, first, second) <= 2
        if contact.dist < 0.0 or (near and not model.body(first).name.endswith("Hip")):
            pairs.add((first, second))
    names = tuple((model.body(a).name, model.body(b).name) for a, b in sorted(pairs))
    return replace(humanoid, excluded_pairs=names)


def _joints_between(model: mujoco.MjModel, first: int, second: int) -> int:
    """Length of the way from one body to the other through the tree."""
    paths = []
    for body in (first, second):
        path = [body]
        while path[-1] > 0:
            path.append(int(model.body_parentid[path[-1]]))
        paths.append(path)
    shared = next(body for body in paths[0] if body in paths[1])
    return paths[0].index(shared) + paths[1].index(shared)

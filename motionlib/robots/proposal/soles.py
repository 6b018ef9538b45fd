"""The underside of a foot, from its shapes: a box by its name, else the corners of a rectangle."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import numpy as np

from motionlib.robots.proposal.shapes import Posture

_LAYER = 0.15
"""Share of a foot's height, from below, whose points make the rectangle."""
_LEAST_SIDE = 0.01
"""m; a narrower rectangle is widened to this."""
_BOX = mujoco.mjtGeom.mjGEOM_BOX


def propose_sole(posture: Posture, foot: int) -> str | np.ndarray:
    """Name of the foot's box that is lowest, or (4, 3) m corners in the foot's frame.

    Args:
        posture: The model where its feet are level: with all joints at zero.
        foot: Body index.
    """
    model, data = posture.model, posture.data
    points = posture.surface(foot)
    if len(points) == 0:
        points = data.xpos[foot] + 0.05 * np.array([[1, 1, 0], [-1, -1, 0], [1, -1, 0], [-1, 1, 0]])
    lowest = points[:, 2].min()
    first, count = model.body_geomadr[foot], model.body_geomnum[foot]
    boxes = [
        geom
        for geom in range(first, first + count)
        if model.geom_type[geom] == _BOX and posture.touches(geom) and model.geom(geom).name
    ]
    for geom in sorted(boxes, key=lambda geom: -float(model.geom_size[geom].prod())):
        half = np.abs(data.geom_xmat[geom].reshape(3, 3)[2]) @ model.geom_size[geom]
        if data.geom_xpos[geom, 2] - half <= lowest + 1e-3:
            return model.geom(geom).name
    layer = points[points[:, 2] <= lowest + max(_LAYER * np.ptp(points[:, 2]), 1e-3)]
    low, high = layer[:, :2].min(axis=0), layer[:, :2].max(axis=0)
    short = np.maximum(_LEAST_SIDE - (high - low), 0.0) / 2.0
    low, high = low - short, high + short
    world = np.array(
        [
            [high[0], high[1], lowest],
            [high[0], low[1], lowest],
            [low[0], low[1], lowest],
            [low[0], high[1], lowest],
        ]
    )
    return (world - data.xpos[foot]) @ data.xmat[foot].reshape(3, 3)

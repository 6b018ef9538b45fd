"""A terrain as the floor of a MuJoCo spec."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import numpy as np

from motionlib.robots.model import FLOOR
from training.simulators.terrain import Terrain

_THICKNESS = 1.0
"""m of ground under the lowest point: what sinks deeper in one physics step falls through."""


def lay_ground(spec: mujoco.MjSpec, terrain: Terrain) -> None:
    """Turn the floor plane of a spec that is not compiled yet into the terrain."""
    if terrain.heights is None:
        return
    rows, columns = terrain.heights.shape
    lowest, highest = float(terrain.heights.min()), float(terrain.heights.max())
    half_x, half_y = 0.5 * terrain.extent[0], 0.5 * terrain.extent[1]
    # MuJoCo stretches what it is given over 0 to `rise`, which has to be positive
    rise = highest - lowest or 1.0
    spec.add_hfield(
        name=FLOOR,
        nrow=rows,
        ncol=columns,
        size=[half_x, half_y, rise, _THICKNESS],
        userdata=np.asarray(terrain.heights, dtype=np.float32).flatten(),
    )
    floor = spec.geom(FLOOR)
    floor.type = mujoco.mjtGeom.mjGEOM_HFIELD
    floor.hfieldname = FLOOR
    floor.pos = [0.0, 0.0, lowest]

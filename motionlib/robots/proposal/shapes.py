"""Where the surface of a model's bodies is, in a pose: enough points to find what is lowest."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import itertools

import mujoco
import numpy as np

_SIGNS = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
_AXES = np.concatenate((np.eye(3), -np.eye(3)))
_MOST_VERTICES = 2000
_MESH = mujoco.mjtGeom.mjGEOM_MESH
_SPHERE, _CAPSULE = mujoco.mjtGeom.mjGEOM_SPHERE, mujoco.mjtGeom.mjGEOM_CAPSULE


class Posture:
    """A model with its root upright at the origin and its joints somewhere."""

    def __init__(self, model: mujoco.MjModel, dof_pos: np.ndarray | None = None) -> None:
        self.model, self.data = model, mujoco.MjData(model)
        self.data.qpos[:7] = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
        self.data.qpos[7:] = 0.0 if dof_pos is None else dof_pos
        mujoco.mj_kinematics(model, self.data)
        mujoco.mj_comPos(model, self.data)

    def points(self, body: int, *, touching: bool = False) -> np.ndarray:
        """(N, 3) m, world, on the geoms of a body: all, or those that can touch something."""
        first, count = self.model.body_geomadr[body], self.model.body_geomnum[body]
        parts = [self._geom(geom) for geom in range(first, first + count)
                 if not touching or self.touches(geom)]  # fmt: skip
        return np.concatenate(parts) if parts else np.empty((0, 3))

    def touches(self, geom: int) -> bool:
        """Whether a geom can touch anything."""
        return bool(self.model.geom_contype[geom] or self.model.geom_conaffinity[geom])

    def carried(self, body: int) -> list[int]:
        """A body and what is fixed on it, without what moves against it."""
        own = [body]
        for other in range(body + 1, self.model.nbody):
            if self.model.body_parentid[other] in own and self.model.body_jntnum[other] == 0:
                own.append(other)
        return own

    def surface(self, body: int) -> np.ndarray:
        """(N, 3) m, world, of a body with what is fixed on it; that can touch, if anything can."""
        for touching in (True, False):
            parts = [self.points(each, touching=touching) for each in self.carried(body)]
            if sum(len(part) for part in parts):
                return np.concatenate(parts)
        return np.empty((0, 3))

    def _geom(self, geom: int) -> np.ndarray:
        model, size = self.model, self.model.geom_size[geom]
        kind = model.geom_type[geom]
        if kind == _SPHERE:
            local = size[0] * _AXES
        elif kind == _CAPSULE:
            along = np.array([0.0, 0.0, size[1]])
            local = np.concatenate((size[0] * _AXES + along, size[0] * _AXES - along))
        elif kind == _MESH:
            mesh = model.geom_dataid[geom]
            start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
            step = max(1, count // _MOST_VERTICES)
            local = model.mesh_vert[start : start + count : step].astype(np.float64)
        else:
            center, half = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
            local = center + _SIGNS * half
        turn = self.data.geom_xmat[geom].reshape(3, 3)
        return self.data.geom_xpos[geom] + local @ turn.T

"""Residuals of the retargeting problem as JAX functions over jaxls variables."""

# jax, jaxlie and jaxls are the user's, so nothing here is typed beyond Any.

from types import ModuleType
from typing import Any

import numpy as np

from motionlib.robot import Robot
from retarget.settings import SolverSettings
from retarget.solver.problem import Terms

_TINY = 1e-9


class Residuals:
    """Builds the costs of a chunk; every residual is the square root of its weight times a length."""

    def __init__(
        self,
        *,
        modules: dict[str, ModuleType],
        robot: Robot,
        model: Any,
        terms: Terms,
        speed: np.ndarray,
        settings: SolverSettings,
    ) -> None:
        """Order everything as PyRoki orders links and joints.

        Args:
            modules: jax, jaxlie and jaxls by name.
            robot: Ours.
            model: PyRoki's robot.
            terms: What is asked of every frame, our order.
            speed: (D,) rad/s, infinity where unknown.
            settings: Weights between frames.
        """
        self._jnp: Any = modules["jax"].numpy
        self._jaxlie: Any = modules["jaxlie"]
        self._jaxls: Any = modules["jaxls"]
        self._model, self._terms, self._settings = model, terms, settings
        self.joint_var: Any = model.joint_var_cls
        links = [model.links.names.index(name) for name in robot.body_names]
        self._link = np.array(links, dtype=np.int32)
        dofs = [robot.dof_names.index(name) for name in model.joints.actuated_names]
        self._limits = terms.limits[dofs].astype(np.float32)
        self._rest = terms.rest[dofs].astype(np.float32)
        self._rest_root = np.sqrt(terms.rest_weight[dofs]).astype(np.float32)
        self._speed = np.where(np.isfinite(speed), speed, 1e6)[dofs].astype(np.float32)

    def costs(self, targets: dict[str, Any], real: Any, fps: Any) -> list[Any]:
        """All costs of a chunk.

        Args:
            targets: Arrays by name, each (T, ...).
            real: (T,) one, or zero where a frame is padding.
            fps: Frames a second.
        """
        ids = self._jnp.arange(len(real))
        root, joints = self._jaxls.SE3Var, self.joint_var
        names = ("points", "turns", "anchors", "anchor_weight", "floor")
        asked = tuple(targets[name] for name in names)
        costs = [self._jaxls.Cost(self._frame, (root(ids), joints(ids), *asked))]
        if len(real) > 1:
            costs.append(
                self._jaxls.Cost(
                    self._speed_residual,
                    (joints(ids[:-1]), joints(ids[1:]), real[1:, None], fps[None, None]),
                )
            )
        if len(real) > 2:
            roots = tuple(root(ids[i : len(real) - 2 + i]) for i in range(3))
            three = tuple(joints(ids[i : len(real) - 2 + i]) for i in range(3))
            costs.append(
                self._jaxls.Cost(
                    self._smooth_residual, (*roots, *three, real[2:, None], fps[None, None])
                )
            )
        return costs

    def _frame(self, values, root_var, joint_var, points, turns, places, weights, floor):
        """(R,) residuals of one frame alone."""
        jnp, terms = self._jnp, self._terms
        dofs = values[joint_var]
        links = self._jaxlie.SE3(self._model.forward_kinematics(dofs)[self._link])
        bodies = values[root_var] @ links
        pos, rot = bodies.translation(), bodies.rotation().as_matrix()

        def at(body, local):
            return pos[body] + jnp.einsum("pij,pj->pi", rot[body], local.astype(np.float32))

        point = at(terms.point_body, terms.point_local) - points
        corner = at(terms.corner_body, terms.corner_local)
        lowest = at(terms.low_body, terms.low_local)[:, 2] - terms.low_radius.astype(np.float32)
        over = jnp.maximum(dofs - self._limits[:, 1], 0.0) + jnp.maximum(
            self._limits[:, 0] - dofs, 0.0
        )
        return jnp.concatenate(
            (
                (np.sqrt(terms.point_weight)[:, None].astype(np.float32) * point).ravel(),
                self._turn(rot[terms.turn_body], turns).ravel(),
                (jnp.sqrt(weights)[:, None] * (corner - places)).ravel(),
                np.sqrt(terms.ground_weight) * jnp.minimum(corner[:, 2] - floor, 0.0),
                np.sqrt(terms.ground_weight) * jnp.minimum(lowest, 0.0),
                _LIMIT * over,
                self._rest_root * (dofs - self._rest),
                self._collision(at),
            )
        )

    def _turn(self, rot, wanted):
        """(O, 3) rotation vectors; beyond `huber` they count linearly."""
        jnp, terms = self._jnp, self._terms
        log = self._jaxlie.SO3.from_matrix(jnp.einsum("oij,okj->oik", rot, wanted)).log()
        square = (log**2).sum(-1, keepdims=True)
        angle = jnp.sqrt(jnp.maximum(square, _TINY))
        far = angle > terms.huber
        # cost h (2 a - h) beyond h, a² within
        share = jnp.where(far, jnp.sqrt(terms.huber * (2.0 * angle - terms.huber)) / angle, 1.0)
        return np.sqrt(terms.turn_weight)[:, None].astype(np.float32) * share * log

    def _collision(self, at):
        """(Q,) how much nearer than the margin each pair of capsules is."""
        jnp, terms = self._jnp, self._terms
        starts = at(terms.caps_body, terms.caps_start)
        ends = at(terms.caps_body, terms.caps_end)
        a, b = terms.pair_a, terms.pair_b
        apart = self._between(starts[a], ends[a], starts[b], ends[b])
        radii = (terms.caps_radius[a] + terms.caps_radius[b]).astype(np.float32)
        gap = jnp.sqrt(jnp.maximum((apart**2).sum(-1), _TINY)) - radii
        return np.sqrt(terms.pair_weight) * jnp.maximum(terms.pair_margin - gap, 0.0)

    def _between(self, p, q, r, s):
        """(Q, 3) m between the nearest points of segments p q and r s."""
        jnp = self._jnp
        u, v, w = q - p, s - r, p - r
        uu, uv, vv = (u * u).sum(-1), (u * v).sum(-1), (v * v).sum(-1)
        uw, vw = (u * w).sum(-1), (v * w).sum(-1)
        det = uu * vv - uv * uv
        t = jnp.where(det > _TINY, (uv * vw - vv * uw) / jnp.maximum(det, _TINY), 0.0)
        t = jnp.clip(t, 0.0, 1.0)
        k = jnp.clip((uv * t + vw) / jnp.maximum(vv, _TINY), 0.0, 1.0)
        t = jnp.clip((uv * k - uw) / jnp.maximum(uu, _TINY), 0.0, 1.0)
        return w + t[:, None] * u - k[:, None] * v

    def _speed_residual(self, values, before, after, real, fps):
        """(D,) rad a frame beyond the motors' speed."""
        jnp = self._jnp
        step = jnp.abs(values[after] - values[before])
        over = jnp.maximum(step - self._speed / fps[0], 0.0)
        return np.sqrt(self._settings.speed) * fps[0] / 30.0 * real[0] * over

    def _smooth_residual(self, values, *args):
        """(6 + D,) second differences of root and joints."""
        jnp, s = self._jnp, self._settings
        a, b, c = (values[var] for var in args[:3])
        d, e, f = (values[var] for var in args[3:6])
        real, fps = args[6:]
        place = a.translation() - 2.0 * b.translation() + c.translation()
        turn = (c.rotation() @ b.rotation().inverse()).log()
        turn = turn - (b.rotation() @ a.rotation().inverse()).log()
        parts = (
            np.sqrt(s.smooth_root_pos) * place,
            np.sqrt(s.smooth_root_turn) * turn,
            np.sqrt(s.smooth_dofs) * (d - 2.0 * e + f),
        )
        return (fps[0] / 30.0) ** 2 * real[0] * jnp.concatenate(parts)


_LIMIT = 10.0
"""Root of the weight of what exceeds a limit; the result is clamped besides."""

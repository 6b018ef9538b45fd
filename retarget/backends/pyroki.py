"""The user's own PyRoki as a back end: the same terms, solved by jaxls on JAX.

PyRoki and jaxls are on no package index. What is asked of every frame, and with which weight, is
what `retarget.solver.problem` says: one yaml, one goal, two solvers. A clip of any length is solved in
chunks whose frames are padded to powers of two, so that a few shapes are compiled once each.
"""

import io
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot
from retarget.backends.pyroki_residuals import Residuals
from retarget.backends.urdf import urdf_from_robot
from retarget.errors import RetargetError, optional_module
from retarget.model import tree_of
from retarget.pairs.pair import Pair
from retarget.settings import SolverSettings
from retarget.solver.native import Trajectory, chunks_of, join_chunks
from retarget.solver.problem import terms_of
from retarget.solver.stance import Feet
from retarget.targets import Goal

INSTALL = (
    "pip install git+https://github.com/brentyi/jaxls.git && "
    "pip install git+https://github.com/chungmin99/pyroki.git"
)
CHUNK, OVERLAP = 464, 48
"""Frames solved at once, and those that neighbours share: 512 together."""
SHORTEST = 64
"""Frames that the shortest clip is padded to."""


class PyrokiBackEnd:
    """Solves clips of one robot and pair with PyRoki."""

    def __init__(
        self,
        robot: Robot,
        pair: Pair,
        settings: SolverSettings | None = None,
        *,
        max_iterations: int = 100,
    ) -> None:
        """Load PyRoki and hand it the robot.

        Args:
            robot: Target, of hinges.
            pair: Keypoints and their weights.
            settings: Weights of the other terms.
            max_iterations: Of a chunk, at most; jaxls stops when the cost no longer falls.

        Raises:
            RetargetError: PyRoki or jaxls is not installed, or the robot's joints are rotation
                vectors.
        """
        if robot.dof_coordinates != "hinges":
            raise RetargetError(
                f"{robot.name}: PyRoki turns hinges, this robot's joints are rotation vectors; "
                "take method 'native'"
            )
        self.robot, self.pair = robot, pair
        self.settings = settings or SolverSettings()
        names = ("pyroki", "jaxls", "jax", "jaxlie", "yourdfpy", "loguru")
        modules = {n: optional_module(n, method="pyroki", install=INSTALL) for n in names}
        modules["loguru"].logger.disable("jaxls")  # it reports every chunk
        self._jax: Any = modules["jax"]
        self._jaxlie: Any = modules["jaxlie"]
        self._jaxls: Any = modules["jaxls"]
        self._terms = terms_of(robot, pair, self.settings, tree_of(robot))
        self._feet = Feet(robot, pair)
        text = io.BytesIO(urdf_from_robot(robot).encode())
        urdf = modules["yourdfpy"].URDF.load(text, build_scene_graph=True, load_meshes=False)
        model = modules["pyroki"].Robot.from_urdf(urdf, default_joint_cfg=self._terms.rest)
        self._order = [model.joints.actuated_names.index(name) for name in robot.dof_names]
        self._residuals = Residuals(
            modules=modules,
            robot=robot,
            model=model,
            terms=self._terms,
            speed=robot.actuator_profiles[robot.default_profile].velocity_limit * pair.speed_limit,
            settings=self.settings,
        )
        self._max_iterations = max_iterations
        self._solve = self._jax.jit(self._solve_padded)

    def solve(self, goal: Goal) -> Trajectory:
        """The robot's trajectory for a goal, on exactly its frames."""
        targets, frames = self._targets(goal), len(goal.points)
        chunks, parts = chunks_of(frames, CHUNK, OVERLAP), []
        for rows in chunks:
            part = {name: array[rows] for name, array in targets.items()}
            parts.append(self._chunk(part, goal.fps))
        return join_chunks(parts, chunks, OVERLAP)

    def _targets(self, goal: Goal) -> dict[str, np.ndarray]:
        targets = self._feet.targets(goal, self.settings)
        return {
            "points": targets.points[:, self._terms.point_key],
            "turns": targets.turns[:, self._terms.turn_key],
            "anchors": targets.anchors,
            "anchor_weight": targets.anchor_weight,
            "floor": targets.floor,
            "root_pos": goal.points[:, 0],
            "root_quat": Rotation.from_matrix(goal.turns[:, 0]).as_quat(scalar_first=True),
        }

    def _chunk(self, targets: dict[str, np.ndarray], fps: float) -> Trajectory:
        frames = len(targets["points"])
        padded = padded_frames(frames)
        rows = np.minimum(np.arange(padded), frames - 1)
        padding = {key: array[rows].astype(np.float32) for key, array in targets.items()}
        # what lies behind the end is solved frame by frame and pulls at nothing
        real = (np.arange(padded) < frames).astype(np.float32)
        root, dofs, iterations = self._solve(padding, real, np.float32(fps))
        root, dofs = np.asarray(root, dtype=np.float64), np.asarray(dofs, dtype=np.float64)
        quats, dofs = root[:frames, :4], dofs[:frames, self._order]
        return Trajectory(
            root_pos=root[:frames, 4:],
            root_rot=Rotation.from_quat(quats, scalar_first=True).as_matrix(),
            dof_pos=np.clip(dofs, *self._terms.limits.T),
            iterations=int(iterations),
        )

    def _solve_padded(self, targets: dict[str, Any], real: Any, fps: Any) -> tuple[Any, Any, Any]:
        """Traced once for each number of frames."""
        frames = len(targets["points"])
        np_jax, jaxls = self._jax.numpy, self._jaxls
        roots = jaxls.SE3Var(np_jax.arange(frames))
        joints = self._residuals.joint_var(np_jax.arange(frames))
        start = np_jax.concatenate((targets["root_quat"], targets["root_pos"]), axis=-1)
        costs = self._residuals.costs(targets, real, fps)
        rest = np_jax.broadcast_to(joints.default_factory(), (frames, self.robot.num_dofs))
        solution, summary = (
            jaxls.LeastSquaresProblem(costs, [roots, joints])
            .analyze()
            .solve(
                initial_vals=jaxls.VarValues.make(
                    (roots.with_value(self._jaxlie.SE3(start)), joints.with_value(rest))
                ),
                termination=jaxls.TerminationConfig(max_iterations=self._max_iterations),
                verbose=False,
                return_summary=True,
            )
        )
        return solution[roots].wxyz_xyz, solution[joints], summary.iterations


def padded_frames(frames: int) -> int:
    """The power of two, from `SHORTEST` on, that a chunk is padded to."""
    return max(SHORTEST, 1 << (frames - 1).bit_length())

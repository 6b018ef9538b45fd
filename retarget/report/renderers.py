"""How one pose of a robot becomes a picture: MuJoCo off screen, or sticks where it cannot draw."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import functools
import importlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import mujoco
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from motionlib.errors import MotionError
from motionlib.exponential_map import hinge_angles
from motionlib.robot import Robot
from motionlib.robots.mjcf import compile_spec
from motionlib.robots.model import FLOOR, mujoco_spec
from retarget.model import poses_of, tree_of

_ELEVATION = -12.0
"""Degrees: low enough that a gap under a foot is seen."""
_REACH = 0.68
"""Half the height of a picture, in standing heights."""
_FIELD = 30.0
"""Degrees of the camera's height."""
_GREEN = (0.08, 0.62, 0.25, 1.0)
_BODY, _LEFT, _RIGHT = (0.62, 0.66, 0.72, 1.0), (0.20, 0.45, 0.90, 1.0), (0.93, 0.55, 0.18, 1.0)
_SKY = (0.97, 0.98, 0.99)
_LIGHT = "strip_light"
_FLAT = np.array([1.0, 1.0, 0.0])
_BACK_ENDS = {"egl": "mujoco.egl", "osmesa": "mujoco.osmesa"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSize:
    """Pixels."""

    width: int
    height: int

    def times(self, factor: int) -> "CellSize":
        """A cell `factor` times as large."""
        return CellSize(width=self.width * factor, height=self.height * factor)


class Renderer(Protocol):
    """Draws poses of one robot."""

    def draw(
        self, root_pos: np.ndarray, root_quat_wxyz: np.ndarray, dof_pos: np.ndarray,
        standing: Sequence[str], middle: np.ndarray | None = None,
    ) -> np.ndarray:  # fmt: skip
        """(H, W, 3) uint8 of one pose.

        Args:
            root_pos: (3,) m, world.
            root_quat_wxyz: (4,).
            dof_pos: (D,) rad.
            standing: Feet that are marked.
            middle: (2,) m, the place on the floor that is looked at; the root's if None.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


def open_renderer(robot: Robot, size: CellSize, azimuth: float, *, kind: str = "") -> Renderer:
    """What draws a robot.

    Args:
        robot: Any.
        size: Of the pictures.
        azimuth: Degrees of the camera's viewing direction about the vertical.
        kind: `mujoco` or `sticks`; empty takes the former where it works.

    Raises:
        MotionError: MuJoCo is asked for and cannot draw here.
    """
    if kind != "sticks":
        context = _context_class()
        if context is not None:
            return _MujocoRenderer(robot, size, azimuth, context)
        if kind == "mujoco":
            raise MotionError(
                "MuJoCo cannot draw on this machine; install EGL or OSMesa, or draw sticks"
            )
    return _StickRenderer(robot, size, azimuth)


@functools.lru_cache(maxsize=1)
def _context_class() -> Any:
    """The class of OpenGL contexts that works here without a screen, or None."""
    wanted = os.environ.get("MUJOCO_GL", "").lower()
    names = [wanted] if wanted in _BACK_ENDS else list(_BACK_ENDS)
    for name in names:
        try:
            context_class = importlib.import_module(_BACK_ENDS[name]).GLContext
            context = context_class(8, 8)
            context.make_current()
            context.free()
        except (ImportError, AttributeError, RuntimeError, OSError) as error:
            # PyOpenGL remembers a back end that did not load and then refuses every other
            _log.debug("%s cannot draw: %s", name, error)
            os.environ.pop("PYOPENGL_PLATFORM", None)
            continue
        return context_class
    return None


class _MujocoRenderer:
    """The robot's own geoms on a chequered floor; left blue, right orange."""

    def __init__(self, robot: Robot, size: CellSize, azimuth: float, context_class: Any) -> None:
        self._robot, self._size = robot, size
        self._model = _scene_model(robot, size, azimuth)
        self._data = mujoco.MjData(self._model)
        self._light = self._model.light(_LIGHT).id
        self._light_pos = self._model.light_pos[self._light].copy()
        self._gl = context_class(size.width, size.height)
        self._gl.make_current()
        self._scene = mujoco.MjvScene(self._model, maxgeom=500)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 1
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
        self._context = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._camera = _camera(robot, azimuth)
        self._options = mujoco.MjvOption()
        self._options.geomgroup[:] = 1

    def draw(
        self, root_pos: np.ndarray, root_quat_wxyz: np.ndarray, dof_pos: np.ndarray,
        standing: Sequence[str], middle: np.ndarray | None = None,
    ) -> np.ndarray:  # fmt: skip
        """See `Renderer`."""
        model, data = self._model, self._data
        data.qpos[:3], data.qpos[3:7] = root_pos, root_quat_wxyz
        data.qpos[7:] = hinge_angles(dof_pos, self._robot.dof_coordinates)
        # shadows are drawn near the light only, so that it goes with the robot
        model.light_pos[self._light] = self._light_pos + root_pos * _FLAT
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        self._camera.lookat[:] = _looked_at(self._robot, root_pos, middle)
        self._gl.make_current()
        everything = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(
            model, data, self._options, None, self._camera, everything, self._scene
        )
        for foot in standing:
            self._mark(foot)
        pixels = np.empty((self._size.height, self._size.width, 3), dtype=np.uint8)
        view = mujoco.MjrRect(0, 0, self._size.width, self._size.height)
        mujoco.mjr_render(view, self._scene, self._context)
        mujoco.mjr_readPixels(pixels, None, view, self._context)
        return pixels[::-1]

    def close(self) -> None:
        """See `Renderer`."""
        self._context.free()
        self._gl.free()

    def _mark(self, foot: str) -> None:
        """A green disc on the floor under a foot."""
        place, radius = _sole_disc(
            self._robot, foot, self._data.body(foot).xpos, self._data.body(foot).xmat.reshape(3, 3)
        )
        thickness = 0.002 * self._robot.standing_height
        geom = self._scene.geoms[self._scene.ngeom]
        mujoco.mjv_initGeom(
            geom,
            mujoco.mjtGeom.mjGEOM_CYLINDER,
            np.array([radius, thickness, 0.0]),
            np.array([place[0], place[1], thickness]),
            np.eye(3).ravel(),
            np.array(_GREEN, dtype=np.float32),
        )
        geom.emission = 0.7
        self._scene.ngeom += 1


class _StickRenderer:
    """Lines from body to body and soles as rectangles, seen from the same side."""

    def __init__(self, robot: Robot, size: CellSize, azimuth: float) -> None:
        self._robot, self._size = robot, size
        turn, tilt = np.radians(azimuth), np.radians(-_ELEVATION)
        # of the picture: to the right, and up
        self._right = np.array([np.sin(turn), -np.cos(turn), 0.0])
        forward = np.array([np.cos(turn), np.sin(turn), 0.0])
        self._up = np.array([0.0, 0.0, np.cos(tilt)]) + np.sin(tilt) * forward

    def draw(
        self, root_pos: np.ndarray, root_quat_wxyz: np.ndarray, dof_pos: np.ndarray,
        standing: Sequence[str], middle: np.ndarray | None = None,
    ) -> np.ndarray:  # fmt: skip
        """See `Renderer`."""
        robot = self._robot
        pos, rot = poses_of(
            tree_of(robot), root_pos[None], root_quat_wxyz[None], np.asarray(dof_pos)[None]
        )
        reach = _REACH * robot.standing_height
        looked_at = _looked_at(robot, root_pos, middle)
        figure = Figure(figsize=(self._size.width / 100, self._size.height / 100), dpi=100)
        canvas = FigureCanvasAgg(figure)
        axis = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._floor(axis, looked_at, reach)
        for child, parent in enumerate(robot.parents.tolist()):
            if parent >= 0:
                x, y = self._flat(pos[0, [parent, child]] - looked_at)
                color = _color_of(robot.body_names[child])
                axis.plot(x, y, color=color, linewidth=5, solid_capstyle="round", zorder=3)
        for sole in robot.soles:
            body = robot.body_names.index(sole.body)
            corners = pos[0, body] + sole.corners[_loop(sole.corners)] @ rot[0, body].T
            x, y = self._flat(corners - looked_at)
            axis.fill(x, y, facecolor="#475569", edgecolor="#0f172a", linewidth=1.5, zorder=4)
            if sole.body in standing:
                place, radius = _sole_disc(robot, sole.body, pos[0, body], rot[0, body])
                x, y = self._flat(np.array([place[0], place[1], 0.0])[None] - looked_at)
                disc = Ellipse(
                    (x[0], y[0]), 2 * radius, 2 * radius * -np.sin(np.radians(_ELEVATION))
                )
                disc.set(facecolor=_GREEN, zorder=2)
                axis.add_patch(disc)
        wide = reach * self._size.width / self._size.height
        axis.set(xlim=(-wide, wide), ylim=(-reach, reach))
        axis.set_axis_off()
        figure.patch.set_facecolor(_SKY)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def close(self) -> None:
        """See `Renderer`."""

    def _flat(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return points @ self._right, points @ self._up

    def _floor(self, axis: Any, middle: np.ndarray, reach: float) -> None:
        """Lines of the floor that stand still in the world."""
        step = 0.25 * self._robot.standing_height
        for line in range(-8, 9):
            for along in (0, 1):
                ends = np.zeros((2, 3))
                base = np.round(middle[:2] / step) * step
                ends[:, along] = base[along] + line * step
                ends[:, 1 - along] = base[1 - along] + np.array([-8, 8]) * step
                x, y = self._flat(ends - middle)
                axis.plot(x, y, color="#cbd5e1", linewidth=1.0, zorder=1)


def _loop(corners: np.ndarray) -> np.ndarray:
    """Order of four corners around their middle."""
    flat = corners - corners.mean(0)
    _, _, axes = np.linalg.svd(flat)
    x, y = (flat @ axes[:2].T).T
    return np.argsort(np.arctan2(y, x))


def _sole_disc(
    robot: Robot, foot: str, pos: np.ndarray, rot: np.ndarray
) -> tuple[np.ndarray, float]:
    """Middle of a sole in the world, and the radius of a disc that reaches out under it, m."""
    corners = next(sole.corners for sole in robot.soles if sole.body == foot)
    radius = 1.25 * float(np.linalg.norm(corners - corners.mean(0), axis=-1).max())
    return pos + rot @ corners.mean(0), max(radius, 0.03 * robot.standing_height)


def _looked_at(robot: Robot, root_pos: np.ndarray, middle: np.ndarray | None) -> np.ndarray:
    """(3,) m; the height is the same in every cell, unless the root is high in the air."""
    usual = 0.5 * robot.standing_height
    height = usual + max(0.0, float(root_pos[2]) - 1.5 * robot.default_root_height)
    return np.append(root_pos[:2] if middle is None else middle, height)


def _color_of(name: str) -> tuple[float, float, float, float]:
    if name.startswith(("left", "L_", "l_")):
        return _LEFT
    return _RIGHT if name.startswith(("right", "R_", "r_")) else _BODY


def _camera(robot: Robot, azimuth: float) -> mujoco.MjvCamera:
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FREE
    camera.azimuth, camera.elevation = azimuth, _ELEVATION
    camera.distance = _REACH * robot.standing_height / np.tan(np.radians(0.5 * _FIELD))
    return camera


def _scene_model(robot: Robot, size: CellSize, azimuth: float) -> mujoco.MjModel:
    """The robot's model with colours, light and a floor of squares."""
    spec = mujoco_spec(robot)
    spec.visual.global_.offwidth, spec.visual.global_.offheight = size.width, size.height
    spec.visual.global_.fovy = _FIELD
    spec.visual.headlight.ambient = [0.45] * 3
    spec.visual.headlight.diffuse = [0.35] * 3
    spec.visual.headlight.specular = [0.05] * 3
    square = 0.25 * robot.standing_height
    builtin = mujoco.mjtTexture.mjTEXTURE_2D, mujoco.mjtBuiltin.mjBUILTIN_CHECKER
    spec.add_texture(
        name="strip_floor", type=builtin[0], builtin=builtin[1], width=128, height=128,
        rgb1=[0.93, 0.94, 0.96], rgb2=[0.84, 0.87, 0.90],
    )  # fmt: skip
    spec.add_texture(
        name="strip_sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT, width=64, height=64, rgb1=_SKY, rgb2=_SKY,
    )  # fmt: skip
    floor = spec.add_material(name="strip_floor", texrepeat=[0.5 / square] * 2, texuniform=True)
    floor.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "strip_floor"
    for body in spec.bodies:
        for geom in body.geoms:
            if geom.name == FLOOR:
                geom.material, geom.rgba = "strip_floor", (1.0, 1.0, 1.0, 1.0)
            else:
                geom.material, geom.rgba = "", _color_of(body.name)
    # shadows fall to the camera's right and away from it: where the map of shadows ends, the floor is
    # full of black dots, and on this side that lies behind the camera
    east, north = np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))
    falls = np.array([0.1 * east + 0.45 * north, 0.1 * north - 0.45 * east, -1.0])
    for light in spec.lights:
        light.active = False
    spec.visual.map.shadowclip = 1.5
    spec.worldbody.add_light(
        name=_LIGHT, pos=-3.0 * robot.standing_height * falls, dir=falls, diffuse=[0.45] * 3,
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, castshadow=True,
    )  # fmt: skip
    return compile_spec(robot.xml_path, spec)

"""One motion as a short film of sticks: the robot beside its reference."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Line3D
from PIL import Image

from motionlib.files import write_bytes
from motionlib.robot import Robot
from training.building import build_evaluation_env
from training.envs.threads import few_threads
from training.evaluation.cases import find_cases
from training.evaluation.subject import Subject
from training.evaluation.tiles import TILE

_FILM_FPS = 25.0
_ROBOT, _REFERENCE = "#2563eb", "#94a3b8"


def film_motion(path: Path, subject: Subject, *, motion: str, seconds: float = 10.0) -> float:
    """Let the policy follow one motion from its first frame and draw it as an animated GIF.

    Args:
        path: `.gif` to write.
        subject: Policy, experiment and motions.
        motion: Name in the library.
        seconds: s at most.

    Returns:
        s filmed.
    """
    robot_pos, reference_pos, dt = _roll_out(subject, motion=motion, seconds=seconds)
    every = max(1, round(1.0 / (_FILM_FPS * dt)))
    film = _film(
        robot_pos[::every],
        reference_pos[::every],
        robot=subject.lib.robot,
        frame_s=every * dt,
        title=motion,
    )
    write_bytes(path, film)
    return (len(robot_pos) - 1) * dt


def _roll_out(
    subject: Subject, *, motion: str, seconds: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """(T, B, 3) m of robot and reference, and s between frames."""
    lib = subject.lib
    index = lib.names.index(motion)
    env = build_evaluation_env(subject.experiment, lib, lib.robot, num_envs=TILE)
    try:
        dt = env.control_dt
        steps = min(int(lib.num_frames[index]) - 1, round(seconds / dt))
        first = torch.zeros(1, dtype=torch.int64)
        env.restart(first, find_cases(env.command).place(first, torch.tensor([index]), first))
        controller = subject.controller()
        positions = [env.sim.state().body_pos[0].cpu().clone()]
        # as in a full evaluation, to the bit: what is seen is what the table's row is about
        with torch.no_grad(), few_threads(env.num_envs, env.device):
            for _ in range(steps):
                command = controller.command(env, env.observe(controller.groups))
                env.drive(command.targets, command.actions, env_ids=first)
                positions.append(env.sim.state().body_pos[0].cpu().clone())
    finally:
        env.sim.close()
    start = int(lib.starts[index])
    reference = lib.frames(slice(start, start + steps + 1)).body_pos.cpu()
    return torch.stack(positions).numpy(), reference.numpy(), dt


def _film(
    robot_pos: np.ndarray,
    reference_pos: np.ndarray,
    *,
    robot: Robot,
    frame_s: float,
    title: str,
) -> bytes:
    with mpl.rc_context({"font.size": 9.0}):
        stage = _Stage(robot)
        pictures = [
            stage.picture(
                (reference, own), title=f"{title}  {frame * frame_s:.2f} s   (grey: reference)"
            )
            for frame, (own, reference) in enumerate(zip(robot_pos, reference_pos, strict=True))
        ]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 * frame_s),
        loop=0,
    )
    return buffer.getvalue()


class _Stage:
    """A three-dimensional axis with two stick figures, followed by the camera."""

    def __init__(self, robot: Robot) -> None:
        self._bones = [(int(p), child) for child, p in enumerate(robot.parents) if p >= 0]
        self._reach = 0.75 * robot.standing_height
        figure = Figure(figsize=(4.2, 4.2), dpi=80)
        self._canvas = FigureCanvasAgg(figure)
        self._axis = Axes3D(figure)
        figure.add_axes(self._axis)
        self._axis.view_init(elev=15, azim=-60)
        self._sticks = [
            [Line3D([], [], [], color=color, linewidth=2.2) for _ in self._bones]
            for color in (_REFERENCE, _ROBOT)
        ]
        for line in (*self._sticks[0], *self._sticks[1]):
            self._axis.add_line(line)

    def picture(self, figures: tuple[np.ndarray, np.ndarray], *, title: str) -> Image.Image:
        """Draw (B, 3) m of the reference and of the robot."""
        axis, reach, middle = self._axis, self._reach, figures[1][0]
        axis.set_xlim(middle[0] - reach, middle[0] + reach)
        axis.set_ylim(middle[1] - reach, middle[1] + reach)
        axis.set_zlim(0.0, 2.0 * reach)
        axis.set_title(title, fontsize=9)
        for lines, positions in zip(self._sticks, figures, strict=True):
            for line, ends in zip(lines, self._bones, strict=True):
                line.set_data_3d(*positions[list(ends)].T)
        self._canvas.draw()
        rgb = np.asarray(self._canvas.buffer_rgba())[..., :3]
        return Image.fromarray(rgb.copy()).quantize(32)

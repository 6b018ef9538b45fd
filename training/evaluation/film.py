"""One motion as a short film of sticks: the robot beside its reference."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.figure import Figure

from motionlib.files import atomic_path
from motionlib.robot import Robot
from training.building import build_evaluation_env
from training.evaluation.controllers import PolicyController
from training.evaluation.full_evaluation import Subject

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
    with atomic_path(path) as temporary:
        _draw(
            temporary,
            robot_pos[::every],
            reference_pos[::every],
            robot=subject.lib.robot,
            frame_s=every * dt,
            title=motion,
        )
    return (len(robot_pos) - 1) * dt


def _roll_out(
    subject: Subject, *, motion: str, seconds: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """(T, B, 3) m of robot and reference, and s between frames."""
    lib = subject.lib
    index = lib.names.index(motion)
    env = build_evaluation_env(subject.experiment, lib, lib.robot, num_envs=1)
    try:
        dt = env.control_dt
        steps = min(int(lib.num_frames[index]) - 1, round(seconds / dt))
        first = torch.zeros(1, dtype=torch.int64)
        env.reset_to_reference(first, torch.tensor([index]), first)
        controller, obs = PolicyController(subject.policy.act), env.observe()
        positions = [env.sim.state().body_pos[0].cpu().clone()]
        for _ in range(steps):
            command = controller.command(env, obs)
            obs = env.step_targets(command.targets, command.actions).obs
            positions.append(env.sim.state().body_pos[0].cpu().clone())
    finally:
        env.sim.close()
    start = int(lib.starts[index])
    reference = lib.states.body_pos[start : start + steps + 1].cpu()
    return torch.stack(positions).numpy(), reference.numpy(), dt


def _draw(
    path: Path,
    robot_pos: np.ndarray,
    reference_pos: np.ndarray,
    *,
    robot: Robot,
    frame_s: float,
    title: str,
) -> None:
    bones = [(int(parent), child) for child, parent in enumerate(robot.parents) if parent >= 0]
    reach = 0.75 * robot.standing_height
    with mpl.rc_context({"font.size": 9.0}):
        figure = Figure(figsize=(4.2, 4.2), dpi=80, layout="constrained")
        axis = figure.add_subplot(projection="3d")
        axis.set_box_aspect((1, 1, 1))
        axis.view_init(elev=15, azim=-60)
        sticks = [
            [axis.plot([], [], [], "-", color=color, linewidth=width)[0] for _ in bones]
            for color, width in ((_REFERENCE, 2.0), (_ROBOT, 2.4))
        ]

        def show(frame: int) -> list:
            middle = robot_pos[frame, 0]
            axis.set_xlim(middle[0] - reach, middle[0] + reach)
            axis.set_ylim(middle[1] - reach, middle[1] + reach)
            axis.set_zlim(0.0, 2.0 * reach)
            axis.set_title(f"{title}  {frame * frame_s:.2f} s   (grey: reference)")
            for lines, positions in zip(sticks, (reference_pos, robot_pos), strict=True):
                for line, (parent, child) in zip(lines, bones, strict=True):
                    line.set_data_3d(*positions[frame, [parent, child]].T)
            return []

        film = FuncAnimation(figure, show, frames=len(robot_pos), blit=False)
        film.save(path, writer=PillowWriter(fps=round(1.0 / frame_s)), dpi=80)

"""A folder laid out as an AMASS download, every clip made here: the pipeline without licences."""

import functools
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np

from motionlib.progress_bar import ProgressBar
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.synthesis.amass_plan import AMASS_RATES, AMASS_SECONDS, PlannedClip, plan_clips
from motionlib.synthesis.amass_writer import AmassRecording, save_amass
from motionlib.synthesis.broken_amass import write_broken_clips
from motionlib.synthesis.human import make_human
from motionlib.synthesis.human_body import HumanBody, human_body

_CHUNK = 32


def write_amass_folder(
    folder: Path,
    *,
    clips: int,
    seed: int = 0,
    robot: Robot | None = None,
    seconds: Literal["amass"] | tuple[float, float] = "amass",
    rates: Mapping[float, float] | Sequence[float] = AMASS_RATES,
    smplx_share: float = 0.2,
    actions: Sequence[str] = (),
    bad: bool = False,
    processes: int = 0,
    progress: bool = True,
) -> list[Path]:
    """Make human motion and write it as AMASS files, `dataset/subject/name.npz`.

    One seed gives the same bytes, whatever the processes and whether more clips follow.

    Args:
        folder: Made if it is not there; what is in it stays.
        clips: How many.
        seed: Of everything random.
        robot: Humanoid with SMPL's body names whose feet stand on the ground; `smpl` if None.
        seconds: Median and longest length; `amass` has AMASS's own, 6 and 264 s.
        rates: Frame rates, with their shares or all alike; AMASS's mixture if left out.
        smplx_share: Share of files of the SMPL-X family; the rest is SMPL+H.
        actions: Of `human_actions.ACTIONS`; all of them if empty.
        bad: Whether a set of broken files is added, see `broken_amass`.
        processes: That write at once; 0 or 1 is this one alone.
        progress: Whether a bar is shown on a terminal.

    Returns:
        The files, the broken ones last.

    Raises:
        RobotError: The robot is no humanoid with SMPL's body names.
        ValueError: An option makes no sense.
        OSError: The disk is full or the folder cannot be written.
    """
    folder = Path(folder)
    body = human_body(robot or load_robot("smpl"))
    shares = rates if isinstance(rates, Mapping) else dict.fromkeys(map(float, rates), 1.0)
    plans = plan_clips(
        clips,
        seed=seed,
        seconds=AMASS_SECONDS if seconds == "amass" else seconds,
        rates=shares,
        smplx_share=smplx_share,
        actions=actions,
    )
    for parent in {(folder / plan.path).parent for plan in plans}:
        parent.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    write = functools.partial(_write, folder, body)
    with ProgressBar(len(plans), "synthesize", unit="clip", shown=progress) as bar:
        if processes > 1:
            with ProcessPoolExecutor(processes) as pool:
                for path in pool.map(write, plans, chunksize=_CHUNK):
                    paths.append(path)
                    bar.update()
        else:
            for plan in plans:
                paths.append(write(plan))
                bar.update()
    return paths + (list(write_broken_clips(folder, body, seed=seed).values()) if bad else [])


def made_recording(body: HumanBody, plan: PlannedClip) -> AmassRecording:
    """The clip that a plan means."""
    rng = np.random.default_rng((*plan.seed, 1))
    human = make_human(body, plan.actions, frames=plan.frames, fps=plan.fps, rng=rng)
    return AmassRecording(
        fps=plan.fps,
        trans=human.root_pos - body.rest_root_pos,
        body=human.rotvec.reshape(plan.frames, -1),
        hands=np.broadcast_to(human.hands.reshape(-1), (plan.frames, human.hands.size)),
        gender=plan.gender,
        betas=plan.betas,
    )


def _write(folder: Path, body: HumanBody, plan: PlannedClip) -> Path:
    path = folder / plan.path
    save_amass(path, made_recording(body, plan), plan.family)
    return path

"""The committed sample, `data/motions/amass_sample`: which clips, and how they are made again."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.synthesis.amass_folder import made_recording
from motionlib.synthesis.amass_plan import PlannedClip
from motionlib.synthesis.amass_writer import FAMILY_SUFFIX, AmassFamily, AmassRecording, save_amass
from motionlib.synthesis.broken_amass import carried_up
from motionlib.synthesis.human_body import human_body

_SEED = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClip:
    """One file of the sample."""

    name: str
    """Path without the family's suffix."""
    actions: tuple[str, ...]
    fps: float
    frames: int
    gender: str
    family: AmassFamily = "smplh"
    betas: int = 16
    compressed: bool = False
    """Real files are not; repacked downloads are, in float32 too."""
    carried: bool = False
    """Whether someone lifts the person up and holds on: the clip that gates reject."""


SAMPLE = (
    SampleClip(name="CMU/01/01_01_walk", actions=("walk",), fps=60, frames=168, gender="male"),
    SampleClip(name="CMU/01/01_02_run", actions=("run",), fps=60, frames=168, gender="male"),
    SampleClip(
        name="CMU/02/02_01_turn", actions=("turn",), fps=120, frames=300, gender="female",
        compressed=True,
    ),
    SampleClip(
        name="CMU/02/02_02_carried", actions=("stand",), fps=60, frames=60, gender="female",
        carried=True,
    ),
    SampleClip(
        name="ACCAD/Female1/A1_squat", actions=("squat",), fps=120, frames=200, gender="female"
    ),
    SampleClip(name="ACCAD/Female1/A2_jump", actions=("jump",), fps=60, frames=140, gender="female"),
    SampleClip(
        name="ACCAD/Male1/B1_wave", actions=("wave",), fps=100, frames=250, gender="male",
        compressed=True,
    ),
    SampleClip(
        name="KIT/3/sit_down_01", actions=("sit_down",), fps=100, frames=400, gender="male",
        betas=10, compressed=True,
    ),
    SampleClip(
        name="KIT/3/walk_wave_01", actions=("walk", "wave"), fps=100, frames=600, gender="male",
        betas=10, compressed=True,
    ),
    SampleClip(
        name="BMLrub/rub001/0001_walk", actions=("walk",), fps=60, frames=108, gender="neutral",
        family="smplx",
    ),
    SampleClip(name="SFU/0005/0005_walk", actions=("walk",), fps=60, frames=150, gender="male"),
    SampleClip(
        name="SFU/0005/0005_jump", actions=("jump",), fps=250, frames=640, gender="male",
        compressed=True,
    ),
    SampleClip(
        name="SSM_synced/resynth/squat", actions=("squat",), fps=60, frames=120, gender="female"
    ),
    SampleClip(
        name="SSM/resynth/wave", actions=("wave",), fps=120, frames=160, gender="female",
        family="smplx", compressed=True,
    ),
)  # fmt: skip
"""Every action, both families, four rates; by ProtoMotions' subset rule all three splits."""


def write_amass_sample(folder: Path, *, robot: Robot | None = None) -> list[Path]:
    """Make the sample's files.

    Args:
        folder: Made if it is not there.
        robot: Whose feet stand on the ground; `smpl` if None.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    body = human_body(robot or load_robot("smpl"))
    paths = []
    for index, clip in enumerate(SAMPLE):
        recording = made_recording(body, _plan(clip, index))
        if clip.carried:
            recording = carried_up(recording)
        if clip.compressed:
            recording = _in_single_precision(recording)
        path = Path(folder) / f"{clip.name}{FAMILY_SUFFIX[clip.family]}"
        save_amass(path, recording, clip.family, compressed=clip.compressed)
        paths.append(path)
    return paths


def _plan(clip: SampleClip, index: int) -> PlannedClip:
    shape = np.random.default_rng((_SEED, clip.betas)).normal(0.0, 0.8, clip.betas)
    return PlannedClip(
        path=clip.name,
        family=clip.family,
        actions=clip.actions,
        frames=clip.frames,
        fps=float(clip.fps),
        gender=clip.gender,
        betas=tuple(shape.tolist()),
        seed=(_SEED, index),
    )


def _in_single_precision(recording: AmassRecording) -> AmassRecording:
    return replace(
        recording,
        trans=recording.trans.astype(np.float32),
        body=recording.body.astype(np.float32),
        hands=recording.hands.astype(np.float32),
    )

"""The clips that a made AMASS folder holds: datasets, subjects, names, lengths and rates."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from motionlib.synthesis.amass_writer import FAMILY_SUFFIX, AmassFamily
from motionlib.synthesis.human_actions import ACTIONS, check_actions

Key = TypeVar("Key")

AMASS_SECONDS = (6.0, 264.0)
"""s, median and longest clip of AMASS."""
_SPREAD = 1.09
"""Spread of the logarithm of the lengths: 13.6 % of AMASS's clips are longer than 20 s."""
_SHORTEST_S = 0.5
AMASS_RATES: Mapping[float, int] = {120.0: 6745, 100.0: 3862, 60.0: 637, 250.0: 56, 150.0: 3}
"""Source frame rates of ProtoMotions' training list and how many of its clips have them."""
_DATASETS: Mapping[str, int] = {
    "KIT": 4232, "BioMotionLab_NTroje": 3061, "CMU": 2079, "BMLmovi": 1864, "Eyes_Japan_Dataset": 750,
    "BMLhandball": 649, "EKUT": 349, "ACCAD": 252, "MPI_HDM05": 215, "DanceDB": 153,
    "DFaust_67": 129, "Transitions_mocap": 110, "MPI_mosh": 77, "TCD_handMocap": 62, "SFU": 44,
    "TotalCapture": 37, "MPI_Limits": 35, "SSM_synced": 30, "HumanEva": 28,
}  # fmt: skip
"""AMASS's datasets, and about how many recordings each has."""
_ONE_OF_EACH_SPLIT = ("CMU", "SFU", "SSM_synced")
_SMPLX_NAMES: Mapping[str, str] = {
    "SSM_synced": "SSM", "MPI_HDM05": "HDM05", "MPI_mosh": "MoSh", "MPI_Limits": "PosePrior",
    "TCD_handMocap": "TCDHands", "Transitions_mocap": "Transitions", "DFaust_67": "DFaust",
    "BioMotionLab_NTroje": "BMLrub", "Eyes_Japan_Dataset": "EyesJapanDataset",
}  # fmt: skip
"""Names of datasets in the SMPL-X edition, where they differ."""
_SUBJECTS = 12
_GENDERS = ("female", "male", "neutral")
_SHARES: Mapping[str, float] = {
    "walk": 0.34, "run": 0.12, "turn": 0.1, "squat": 0.1, "wave": 0.1, "jump": 0.08,
    "sit_down": 0.06, "stand": 0.1,
}  # fmt: skip
assert set(_SHARES) == set(ACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedClip:
    """One clip of the folder, before it is made."""

    path: str
    """Path relative to the folder, `/` between parts."""
    family: AmassFamily
    actions: tuple[str, ...]
    """Actions done in turn until the frames are full."""
    frames: int
    fps: float
    gender: str
    betas: tuple[float, ...]
    seed: tuple[int, int]
    """Seed of everything else: the folder's and the clip's number."""


def plan_clips(
    clips: int,
    *,
    seed: int,
    seconds: tuple[float, float] = AMASS_SECONDS,
    rates: Mapping[float, float] = AMASS_RATES,
    smplx_share: float = 0.2,
    actions: Sequence[str] = (),
) -> list[PlannedClip]:
    """Clips of a folder; the first n of a longer plan are those of a shorter one.

    The first three lie in datasets of three different splits, so that no split is empty.

    Args:
        clips: How many.
        seed: Of everything random.
        seconds: Median and longest length.
        rates: Frame rates and their shares.
        smplx_share: Share of the SMPL-X family; the rest is SMPL+H.
        actions: Names that clips are about; all of them, by AMASS's taste, if empty.

    Raises:
        ValueError: A length, rate or action makes no sense.
    """
    median, longest = seconds
    if clips < 0 or not 0.0 < median <= longest or not math.isfinite(longest):
        raise ValueError(f"{clips} clips of {median} s, {longest} s at most: expected 0 < median")
    if not rates or min(rates) <= 0.0 or min(rates.values()) < 0.0:
        raise ValueError(f"rates are {dict(rates)}, expected positive rates with their shares")
    check_actions(actions)
    names = tuple(actions) or tuple(_SHARES)
    shares = np.array([1.0 if actions else _SHARES[name] for name in names])
    return [
        _plan(index, seed, seconds=seconds, rates=rates, smplx=smplx_share, names=names,
              shares=shares / shares.sum())
        for index in range(clips)
    ]  # fmt: skip


def _plan(
    index: int,
    seed: int,
    *,
    seconds: tuple[float, float],
    rates: Mapping[float, float],
    smplx: float,
    names: Sequence[str],
    shares: np.ndarray,
) -> PlannedClip:
    rng = np.random.default_rng((seed, index))
    fps = _choice(rng, rates)
    length = _length(rng.random(), *seconds)
    family: AmassFamily = "smplx" if rng.random() < smplx else "smplh"
    dataset = _choice(rng, _DATASETS)
    if index < len(_ONE_OF_EACH_SPLIT):
        dataset = _ONE_OF_EACH_SPLIT[index]
    subject = int(rng.integers(_SUBJECTS))
    chosen = [str(name) for name in rng.choice(names, size=4, p=shares)]
    # a person keeps gender and shape from clip to clip
    person = np.random.default_rng((seed, subject, sum(dataset.encode())))
    folder = _SMPLX_NAMES.get(dataset, dataset) if family == "smplx" else dataset
    return PlannedClip(
        path=f"{folder}/{subject + 1:02d}/{index:05d}_{chosen[0]}{FAMILY_SUFFIX[family]}",
        family=family,
        actions=tuple(chosen),
        frames=max(1, round(length * fps)),
        fps=fps,
        gender=_GENDERS[int(person.choice(3, p=(0.46, 0.5, 0.04)))],
        betas=tuple(person.normal(0.0, 0.8, 10 if person.random() < 0.1 else 16).tolist()),
        seed=(seed, index),
    )


def _choice(rng: np.random.Generator, weights: Mapping[Key, float]) -> Key:
    keys = list(weights)
    share = np.cumsum([weights[key] for key in keys])
    return keys[int(np.searchsorted(share, rng.random() * share[-1], side="right"))]


def _length(quantile: float, median: float, longest: float) -> float:
    """Log-normal about the median, cut at the longest without moving the median, s."""
    normal = NormalDist()
    if quantile > 0.5:
        top = normal.cdf(math.log(longest / median) / _SPREAD)
        quantile = 0.5 + (quantile - 0.5) / 0.5 * (top - 0.5)
    length = median * math.exp(_SPREAD * normal.inv_cdf(max(quantile, 1e-6)))
    return min(max(length, min(_SHORTEST_S, longest)), longest)

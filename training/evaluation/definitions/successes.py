"""Success as others define it: what ends a motion, judged at every instant of the same rollout."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from training.envs.config import REFERENCE_HEIGHT
from training.evaluation.definitions import quantities as q
from training.evaluation.definitions.scene import Scene

SCALED = "_scaled"
"""Ending of what is judged by lengths in proportion to the robot's height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number of one instant that fails a motion above a bound."""

    of: Callable[[Scene], Tensor]
    """(E,) each instant."""
    above: float
    unit: str
    what: str
    """As people read it, without the bound."""

    @property
    def is_length(self) -> bool:
        """Whether the bound grows with a robot."""
        return self.unit == "m"

    @property
    def said(self) -> str:
        """The rule in words."""
        return f"{self.what} > {self.above:g}{f' {self.unit}' if self.unit != '1' else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessDefinition:
    """One project's definition of success."""

    name: str
    """Its column is `success_<name>`."""
    title: str
    limits: tuple[Limit, ...]
    """A motion fails when any is exceeded at any instant."""
    source: str
    counts: str
    """What its project averages after a failure."""
    error: str
    """Column of the error that its project reports beside the rate."""
    reading: str
    """Which motions and frames that error is of, as its project has it: `whole`, `before` or
    `successes`."""

    @property
    def column(self) -> str:
        """Column of the verdict."""
        return f"success_{self.name}"

    @property
    def said(self) -> str:
        """The rule in words."""
        return " or ".join(limit.said for limit in self.limits)


def _mean_distance(above: float) -> Limit:
    return Limit(of=q.gt_err, above=above, unit="m", what="mean distance of all bodies, world")


def _height(of: Callable[[Scene], Tensor], above: float, what: str) -> Limit:
    return Limit(of=of, above=above, unit="m", what=f"|height error| of {what}")


def _angle(of: Callable[[Scene], Tensor], above: float, what: str) -> Limit:
    return Limit(of=of, above=above, unit="rad", what=f"angle of the {what}")


def _tilt(of: Callable[[Scene], Tensor], what: str) -> Limit:
    return Limit(of=of, above=0.8, unit="1", what=f"|difference of gravity's z| in the {what}")


_LARGEST = Limit(of=q.max_joint_err, above=0.5, unit="m", what="largest distance of a body, world")
_WHOLE = "errors go on to the end of the motion, the fallen body counted"
_ENDS = "the episode ends at the failure: errors are of the frames before it"
_ONLY = "the episode ends at the failure: errors are of successful motions only"

SUCCESSES = (
    SuccessDefinition(
        name="appendix_f",
        title="Appendix F",
        limits=(_height(q.root_height, 0.25, "the root"), _tilt(q.root_tilt, "root")),
        source="SuperMimic, arXiv 2610.28480, appendix F; shared by BlinkMimic and InstantTrack",
        counts="the return ends at the failure",
        error="return_normalized",
        reading="whole",
    ),
    SuccessDefinition(
        name="protomotions",
        title="ProtoMotions",
        limits=(_mean_distance(0.5),),
        source="ProtoMotions 3, `gt_error` of its evaluator, experiment mimic/mlp",
        counts=_WHOLE,
        error="gt_err",
        reading="whole",
    ),
    SuccessDefinition(
        name="protomotions_25cm",
        title="ProtoMotions, .25 m",
        limits=(_mean_distance(0.25),),
        source="ProtoMotions 3, evaluator of the experiment masked_mimic/transformer",
        counts=_WHOLE,
        error="gt_err",
        reading="whole",
    ),
    SuccessDefinition(
        name="phc",
        title="PHC",
        limits=(_mean_distance(0.5),),
        source="PHC, `im_eval`: mean over bodies",
        counts=_ONLY,
        error="mpjpe_g",
        reading="successes",
    ),
    SuccessDefinition(
        name="phc_strict",
        title="PHC, strict; ProtoMotions 2",
        limits=(_LARGEST,),
        source="PHC, `strict_eval`; ProtoMotions 2, `max_joint_err`",
        counts=_ONLY,
        error="mpjpe_g",
        reading="successes",
    ),
    SuccessDefinition(
        name="maskedmimic",
        title="MaskedMimic",
        limits=(_mean_distance(0.5),),
        source="MaskedMimic, table 1: average joint deviation at any frame",
        counts=_WHOLE,
        error="mpjpe_g",
        reading="whole",
    ),
    SuccessDefinition(
        name="mjlab",
        title="mjlab, BeyondMimic",
        limits=(
            _height(q.anchor_height, 0.25, "the anchor"),
            _tilt(q.anchor_tilt, "anchor"),
            _height(q.end_heights, 0.25, "a foot or hand"),
        ),
        source="mjlab 1.6 and whole_body_tracking, terminations of the tracking task",
        counts=_ENDS,
        error="mpkpe",
        reading="before",
    ),
    SuccessDefinition(
        name="sonic",
        title="SONIC",
        limits=(
            _height(q.root_height, 0.25, "the root"),
            _height(q.end_heights, 0.25, "a foot or hand"),
            _angle(q.root_angle, 1.0, "root"),
        ),
        source="SONIC, arXiv 2511.07820, evaluation",
        counts=_ONLY,
        error="mpjpe_l_tracked",
        reading="successes",
    ),
    SuccessDefinition(
        name="sonic_training",
        title="SONIC, ends of training",
        limits=(
            _height(q.anchor_height, 0.15, "the anchor"),
            _angle(q.anchor_angle, 0.2, "anchor"),
            _height(q.end_heights, 0.15, "a foot or hand"),
            Limit(of=q.feet_away, above=0.2, unit="m", what="distance of a foot, world"),
        ),
        source="SONIC, terminations of its training",
        counts=_ENDS,
        error="mpjpe_l_tracked",
        reading="before",
    ),
)
"""All definitions beside ours, in the order of tables."""
VERDICTS = tuple(name for each in SUCCESSES for name in (each.column, f"{each.column}{SCALED}"))
"""Columns of verdicts: every definition as published, and by lengths that grow with the robot."""


class Successes:
    """Verdicts of E motions in progress under every definition."""

    def __init__(
        self,
        num_envs: int,
        *,
        standing_height: float,
        device: torch.device | str = "cpu",
    ) -> None:
        limits = [(limit, i) for i, each in enumerate(SUCCESSES) for limit in each.limits]
        self._of = list(dict.fromkeys(limit.of for limit, _ in limits))
        columns, above, member = [], [], torch.zeros(2 * len(limits), 2 * len(SUCCESSES))
        ratio = standing_height / REFERENCE_HEIGHT
        for number, (limit, index) in enumerate(limits):
            scale = ratio if limit.is_length else 1.0
            for variant, by in enumerate((1.0, scale)):
                columns.append(self._of.index(limit.of))
                above.append(limit.above * by)
                member[2 * number + variant, 2 * index + variant] = 1.0
        self._columns = torch.tensor(columns, device=device)
        self._above = torch.tensor(above, device=device)
        self._member = member.to(device)
        self._frames = torch.full((num_envs, 2 * len(SUCCESSES)), -1, device=device)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        self._frames[env_ids] = -1

    def judge(self, scene: Scene, *, broken: Tensor, frames: Tensor, active: Tensor) -> Tensor:
        """Look at one instant; what is not a number fails.

        Args:
            scene: Robots, and what they are asked to be.
            broken: (E,) bool, the physics or the controller broke down now or earlier.
            frames: (E,) int64 current frame.
            active: (E,) bool.

        Returns:
            (E, V) bool, not failed so far, in the order of `VERDICTS`.
        """
        values = torch.stack([scene.of(of) for of in self._of], dim=-1)
        over = ~(values[:, self._columns] <= self._above)
        # zeros and ones: their sums are exact in any order
        failed = (over.float() @ self._member > 0.0) | broken[:, None]
        first = failed & active[:, None] & (self._frames < 0)
        self._frames = torch.where(first, frames[:, None], self._frames)
        return self._frames < 0

    def row(self, env: int, *, fps: float) -> dict[str, bool | dict[str, float | None]]:
        """Verdicts of one environment's motion, and the seconds of each first failure."""
        frames = dict(zip(VERDICTS, self._frames[env].tolist(), strict=True))
        seconds = {
            name.removeprefix("success_"): frame / fps if frame >= 0 else None
            for name, frame in frames.items()
        }
        verdicts = {name: frame < 0 for name, frame in frames.items()}
        return {**verdicts, "failure_s_by_definition": seconds}

"""Other projects' definitions, computed beside ours from the same rollout, and what needs all bodies."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.measures.joints import dof_pos_away
from training.envs.moment import Moment
from training.evaluation.definitions import quantities as q
from training.evaluation.definitions.defined import DEFINED, Defined
from training.evaluation.definitions.scene import (
    Scene,
    away,
    distances,
    layout_of,
    reference_bodies,
    robot_bodies,
    turns,
)
from training.evaluation.definitions.successes import VERDICTS, Successes
from training.evaluation.definitions.told import BEFORE
from training.evaluation.definitions.touchdowns import Touchdowns
from training.evaluation.verdicts import Verdict
from training.simulators.base import SimState

_RETURNS = ("return_normalized", "return_normalized_scaled")
_ALIVE = [VERDICTS.index(name) for name in ("success_appendix_f", "success_appendix_f_scaled")]
BY_PART = ("body_pos_error_by_body", "body_rot_error_by_body", "joint_error_by_joint")
"""Nested columns: a number for each body or dof, by its name."""
_TOUCHDOWNS = ("touchdowns", "late_touchdown_share", "touchdown_delay_s")


class Definitions:
    """What the definitions make of E motions in progress."""

    verdicts = ("tracked_s", "failure_body", *VERDICTS, "failure_s_by_definition")
    """Columns that say when and where motions failed, not how far off they were."""

    def __init__(
        self,
        num_envs: int,
        *,
        robot: Robot,
        dt: float,
        reference: Callable[[], MotionStates],
        device: torch.device | str = "cpu",
    ) -> None:
        self._dt, self._reference = dt, reference
        self._layout = layout_of(robot, device)
        self._of = list(dict.fromkeys(each.of for each in DEFINED))
        bodies = len(self._layout.body_names)
        self._successes = Successes(
            num_envs, standing_height=self._layout.standing_height, device=device
        )
        self._touchdowns = Touchdowns(num_envs, len(self._layout.feet), dt=dt, device=device)
        self._before = self._earlier = torch.zeros((3, num_envs, bodies), device=device)
        self._failure_body = torch.full((num_envs,), -1, dtype=torch.int64, device=device)
        widths = (len(self._of), len(_RETURNS), 2, bodies, bodies, len(self._layout.dof_names))
        self._ends = np.cumsum(widths).tolist()

    @property
    def width(self) -> int:
        """Numbers an instant that `add` gives."""
        return self._ends[-1]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a row."""
        twins = (f"{each.name}{BEFORE}" for each in DEFINED if each.over == "mean")
        more = ("foot_slide_mean", *_RETURNS, *_TOUCHDOWNS, *BY_PART)
        return (*(each.name for each in DEFINED), *twins, *more, *self.verdicts)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        self._successes.clear(env_ids)
        self._touchdowns.clear(env_ids)
        self._failure_body[env_ids] = -1

    def start(self, now: Moment, state: SimState, *, active: Tensor) -> None:
        """Frame 0: what differences in time begin with."""
        scene = self._scene(now, state)
        self._before = torch.where(active[:, None], scene.of(away), self._before)
        self._touchdowns.start(self._labels(scene), active)

    def add(
        self,
        now: Moment,
        state: SimState,
        *,
        frames: Tensor,
        active: Tensor,
        failed: Tensor,
        broken: Tensor,
    ) -> Tensor:
        """One later frame; see `MotionMeasures.add`.

        Returns:
            (E, `width`) numbers of the instant that are summed over time.
        """
        scene = self._scene(now, state)
        alive = self._successes.judge(scene, broken=broken, frames=frames, active=active)
        self._touchdowns.add(now.robot.foot_contact, self._labels(scene), active)
        self._note_bodies(scene, active & failed)
        # before frame 2 there is nothing to bend
        values = [
            torch.where(frames > 1, scene.of(of), 0.0) if of is q.bend_away else scene.of(of)
            for of in self._of
        ]
        numbers = torch.stack([*values, q.slide(scene), q.standing_feet(scene)], dim=-1)
        returns = q.tracking_reward(scene) * alive[:, _ALIVE]
        joints = now.of(dof_pos_away).abs()
        angles = scene.of(turns)
        known = len(self._of)
        table = (
            numbers[:, :known],
            returns,
            numbers[:, known:],
            scene.of(distances),
            angles,
            joints,
        )
        self._earlier, self._before = self._before, scene.of(away)
        return torch.cat(table, dim=-1)

    def row(
        self,
        env: int,
        *,
        whole: Sequence[float],
        before: Sequence[float],
        most: Sequence[float],
        counts: tuple[int, int],
        verdict: Verdict,
        fps: float,
    ) -> dict[str, Any]:
        """Columns of one environment's motion.

        Args:
            env: Which.
            whole: (`width`,) sums over the motion.
            before: (`width`,) sums over the frames before the failure.
            most: (`width`,) largest values.
            counts: Frames after frame 0, and those of them before the failure.
            verdict: Ours.
            fps: Frames a second.
        """
        count, sound = counts
        values: dict[str, Any] = {}
        for each in DEFINED:
            index, scale = self._of.index(each.of), each.scale / self._dt**each.per_dt
            if each.over == "max":
                values[each.name] = scale * most[index]
                continue
            values[each.name] = _mean(scale * whole[index], count, each)
            values[f"{each.name}{BEFORE}"] = _mean(scale * before[index], sound, each)
        first, slides, bodies, turned, dofs, end = self._ends
        values |= dict(zip(_RETURNS, (x / count for x in whole[first:slides]), strict=True))
        speed, feet = whole[slides:bodies]
        values["foot_slide_mean"] = speed / feet if feet else None
        values |= self._touchdowns.row(env)
        for name, part in zip(
            BY_PART, ((bodies, turned), (turned, dofs), (dofs, end)), strict=True
        ):
            values[name] = np.asarray(whole[slice(*part)]) / count
        values |= self._successes.row(env, fps=fps)
        failure, body = verdict.failure_frame, int(self._failure_body[env])
        values["tracked_s"] = (count if failure is None else failure) / fps
        values["failure_body"] = self._layout.body_names[body] if body >= 0 else None
        return values

    def _scene(self, now: Moment, state: SimState) -> Scene:
        return Scene(
            now=now,
            layout=self._layout,
            robot=robot_bodies(state),
            reference=reference_bodies(self._reference()),
            earlier=(self._before, self._earlier),
        )

    def _labels(self, scene: Scene) -> Tensor:
        return scene.reference.contact[:, self._layout.feet]

    def _note_bodies(self, scene: Scene, failed: Tensor) -> None:
        new = (failed & (self._failure_body < 0)).nonzero().squeeze(-1)
        if len(new):
            self._failure_body[new] = scene.of(distances)[new].argmax(-1)


def _mean(total: float, count: int, each: Defined) -> float | None:
    instants = count - (each.since - 1)
    return total / instants if instants > 0 else None

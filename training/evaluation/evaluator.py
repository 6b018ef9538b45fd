"""Full evaluation: every case once, whole, from its first frame, one row each.

A case is a motion, where the command follows motions; see `cases`.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

import pyarrow as pa
import torch

from training.envs.threads import few_threads
from training.evaluation.cases import Following, find_cases
from training.evaluation.columns import table_columns
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.controllers import Controller
from training.evaluation.docket import Docket
from training.evaluation.environment import EvaluableEnv
from training.evaluation.lanes import Lanes
from training.evaluation.recording import Sink
from training.evaluation.streams import ErrorSeries
from training.evaluation.tables import check_books, table_from_rows

Progress = Callable[[int, int], None]
"""Called with motion frames done and motion frames in all."""
_LOOK_S = 0.1
"""s between two looks at how far threads are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """What one controller did on every motion of a library."""

    controller: str
    table: pa.Table
    """One row a case, in their order; see `tables.table_columns`."""
    series: dict[str, ErrorSeries]
    """Errors over time, by case."""
    env_steps: int
    """Rounds times robots at once: what was stepped, and what stood idle meanwhile."""
    motion_steps: int
    """Control steps that belong to a case."""


def evaluate(
    env: EvaluableEnv,
    controller: Controller,
    *,
    beside: Sequence[EvaluableEnv] = (),
    robots: int | None = None,
    config: EvaluationConfig | None = None,
    sinks: Sequence[Sink] = (),
    progress: Progress | None = None,
) -> EvaluationResult:
    """Run every case of the environment's command once under `controller`.

    The longest start first and a free environment takes the next one; environments without a
    case are not simulated. What is measured of a case does not depend on the others, nor on
    their order, nor on how many run at once, to the last bit, if all environments are of one
    size: see `tiles`. A case that failed is not reset: its errors are measured to its end,
    which is what keeps a fall from flattering the averages; averages of the frames before the
    failure stand beside them. Where the physics broke down, the robot counts as lying where it
    was last seen. Where the controller gave a number that is not finite, the motion has failed,
    is named, and has no averages over the whole of it.

    Measures are averaged over frames 1 ... T-1; frame 0 is the reference itself, and is checked
    to be. A case of one frame has a row without measures and without a verdict.

    Args:
        env: Built for evaluation: no noise, pushes or randomisation.
        controller: Deterministic, each row of its answer a function of the same row of what it
            sees.
        beside: More environments like `env`; each works in a thread of its own, so that the
            physics of one goes on while another one measures.
        robots: Environments that are used at once; None: all.
        config: Thresholds and details; defaults of `EvaluationConfig`.
        sinks: What else becomes of every frame, see `recording`.
        progress: Called after every control step, or now and then where there are threads.

    Raises:
        MotionError: A motion does not start on its reference.
        ValueError: The environment lost count of frames, or its command has no cases.
    """
    envs, config = (env, *beside), config or EvaluationConfig()
    were_resetting = [each.auto_reset for each in envs]
    for each in envs:
        each.auto_reset = False
    try:
        cases = find_cases(env.command)
        thresholds = thresholds_for(env.robot, config)
        docket = Docket(cases=cases, controller=controller.name, thresholds=thresholds)
        tiles = [
            _Tile(each, controller, docket=docket, robots=count, config=config, sinks=sinks)
            for each, count in zip(envs, _shares(envs, robots, len(cases.names)), strict=True)
            if count
        ]
        _run_all(tiles, progress, frames_in_all=int(cases.num_frames.sum()))
    finally:
        for each, was in zip(envs, were_resetting, strict=True):
            each.auto_reset = was
    return _result(docket, config, env, steps=sum(tile.env_steps for tile in tiles))


class _Tile:
    """One environment's part of an evaluation, from taking its first cases to the last."""

    def __init__(
        self,
        env: EvaluableEnv,
        controller: Controller,
        *,
        docket: Docket,
        robots: int,
        config: EvaluationConfig,
        sinks: Sequence[Sink],
    ) -> None:
        self._env, self._controller, self._config = env, controller, config
        self._sinks = sinks
        self._docket, self._robots = docket, robots
        self._lanes: Lanes | None = None

    @property
    def frames_done(self) -> int:
        return 0 if self._lanes is None else self._lanes.frames_done

    @property
    def env_steps(self) -> int:
        return 0 if self._lanes is None else self._lanes.rounds * self._robots

    def run(self, tell: Callable[[], None], stopped: Callable[[], bool]) -> None:
        """Work until no case is left, or somebody said stop."""
        with torch.inference_mode(), few_threads(self._env.num_envs, self._env.device):
            self._lanes = Lanes(
                self._env,
                self._controller,
                docket=self._docket,
                robots=self._robots,
                config=self._config,
                sinks=self._sinks,
            )
            while not stopped() and self._lanes.step():
                tell()


def _shares(envs: Sequence[EvaluableEnv], robots: int | None, num_cases: int) -> list[int]:
    """How many robots of each environment are used: of the first ones all."""
    left = num_cases if robots is None else min(robots, num_cases)
    shares = []
    for env in envs:
        shares.append(min(env.num_envs, left))
        left -= shares[-1]
    return shares


def _run_all(tiles: Sequence[_Tile], progress: Progress | None, *, frames_in_all: int) -> None:
    def tell() -> None:
        if progress is not None:
            progress(sum(tile.frames_done for tile in tiles), frames_in_all)

    if len(tiles) == 1:
        tiles[0].run(tell, lambda: False)
        return
    stop = threading.Event()
    with ThreadPoolExecutor(len(tiles)) as pool:
        try:
            working = {pool.submit(tile.run, lambda: None, stop.is_set) for tile in tiles}
            while working:
                done, working = wait(working, _LOOK_S, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                tell()
        finally:
            stop.set()


def _result(
    docket: Docket, config: EvaluationConfig, env: EvaluableEnv, *, steps: int
) -> EvaluationResult:
    """Table and series of all cases, in their order."""
    cases = docket.cases
    names, num_frames = cases.names, cases.num_frames.tolist()
    rows = [docket.rows[case] for case in range(len(names))]
    layout = env.robot if isinstance(cases, Following) else None
    table = table_from_rows(rows, columns=table_columns(config, layout))
    check_books(table, dict(zip(names, num_frames, strict=True)))
    return EvaluationResult(
        controller=docket.controller,
        table=table,
        series={names[case]: docket.series[case] for case in sorted(docket.series)},
        env_steps=steps,
        motion_steps=sum(num_frames) - len(names),
    )

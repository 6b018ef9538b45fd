"""From a checkpoint to the files of its full evaluation."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from motionlib.library import MotionLib
from training.building import build_evaluation_env
from training.config import Experiment, MotionLibConfig
from training.evaluation.config import EvaluationConfig
from training.evaluation.controllers import POLICY, Controller, baseline_controllers
from training.evaluation.evaluator import EvaluationResult, evaluate
from training.evaluation.frame_errors import FrameErrors
from training.evaluation.predicted import PredictedMotions
from training.evaluation.recording import Sink
from training.evaluation.report import render_report
from training.evaluation.store import EvaluationPaths, save_evaluation
from training.evaluation.subject import evaluation_metadata, open_subject
from training.evaluation.tiles import TILE, tiles_of
from training.evaluation.verifications import AcceptBounds
from training.runs import RunFolder

PREDICTED_FILE = "predicted_motions.pt"
FRAMES_FILE = "frame_errors.parquet"
ControllerProgress = Callable[[str, int, int], None]
"""Called with controller, motion frames done and motion frames in all."""


def run_full_evaluation(
    checkpoint: Path,
    *,
    output_dir: Path,
    motions: MotionLibConfig | None = None,
    num_envs: int = 64,
    baselines: bool = True,
    simulator: str = "",
    overrides: Mapping[str, str] | None = None,
    device: str = "cpu",
    progress: ControllerProgress | None = None,
    config: EvaluationConfig | None = None,
    bounds: AcceptBounds | None = None,
    save_predicted: bool = False,
    save_frames: bool = False,
) -> EvaluationPaths:
    """Evaluate a policy on every motion, with baselines, and write tables, JSON and report.

    Args:
        checkpoint: `last.ckpt` or `score_based.ckpt`.
        output_dir: Made if absent; tables of an earlier evaluation in it are replaced.
        motions: Where they are; None takes those that the policy was trained on.
        num_envs: Environments at most; never more than motions.
        baselines: Run zero action and open loop too.
        simulator: Engine; empty takes the experiment's.
        overrides: Field path to value, applied to the checkpoint's experiment.
        device: Where the policy and the environment compute.
        progress: Called after every control step.
        config: What is measured, and failure thresholds; None takes the experiment's.
        bounds: What the policy is held to; None takes the defaults.
        save_predicted: Write the policy's own motions as a library too, `predicted_motions.pt`.
        save_frames: Write its errors in every frame too, `frame_errors.parquet`.

    Raises:
        FormatError: The checkpoint or the motions cannot be read.
        RobotError: Checkpoint and robot do not belong together.
        ConfigError: The motions cannot be found, or an override is wrong.
    """
    subject = open_subject(
        checkpoint, motions=motions, simulator=simulator, overrides=overrides, device=device
    )
    config = config or subject.experiment.evaluation
    controllers: tuple[Controller, ...] = (subject.controller(),)
    if baselines:
        controllers += baseline_controllers()
    for file in (PREDICTED_FILE, FRAMES_FILE):
        (output_dir / file).unlink(missing_ok=True)  # of an earlier evaluation
    with contextlib.ExitStack() as stack:
        sinks: list[Sink] = []
        if save_predicted:
            wanted = PredictedMotions(output_dir / PREDICTED_FILE, subject.lib)
            sinks.append(stack.enter_context(wanted))
        if save_frames:
            measures = {use.measure: use.measure for use in config.columns.values()}
            every = FrameErrors(output_dir / FRAMES_FILE, measures, controller=POLICY)
            sinks.append(stack.enter_context(every))
        results = evaluate_controllers(
            subject.experiment,
            subject.lib,
            controllers,
            num_envs=num_envs,
            device=device,
            progress=progress,
            config=config,
            sinks={POLICY: sinks},
        )
    metadata = evaluation_metadata(subject, config, bounds)
    paths = save_evaluation(output_dir, results, metadata)
    progress_log = RunFolder(path=checkpoint.parent).progress
    render_report(
        output_dir, progress_log=progress_log, title=f"{subject.experiment.name}: full evaluation"
    )
    return paths


def evaluate_controllers(
    experiment: Experiment,
    lib: MotionLib,
    controllers: Iterable[Controller],
    *,
    num_envs: int,
    device: str = "cpu",
    progress: ControllerProgress | None = None,
    config: EvaluationConfig | None = None,
    sinks: Mapping[str, Sequence[Sink]] | None = None,
) -> list[EvaluationResult]:
    """Each controller on every motion, each in an environment of its own.

    Args:
        experiment: Simulator and task; noise, pushes and randomisation are switched off here.
        lib: At the control rate.
        controllers: Names differ.
        num_envs: Environments at most; never more than motions.
        device: Where the environment computes.
        progress: Called after every control step.
        config: Failure thresholds and details of measuring.
        sinks: By controller, what else becomes of every frame.
    """
    sinks = sinks or {}
    results = []
    for controller in controllers:
        name = controller.name
        envs = [
            build_evaluation_env(experiment, lib, lib.robot, num_envs=TILE, device=device)
            for _ in range(tiles_of(num_envs, lib.num_frames))
        ]
        try:
            report = None if progress is None else _bound(progress, name)
            result = evaluate(
                envs[0],
                controller,
                beside=envs[1:],
                robots=num_envs,
                config=config,
                sinks=sinks.get(name, ()),
                progress=report,
            )
        finally:
            for env in envs:
                env.sim.close()
        results.append(result)
    return results


def _bound(progress: ControllerProgress, name: str) -> Callable[[int, int], None]:
    return lambda done, of: progress(name, done, of)

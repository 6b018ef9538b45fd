"""Run a trained policy: a full evaluation with baselines, or one motion as a short film.

`python training/inference_agent.py --checkpoint results/run/score_based.ckpt --full-eval`;
`--help` lists the flags.
"""

import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import tyro
from tqdm import tqdm

from motionlib.command_words import parse_words
from motionlib.errors import MotionError, nearest_names
from motionlib.progress_bar import time_left
from motionlib.showing import counted
from training.building import device_of
from training.config import MotionLibConfig, load_experiment
from training.evaluation.controllers import CONTROLLERS
from training.evaluation.film import film_motion
from training.evaluation.full_evaluation import run_full_evaluation
from training.evaluation.plots import LABELS
from training.evaluation.store import EvaluationPaths
from training.evaluation.subject import open_subject
from training.evaluation.verifications import SUCCESS, SURVIVAL, AcceptBounds
from training.overrides import parse_overrides
from training.simulators.opening import simulator_names
from training.stopping import STOPPED_EXIT_CODE, StopRequest
from training.values import ConfigError

_PLAIN_EVERY = 0.1
"""Share of the frames between two progress lines where there is no terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceArguments:
    """Run a trained policy on reference motions."""

    checkpoint: Path
    """`last.ckpt` or `score_based.ckpt` of a run."""
    experiment_path: Path | None = None
    """Python file that makes agents, measures or commands of your own known: the experiment's."""
    full_eval: bool = False
    """Evaluate every motion once, whole, deterministic: tables, aggregate and report."""
    baselines: bool = True
    """Run zero action and open loop too (with --full-eval)."""
    save_predicted: bool = False
    """Write the policy's own motions too, as a library: `predicted_motions.pt` (with --full-eval)."""
    save_frames: bool = False
    """Write the policy's errors in every frame too: `frame_errors.parquet` (with --full-eval)."""
    motion_file: str = ""
    """Motions: .npz, .pt, ... or a folder of clips; default: those of the training."""
    registry_name: str = ""
    """Motions: artifact, [entity/][project/]name[:alias]."""
    registry: Literal["local", "wandb"] = "local"
    """Registry in which registry-name is looked up."""
    registry_file: str = ""
    """File in that artifact; default: its only .npz, else its only .pt."""
    num_envs: int = 64
    """Environments at most; never more than motions."""
    simulator: str = ""
    """Engine; default: the experiment's."""
    output_dir: Path | None = None
    """Folder to write to; default: `evaluation` beside the checkpoint."""
    device: str = "cpu"
    """Device of the policy and of observations, as torch names it."""
    overrides: tuple[str, ...] = ()
    """Fields of the checkpoint's experiment to change: env.action.gain=0.5 ..."""
    bounds: AcceptBounds = field(default_factory=AcceptBounds)
    """What the policy is held to (with --full-eval); a broken bound is said, and is no error."""
    say_paths: bool = True
    """Say at the end where the files are; whoever moves them afterwards does not want it."""
    motion: str = ""
    """Motion to film (without --full-eval); default: the first."""
    seconds: float = 10.0
    """Seconds of the film at most (without --full-eval)."""


def main(argv: Sequence[str] | None = None, *, prog: str = "inference_agent.py") -> int:
    """Run the program.

    Args:
        argv: Its words; those of this process if None.
        prog: What its help calls it.

    Returns:
        0 finished, whatever the bounds say, 1 an error that is explained on standard error, 130 interrupted.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parse_words(
        lambda each: tyro.cli(
            InferenceArguments, args=each, prog=prog, config=(tyro.conf.DisallowNone,)
        ),
        words,
        prog=prog,
    )
    try:
        with StopRequest():
            _check(arguments)
            return _evaluate(arguments) if arguments.full_eval else _film(arguments)
    except KeyboardInterrupt:
        print("interrupted; the same command starts over", file=sys.stderr)
        return STOPPED_EXIT_CODE
    except (MotionError, ConfigError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _check(arguments: InferenceArguments) -> None:
    if arguments.num_envs < 1:
        raise ConfigError(f"--num-envs is {arguments.num_envs}, expected 1 or more")
    known = simulator_names()
    if arguments.simulator and arguments.simulator not in known:
        raise ConfigError(
            f"--simulator {arguments.simulator}: {nearest_names(arguments.simulator, known)}"
        )
    device_of(arguments.device)
    if arguments.experiment_path is not None:
        load_experiment(arguments.experiment_path)
    if arguments.motion_file and arguments.registry_name:
        raise ConfigError("give --motion-file or --registry-name, not both")
    if arguments.registry_file and not arguments.registry_name:
        raise ConfigError(
            f"--registry-file {arguments.registry_file}: expected --registry-name beside it, the "
            "artifact that has the file"
        )


def _evaluate(arguments: InferenceArguments) -> int:
    progress = _Progress()
    try:
        paths = run_full_evaluation(
            arguments.checkpoint,
            output_dir=_output_dir(arguments),
            num_envs=arguments.num_envs,
            baselines=arguments.baselines,
            progress=progress,
            bounds=arguments.bounds,
            save_predicted=arguments.save_predicted,
            save_frames=arguments.save_frames,
            **_subject_options(arguments),
        )
    finally:
        progress.close()
    _print_summary(paths)
    if arguments.say_paths:
        print(f"table   {paths.folder / 'per_motion.parquet'}")
        print(f"report  {paths.report}")
    return 0


def _film(arguments: InferenceArguments) -> int:
    subject = open_subject(arguments.checkpoint, **_subject_options(arguments))
    names = subject.lib.names
    motion = arguments.motion or names[0]
    if motion not in names:
        raise ConfigError(f"--motion {motion}: {nearest_names(motion, names)}")
    path = _output_dir(arguments) / f"{motion.replace('/', '_')}.gif"
    seconds = film_motion(path, subject, motion=motion, seconds=arguments.seconds)
    print(f"filmed {seconds:.1f} s of {motion}" + (f": {path}" if arguments.say_paths else ""))
    print("every motion, measured: add --full-eval")
    return 0


def _subject_options(arguments: InferenceArguments) -> dict[str, Any]:
    motions = MotionLibConfig(
        motion_file=arguments.motion_file,
        registry_name=arguments.registry_name,
        registry=arguments.registry,
        registry_file=arguments.registry_file,
    )
    given = arguments.motion_file or arguments.registry_name
    return {
        "motions": motions if given else None,
        "simulator": arguments.simulator,
        "overrides": parse_overrides(arguments.overrides),
        "device": arguments.device,
    }


def _output_dir(arguments: InferenceArguments) -> Path:
    return arguments.output_dir or arguments.checkpoint.parent / "evaluation"


def _print_summary(paths: EvaluationPaths) -> None:
    content = json.loads(paths.aggregate.read_text(encoding="utf-8"))
    for name in (name for name in CONTROLLERS if name in content["controllers"]):
        part = content["controllers"][name]
        spread = part["measures"]
        errors = [
            f"{word} {100 * spread[column]['mean']:.2f} cm"
            for word, column in (
                ("global", "body_pos_error_mean"),
                ("relative", "body_pos_error_relative_mean"),
            )
            if spread[column]["mean"] is not None
        ]
        rates = [f"{word} {_percent(part[f'{word}_rate'])}" for word in ("success", "survival")]
        line = "  ".join([*rates, *errors])
        motions = counted(part["motions"], "motion")
        print(f"{LABELS[name]:12s} {motions}, {part['seconds']:.0f} s  {line}")
    print(f"success: {SUCCESS}; survival: {SURVIVAL}")
    for bound in (*content.get("bounds", ()), *content.get("accept", ())):
        verdict = "kept  " if bound["passed"] else "BROKEN"
        print(f"{verdict if bound['asked'] else '-     '} {_bound_line(bound)}")


def _bound_line(bound: Mapping[str, Any]) -> str:
    return f"{bound['name']}, {bound['limit']}: {bound['found']}"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{100 * share:.1f} %"


class _Progress:
    """A bar for each controller on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._name = ""
        self._said, self._began = -1.0, 0.0

    def __call__(self, name: str, done: int, of: int) -> None:
        if name != self._name:
            self.close()
            self._name, self._said, self._began = name, -1.0, time.monotonic()
            terminal = sys.stderr.isatty()
            self._bar = tqdm(
                total=of, desc=LABELS[name], unit="frame", disable=not terminal, dynamic_ncols=True
            )
        assert self._bar is not None
        if not self._bar.disable:
            self._bar.update(done - self._bar.n)
        elif done / of >= self._said + _PLAIN_EVERY or done == of:
            self._said = done / of
            left = time_left(of - done, fresh=done, took=time.monotonic() - self._began)
            print(f"{LABELS[name]}: {done} of {of} frames{left}", flush=True)

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()


if __name__ == "__main__":
    sys.exit(main())

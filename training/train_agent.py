"""Train a policy: `python training/train_agent.py --experiment-path ... --motion-file ...`.

The same command run again resumes; a finished run says so. `--help` lists the flags.
"""

import logging
import os
import sys
from collections.abc import Sequence

import tyro

from motionlib.command_words import parse_words
from motionlib.errors import MotionError
from training.arguments import TrainArguments
from training.stopping import STOPPED_EXIT_CODE, StopRequest
from training.values import ConfigError


def main(argv: Sequence[str] | None = None, *, prog: str = "train_agent.py") -> int:
    """Run the program.

    Args:
        argv: Its words; those of this process if None.
        prog: What its help calls it.

    Returns:
        0 finished, 1 an error that is explained on standard error, 130 stopped and saved.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parse_words(
        lambda each: tyro.cli(
            TrainArguments, args=each, prog=prog, config=(tyro.conf.DisallowNone,)
        ),
        words,
        prog=prog,
    )
    # OpenMP reads this when torch is loaded. By default its idle threads spin for milliseconds:
    # beside one other busy process that makes an update ten times slower, measured on two cores
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    try:
        with StopRequest() as stop:
            return _train(arguments, stop)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return STOPPED_EXIT_CODE


def _train(arguments: TrainArguments, stop: StopRequest) -> int:
    from training.divergence import TrainingDivergedError  # noqa: PLC0415
    from training.session import train  # noqa: PLC0415

    try:
        return train(arguments, stop)
    except (MotionError, ConfigError, OSError, TrainingDivergedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

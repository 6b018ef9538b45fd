"""Where a training's measures go: console, progress file, TensorBoard."""

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO

from tqdm import tqdm

from motionlib.files import write_text
from motionlib.progress_bar import time_left
from training.learning_curve import line_of, read_progress

Measures = Mapping[str, float]
_POINTS = 2000
"""Epochs kept of a learning curve, at most about; longer runs keep every k-th."""
_LINE = (
    ("reward", "train/reward", "{:.4f}"),
    ("episode", "train/episode_steps", "{:.0f} steps"),
    ("failed", "train/failure_share", "{:.0%}"),
    ("policy", "loss/policy", "{:+.4f}"),
    ("value", "loss/value", "{:.4f}"),
    ("kl", "train/kl", "{:.4f}"),
    ("rate", "train/learning_rate", "{:.1e}"),
    ("speed", "perf/steps_per_s", "{:,.0f} steps/s"),
)


class Sink(Protocol):
    """One destination of measures."""

    def epoch(self, *, epoch: int, step: int, seconds: float, measures: Measures) -> None:
        """Take what an update measured; called after every update."""
        ...

    def score(self, *, step: int, measures: Measures) -> None:
        """Take a score; called after every score."""
        ...

    def close(self) -> None:
        """Write out what is held back."""
        ...


_SHOWN_SCORES = 6
"""Measures of a score that a line tells, its value first; an evaluation has a hundred."""


class Console:
    """A line for each epoch on standard output, and a progress bar where that is a terminal."""

    def __init__(
        self,
        *,
        total_epochs: int,
        first_epoch: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream or sys.stdout
        self._total, self._first, self._clock = total_epochs, first_epoch, clock
        self._began = clock()
        self._bar = tqdm(
            total=total_epochs,
            initial=first_epoch,
            unit="epoch",
            file=self._stream,
            disable=not self._stream.isatty(),
            dynamic_ncols=True,
        )

    def epoch(self, *, epoch: int, step: int, seconds: float, measures: Measures) -> None:
        """See `Sink.epoch`."""
        parts = [f"epoch {epoch}/{self._total}", f"step {step:,}", f"{seconds:.0f} s"]
        parts += [f"{word} {form.format(measures[k])}" for word, k, form in _LINE if k in measures]
        fresh, took = epoch - self._first, self._clock() - self._began
        self._write("  ".join(parts) + time_left(self._total - epoch, fresh=fresh, took=took))
        self._bar.update(1)

    def score(self, *, step: int, measures: Measures) -> None:
        """See `Sink.score`."""
        parts = [f"score at step {step:,}"]
        first = list(measures.items())[:_SHOWN_SCORES]
        parts += [f"{name.removeprefix('score/')} {x:.4f}" for name, x in first]
        left = len(measures) - len(first)
        parts += [f"{left} more in the log"] if left else []
        self._write("  ".join(parts))

    def close(self) -> None:
        """See `Sink.close`."""
        self._bar.close()

    def _write(self, line: str) -> None:
        tqdm.write(line, file=self._stream)
        self._stream.flush()


class JsonConsole:
    """Events as one JSON object a line on standard output, for a parent process."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def epoch(self, *, epoch: int, step: int, seconds: float, measures: Measures) -> None:
        """See `Sink.epoch`."""
        self._write(epoch_record(epoch=epoch, step=step, seconds=seconds, measures=measures))

    def score(self, *, step: int, measures: Measures) -> None:
        """See `Sink.score`."""
        self._write(score_record(step=step, measures=measures))

    def close(self) -> None:
        """See `Sink.close`."""
        self._stream.flush()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(record) + "\n")
        self._stream.flush()


class ProgressFile:
    """`progress.jsonl`: the learning curve by environment steps.

    What a killed process wrote after its last checkpoint is dropped when the run goes on, and so
    are damaged records.
    """

    def __init__(self, path: Path, *, total_epochs: int, step: int) -> None:
        kept = [line_of(record) for record in read_progress(path) if record["step"] <= step]
        write_text(path, "".join(kept))
        self._file = path.open("a", encoding="utf-8")
        self._every = max(1, total_epochs // _POINTS)

    def epoch(self, *, epoch: int, step: int, seconds: float, measures: Measures) -> None:
        """See `Sink.epoch`."""
        if epoch % self._every == 0:
            self._write(epoch_record(epoch=epoch, step=step, seconds=seconds, measures=measures))

    def score(self, *, step: int, measures: Measures) -> None:
        """See `Sink.score`."""
        self._write(score_record(step=step, measures=measures))

    def close(self) -> None:
        """See `Sink.close`."""
        self._file.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(line_of(record))
        self._file.flush()


def epoch_record(*, epoch: int, step: int, seconds: float, measures: Measures) -> dict[str, Any]:
    """One epoch as a JSON-able record."""
    head = {"event": "epoch", "step": step, "epoch": epoch, "seconds": round(seconds, 2)}
    return head | _rounded(measures)


def score_record(*, step: int, measures: Measures) -> dict[str, Any]:
    """One score as a JSON-able record."""
    return {"event": "score", "step": step} | _rounded(measures)


class TensorBoard:
    """TensorBoard event files."""

    def __init__(self, folder: Path, *, step: int) -> None:
        # a heavy import, and not everyone who reads a policy writes events
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415

        self._writer = SummaryWriter(str(folder), purge_step=step)

    def epoch(self, *, epoch: int, step: int, seconds: float, measures: Measures) -> None:
        """See `Sink.epoch`."""
        for name, value in measures.items():
            self._writer.add_scalar(name, value, step)
        self._writer.add_scalar("perf/epoch", epoch, step)
        self._writer.add_scalar("perf/seconds", seconds, step)

    def score(self, *, step: int, measures: Measures) -> None:
        """See `Sink.score`."""
        for name, value in measures.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """See `Sink.close`."""
        self._writer.close()


def _rounded(measures: Measures) -> dict[str, float | None]:
    # JSON has no NaN; a measure that does not exist is null
    return {k: float(f"{x:.6g}") if math.isfinite(x) else None for k, x in measures.items()}

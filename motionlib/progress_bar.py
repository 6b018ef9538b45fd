"""How far a long piece of work is: a bar on a terminal, a line now and then anywhere else."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from tqdm import tqdm

_MINUTES_S = 120.0
"""s from which on time is told in minutes."""
_EVERY_S = 15.0
"""s between two lines where there is no terminal."""


def time_left(left: float, *, fresh: float, took: float) -> str:
    """`, about 40 s left`, to be said behind how far the work is; empty while that is not known.

    Args:
        left: Units to be done.
        fresh: Units that were done now.
        took: s that they took.
    """
    if fresh <= 0 or left <= 0:
        return ""
    seconds = took * left / fresh
    return (
        f", about {f'{seconds:.0f} s' if seconds < _MINUTES_S else f'{seconds / 60:.0f} min'} left"
    )


class ProgressBar:
    """Counts work on standard error; short work says nothing where there is no terminal."""

    def __init__(
        self,
        total: float,
        what: str,
        *,
        unit: str,
        shown: bool = True,
        done: float = 0,
        form: str | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start to count.

        Args:
            total: Of units.
            what: What is done, in a word or two.
            unit: Name of one unit, or of several.
            shown: Whether anything is to be seen at all.
            done: Units that were done before.
            form: Of the bar, as tqdm takes it.
            stream: Where people look; None takes standard error.
            clock: Seconds that never go back.
        """
        self._total, self._what, self._unit, self._clock = total, what, unit, clock
        self._stream = stream or sys.stderr
        terminal = self._stream.isatty()
        self._lines = shown and not terminal
        self._before = self._done = done
        self._began = self._said = clock()
        self._bar = tqdm(
            total=total,
            initial=done,
            desc=what,
            unit=unit,
            bar_format=form,
            file=self._stream,
            leave=False,
            disable=not (shown and terminal),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def update(self, units: float = 1, *, note: str = "") -> None:
        """So many more are done.

        Args:
            units: Done since the last call.
            note: Stands at the end of the bar.
        """
        self._done += units
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(units)
        now = self._clock()
        if self._lines and now - self._said >= _EVERY_S:
            self._said = now
            self._stream.write(f"{self._what}: {self._line(now)}\n")
            self._stream.flush()

    def close(self) -> None:
        """End the bar."""
        self._bar.close()

    def _line(self, now: float) -> str:
        units = self._unit if self._unit.endswith("s") else f"{self._unit}s"
        said = f"{self._done:.0f} of {self._total:.0f} {units}"
        took = now - self._began
        return said + time_left(
            self._total - self._done, fresh=self._done - self._before, took=took
        )

"""Ctrl-C and SIGTERM as a request: the training saves itself, then stops."""

import signal
from types import FrameType

STOPPED_EXIT_CODE = 130
"""Exit status of a program that was asked to stop and saved its state."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether somebody asked this process to stop.

    Inside `with`, a signal raises KeyboardInterrupt until `defer()` was called; from then on the
    first one is only remembered, and the second one raises.
    """

    def __init__(self) -> None:
        self._asked = False
        self._deferred = False
        self._before: dict[int, object] = {}

    def __call__(self) -> bool:
        """True once a stop was asked for."""
        return self._asked

    def __enter__(self) -> "StopRequest":
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType]

    def defer(self) -> None:
        """From here on the caller looks at the request itself."""
        self._deferred = True

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._asked or not self._deferred:
            raise KeyboardInterrupt
        self._asked = True

"""Every write, sync and rename of a small run fails once; the next run ends with the same bytes."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motionlib.errors import MotionError

_EVENTS = {"open", "os.rename", "os.link", "os.mkdir", "shutil.copyfile", "os.chmod"}
_WRITING = os.O_WRONLY | os.O_RDWR
KILLED = 77
EACH = 3
"""Of how many calls one is a run's last: forking is slow, and every kind is among them."""
Run = Callable[[Path], None]
Content = dict[str, bytes]


class Faults:
    """Counts the calls that change files below a home, and lets one of them go wrong.

    Python tells of opening, renaming, linking and making folders itself, whoever calls; syncing
    and writing of whole files are wrapped.
    """

    def __init__(self) -> None:
        self.home: Path | None = None
        self.calls: list[str] = []
        self.at = -1
        self.go_wrong: Callable[[str, str], None] = lambda _what, _path: None
        sys.addaudithook(self._heard)

    def watch(self, home: Path, at: int, go_wrong: Callable[[str, str], None]) -> None:
        self.calls, self.at, self.go_wrong, self.home = [], at, go_wrong, home

    def stop(self) -> None:
        self.home = None

    def happens(self, what: str, path: str) -> None:
        """Count a call; let it go wrong if it is its turn."""
        if self.home is None or not path.startswith(f"{self.home}/"):
            return
        self.calls.append(f"{what} {path.removeprefix(f'{self.home}/')}")
        if len(self.calls) - 1 == self.at:
            home, self.home = self.home, None  # what tidies up afterwards works again
            try:
                self.go_wrong(what, path)
            finally:
                self.home = home

    def _heard(self, event: str, arguments: tuple) -> None:
        if self.home is None or event not in _EVENTS:
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & _WRITING):
            return
        self.happens(event, str(arguments[0]))


_FAULTS: list[Faults] = []


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """One for the whole process: Python never forgets an audit hook."""
    _FAULTS or _FAULTS.append(Faults())
    faults = _FAULTS[0]
    write = Path.write_bytes

    def watched_sync(handle: int) -> None:  # counted only: no power is cut here
        faults.happens("fsync", str(Path(f"/proc/self/fd/{handle}").readlink()))

    def watched_write(path: Path, content: bytes) -> int:
        half = len(content) // 2
        try:
            faults.happens("write", str(path))
        except BaseException:
            write(path, content[:half])
            raise
        return write(path, content)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(Path, "write_bytes", watched_write)
    yield faults
    faults.stop()


def fail(what: str, path: str) -> None:
    """What a full disk, or a bad one, says."""
    number = errno.EIO if what == "fsync" else errno.ENOSPC
    raise OSError(number, os.strerror(number), path)


def die(_what: str, _path: str) -> None:
    """What `kill -9` leaves: nothing is tidied up."""
    os._exit(KILLED)


@pytest.fixture
def sound(
    small_run: Run, content_of: Callable[[Path], Content], faults: Faults, home: Path
) -> tuple[list[str], Content]:
    """The calls of a run that nothing happens to, and what it leaves."""
    faults.watch(home, -1, fail)
    small_run(home)
    faults.stop()
    content = content_of(home)
    shutil.rmtree(home)
    return list(faults.calls), content


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The same one for every run: pointers in it name it."""
    return tmp_path / "home"


def failure_of(run: Run, home: Path) -> str:
    try:
        run(home)
    except (OSError, MotionError) as error:
        return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_each_call_fails_once_and_the_next_run_makes_it_good(
    small_run: Run, content_of: Callable, faults: Faults, home: Path, sound: tuple
) -> None:
    calls, expected = sound
    kinds = {call.split()[0] for call in calls}
    assert {"open", "write", "fsync", "os.rename", "os.link", "os.mkdir"} <= kinds
    refused = 0
    for number, call in enumerate(calls):
        faults.watch(home, number, fail)
        said = failure_of(small_run, home)
        faults.stop()
        refused += bool(said)
        assert not said or str(home) in said, call
        assert not list(home.rglob("*.tmp")), call
        small_run(home)
        assert content_of(home) == expected, call
        shutil.rmtree(home)
    assert refused > 0.8 * len(calls), "what failed was told"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_each_call_is_the_last_of_a_killed_run_and_the_next_one_makes_it_good(
    small_run: Run, content_of: Callable, faults: Faults, home: Path, sound: tuple
) -> None:
    calls, expected = sound
    for number, call in list(enumerate(calls))[::EACH]:
        child = os.fork()
        if child == 0:
            faults.watch(home, number, die)
            small_run(home)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED, call
        small_run(home)
        assert content_of(home) == expected, call
        assert not list(home.rglob("*.tmp")), call
        shutil.rmtree(home)

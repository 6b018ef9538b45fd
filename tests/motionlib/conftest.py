"""A disk that is really full, and processes that are really killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MB; skips where mounting is not permitted."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        pytest.skip(f"cannot mount a small tmpfs: {error}")
    if made.returncode:
        pytest.skip(f"cannot mount a small tmpfs: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=30)


class Child:
    """A Python program in a process of its own."""

    def __init__(self, program: str, *arguments: object) -> None:
        command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT
        )

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "the child never got there"
            time.sleep(0.001)

    def signal(self, number: signal.Signals) -> tuple[str, str]:
        os.kill(self.process.pid, number)
        return self.process.communicate(timeout=60)

    def finish(self) -> str:
        output, errors = self.process.communicate(timeout=100)
        assert self.process.returncode == 0, errors
        return output


@pytest.fixture
def run_child() -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(program: str, *arguments: object) -> Child:
        children.append(Child(program, *arguments))
        return children[-1]

    yield start
    for child in children:
        if child.process.poll() is None:
            child.process.kill()
            child.process.communicate()

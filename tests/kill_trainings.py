"""A training that is killed again and again, held against one that was left alone.

`python -m tests.kill_trainings --kills 20 --seed 1` kills from outside at random moments, every third
time while a checkpoint is being written, says where, and in the end whether every bit is the same.
"""

import argparse
import contextlib
import math
import random
import sys
import tempfile
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.killing import differences, save_clips, session, start, words
from training.checkpoint import load_checkpoint


def _kill_from_outside(process: BaseProcess, folder: Path, after_s: float, *, writing: bool) -> str:
    """Kill at a moment of the training, or while it writes; what was seen then."""
    written = folder / "last.ckpt"
    before = written.stat().st_mtime_ns if written.exists() else 0
    begun = math.inf
    while process.is_alive():
        now = time.monotonic()
        half: list[Path] = []
        with contextlib.suppress(FileNotFoundError):  # it takes its place while we look
            if begun == math.inf and written.stat().st_mtime_ns != before:
                begun = now
            half = [path for path in folder.glob(".*.ckpt.*.tmp") if path.stat().st_size]
        if now - begun >= after_s and (half or not writing):
            process.kill()
            process.join()
            left = [path.stat().st_size for path in folder.glob(".*.ckpt.*.tmp")]
            return f"{now - begun:.3f} s after its first save, half-written bytes {left}"
        time.sleep(0.0002)
    return "had finished"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Kill a training as often as asked, let it finish, compare it with one that was left alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=400)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as place:
        home, clips = Path(place), Path(place) / "clips.pt"
        save_clips(clips)
        alone = words(clips, name="alone", epochs=given.epochs)
        killed = words(clips, name="killed", epochs=given.epochs)
        folder = home / "results" / "killed"
        for number in range(1, given.kills + 1):
            process = start(session, home, killed)
            after_s, writing = draw.uniform(0.0, 1.5), number % 3 == 0
            seen = _kill_from_outside(process, folder, after_s, writing=writing)
            epoch = load_checkpoint(folder / "last.ckpt").facts.epoch
            kind = "while writing" if writing else "at random"
            _say(f"kill {number:2} {kind:13} {seen}; last.ckpt is of epoch {epoch}")
        for arguments in (killed, alone):
            process = start(session, home, arguments)
            process.join()
        found = differences(home / "results" / "alone", folder)
        epochs = load_checkpoint(folder / "last.ckpt").facts.epoch
        _say(f"{epochs} epochs; " + ("\n".join(found) or "every bit is the same"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

from typing import Any, cast

import numpy as np
import torch

from training.evaluation.recording import Tape


class Rows:
    """Hands out the rows that a test sets, and collects what is kept."""

    def __init__(self) -> None:
        self.now = torch.zeros(3, 2)
        self.kept: dict[str, np.ndarray] = {}

    def rows(self, now, state):
        return self.now.clone()

    def keep(self, case, frames):
        self.kept[case] = frames


def test_each_motion_has_its_own_frames_and_no_more_are_held_than_needed() -> None:
    sink = Rows()
    tape, nothing = Tape(sink, 3), cast(Any, None)

    def show(number: float) -> None:
        sink.now = number + torch.tensor([[0.0, 0.5], [10.0, 10.5], [20.0, 20.5]])

    show(0)
    tape.start([0, 1], nothing, nothing)
    for step in range(1, 4):
        show(step)
        tape.add(nothing, nothing)
    tape.finish(1, "second")
    # its environment takes another motion, whose frame 0 is this instant
    show(100)
    tape.start([1], nothing, nothing)
    tape.forget()
    show(4)
    tape.add(nothing, nothing)
    tape.finish(0, "first")
    tape.forget()
    assert len(tape._instants) == 2
    show(5)
    tape.add(nothing, nothing)
    tape.finish(1, "third")
    tape.forget()
    assert len(tape._instants) == 1
    assert sink.kept["second"][:, 0].tolist() == [10.0, 11.0, 12.0, 13.0]
    assert sink.kept["first"][:, 1].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert sink.kept["third"][:, 0].tolist() == [110.0, 14.0, 15.0]

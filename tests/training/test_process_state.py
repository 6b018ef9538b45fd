import random
from pathlib import Path

import numpy as np
import torch

from training.process_state import process_state, restore_process


def draw() -> tuple[float, ...]:
    numpy = (np.random.rand(), np.random.standard_normal())  # noqa: NPY002 - the generator in question
    return (float(torch.rand(())), *numpy, random.random(), random.gauss())


def test_every_generator_goes_on(tmp_path: Path) -> None:
    draw()  # an odd number of normal draws leaves one over
    torch.save(process_state("cpu"), tmp_path / "state.pt")
    first = draw()
    draw()
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert restore_process(state, "cpu") == []
    assert draw() == first


def test_what_may_change_last_digits_is_told() -> None:
    state = process_state("cpu")
    state["machine"] = {**state["machine"], "threads": 77, "torch": "1.0"}
    now = torch.get_num_threads()
    told = restore_process(state, "cpu")
    assert told[0] == f"torch threads 77 in the checkpoint, {now} now"
    assert told[1].startswith("torch 1.0 in the checkpoint")

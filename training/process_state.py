"""What a training shares with its whole process: generators that anyone may draw from, threads."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

_TOLD = {"threads": "torch threads", "device": "device", "torch": "torch"}
"""What may change between sessions, and may change the last digits of what is computed."""


def seed_process(seed: int) -> None:
    """Give the generators that nobody was handed a beginning: whoever draws repeats itself."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the one that foreign code draws from
    random.seed(seed)


def process_state(device: torch.device | str) -> dict[str, Any]:
    """States of the generators of torch, numpy and Python, and what last digits depend on."""
    device = torch.device(device)
    drawn: Any = np.random.get_state(legacy=False)  # noqa: NPY002 - read, nothing is drawn
    version, words, spare = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
        "numpy": {
            "key": torch.from_numpy(drawn["state"]["key"].astype(np.int64)),
            "pos": int(drawn["state"]["pos"]),
            "has_gauss": int(drawn["has_gauss"]),
            "gauss": float(drawn["gauss"]),
        },
        "python": [version, torch.tensor(words, dtype=torch.int64), spare],
        "machine": {
            "threads": torch.get_num_threads(),
            "device": device.type,
            "torch": str(torch.__version__),
        },
    }


def restore_process(state: Mapping[str, Any], device: torch.device | str) -> list[str]:
    """Put the generators where they stood.

    Returns:
        What of the machine is another now, for people: the run goes on, not to the bit.
    """
    device = torch.device(device)
    torch.set_rng_state(state["torch"].cpu())
    if device.type == "cuda" and state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"].cpu(), device)
    drawn = state["numpy"]
    key = drawn["key"].cpu().numpy().astype(np.uint32)
    place = (drawn["pos"], drawn["has_gauss"], drawn["gauss"])
    np.random.set_state(("MT19937", key, *place))  # noqa: NPY002 - put back, nothing is drawn
    version, words, spare = state["python"]
    random.setstate((version, tuple(words.tolist()), spare))
    before, now = state["machine"], process_state(device)["machine"]
    return [
        f"{_TOLD[name]} {before[name]} in the checkpoint, {now[name]} now"
        for name in _TOLD
        if before[name] != now[name]
    ]

import threading
from types import SimpleNamespace
from typing import Any

import torch

from training.evaluation.config import Thresholds
from training.evaluation.docket import Docket

LIMITS = Thresholds(fall_tilt=1.0, fall_drop=0.1, tracking_lost=0.1, moving_speed=0.1)


def docket_of(*num_frames: int) -> Docket:
    cases: Any = SimpleNamespace(
        names=tuple(f"c{n}" for n in range(len(num_frames))),
        num_frames=torch.tensor(num_frames),
        fps=50.0,
        facts=lambda case, thresholds: {"motion_name": f"c{case}", "variant": None},
    )
    return Docket(cases=cases, controller="policy", thresholds=LIMITS)


def test_the_longest_are_taken_first_and_equals_in_their_order():
    docket = docket_of(5, 9, 5, 30)
    assert [docket.take(3), docket.take(3), docket.take(3)] == [[3, 1, 0], [2], []]


def test_no_case_is_taken_twice_by_threads():
    docket, taken = docket_of(*range(2, 5002)), [[] for _ in range(4)]

    def work(mine: list[int]) -> None:
        while cases := docket.take(3):
            mine.extend(cases)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(case for mine in taken for case in mine) == list(range(5000))


def test_a_row_says_whose_it_is():
    docket = docket_of(5)
    docket.enter(0, None, measured={"error": None}, evaluated_frames=1)
    row = docket.rows[0]
    assert (row["case"], row["controller"], row["frames"]) == ("c0", "policy", 5)
    assert (row["evaluated_frames"], row["success"], row["error"]) == (1, None, None)

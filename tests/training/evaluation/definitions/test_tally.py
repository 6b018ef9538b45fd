import math

import torch

from training.evaluation.definitions.tally import Tally

ON, FINE = torch.tensor([True, True]), torch.tensor([False, False])


def test_sums_are_of_active_instants_and_those_before_a_failure() -> None:
    tally = Tally(2, 2)
    tally.add(torch.tensor([[1.0, 10.0], [2.0, 20.0]]), active=ON, failed=FINE)
    values = torch.tensor([[3.0, 5.0], [4.0, 40.0]])
    tally.add(values, active=ON, failed=torch.tensor([True, False]))
    tally.add(values, active=torch.tensor([False, True]), failed=FINE)
    assert (tally.whole(0), tally.before(0), tally.most(0)) == (
        [4.0, 15.0],
        [1.0, 10.0],
        [3.0, 10.0],
    )
    assert (tally.whole(1), tally.before(1)) == ([10.0, 100.0], [10.0, 100.0])
    assert tally.count.tolist() == [2, 3]
    assert tally.count_before.tolist() == [1, 3]
    tally.clear(torch.tensor([1]))
    assert (tally.whole(0), tally.whole(1)) == ([4.0, 15.0], [0.0, 0.0])
    assert tally.most(1) == [-math.inf, -math.inf]
    assert tally.count.tolist() == [2, 0]


def test_a_nan_once_seen_stays_but_not_one_of_an_idle_environment_or_after_a_failure() -> None:
    tally = Tally(2, 1)
    broken = torch.tensor([[math.nan], [math.nan]])
    tally.add(broken, active=torch.tensor([True, False]), failed=torch.tensor([True, False]))
    tally.add(torch.ones(2, 1), active=ON, failed=torch.tensor([True, False]))
    assert math.isnan(tally.whole(0)[0])
    assert math.isnan(tally.most(0)[0])
    assert tally.before(0) == [0.0]
    assert (tally.whole(1), tally.most(1)) == ([1.0], [1.0])

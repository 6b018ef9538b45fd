from collections import Counter

import numpy as np
import pytest

from motionlib.corpus.splits import subset_split
from motionlib.synthesis.amass_plan import plan_clips


def test_lengths_and_rates_are_those_of_amass():
    plans = plan_clips(4000, seed=0)
    seconds = np.array([plan.frames / plan.fps for plan in plans])
    assert np.median(seconds) == pytest.approx(6.0, rel=0.08)
    assert seconds.max() <= 264.0 + 0.01
    # 1,536 of AMASS's 11,303 clips are longer than 20 s; its mean is 10.9 s
    assert (seconds > 20.0).mean() == pytest.approx(0.136, abs=0.03)
    assert seconds.mean() == pytest.approx(10.9, rel=0.15)
    rates = Counter(plan.fps for plan in plans)
    assert rates[120.0] / 4000 == pytest.approx(6745 / 11303, abs=0.04)
    assert rates[60.0] > 0
    assert rates[250.0] > 0


def test_paths_are_distinct_and_people_keep_their_bodies():
    plans = plan_clips(2000, seed=3)
    assert len({plan.path for plan in plans}) == 2000
    bodies = {}
    for plan in plans:
        # one subject under either family's name of the dataset
        dataset, subject, _ = plan.path.split("/")
        known = bodies.setdefault((dataset, subject), (plan.gender, plan.betas))
        assert known == (plan.gender, plan.betas)
    assert {len(betas) for _, betas in bodies.values()} == {10, 16}
    assert {gender for gender, _ in bodies.values()} == {"female", "male", "neutral"}
    assert {plan.family for plan in plans} == {"smplh", "smplx"}


def test_a_shorter_plan_is_the_start_of_a_longer_one():
    assert plan_clips(40, seed=1)[:10] == plan_clips(10, seed=1)
    assert plan_clips(10, seed=2) != plan_clips(10, seed=1)


def test_no_split_is_empty():
    datasets = [plan.path.split("/")[0] for plan in plan_clips(3, seed=9)]
    assert {subset_split(dataset) for dataset in datasets} == {"train", "validation", "test"}


def test_options_are_obeyed():
    plans = plan_clips(
        200, seed=0, seconds=(2.0, 3.0), rates={60.0: 1.0}, smplx_share=0.0, actions=("squat",)
    )
    seconds = [plan.frames / plan.fps for plan in plans]
    assert max(seconds) <= 3.0 + 0.01
    assert np.median(seconds) == pytest.approx(2.0, rel=0.1)
    assert {plan.fps for plan in plans} == {60.0}
    assert {plan.family for plan in plans} == {"smplh"}
    assert {name for plan in plans for name in plan.actions} == {"squat"}


@pytest.mark.parametrize(
    "options", [{"seconds": (0.0, 1.0)}, {"seconds": (3.0, 2.0)}, {"rates": {}},
                {"rates": {-1.0: 1.0}}, {"actions": ("wakl",)}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match=r"expected|unknown action"):
        plan_clips(1, seed=0, **options)

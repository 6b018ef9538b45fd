import numpy as np
import pytest
from scipy import stats

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.seeds import Reached, Replica, over_seeds, student_interval
from training.evaluation.comparing.sides import side_of_table

ERROR = "body_pos_error_mean"


@pytest.fixture
def replicas(save: Save) -> list[Replica]:
    """Two variants of three seeds; the second is 2 cm better, whatever the seed."""
    found = []
    for variant, shift in (("base", 0.0), ("high", -0.02)):
        for seed in (0, 1, 2):
            error = 0.1 + 0.03 * seed + shift + (0.001 if variant == "high" and seed else 0.0)
            rows = {"walk": {ERROR: error}, "turn": {ERROR: error + 0.1}}
            if (variant, seed) == ("high", 1):
                rows["turn"]["action_rate"] = None
            side = side_of_table(save(f"{variant}{seed}.parquet", rows), label=f"{variant}{seed}")
            found.append(Replica(variant=variant, seed=seed, side=side))
    return found


def of(reached: list[Reached], variant: str, measure: str) -> Reached:
    (found,) = (e for e in reached if (e.variant, e.measure.name) == (variant, measure))
    return found


def test_means_are_over_seeds_and_differences_are_of_the_same_seeds(
    replicas: list[Replica],
) -> None:
    reached = over_seeds(replicas)
    base, high = (of(reached, name, ERROR) for name in ("base", "high"))
    assert base.mean == pytest.approx(0.18)
    assert base.spread == pytest.approx(0.03)
    known = stats.t.interval(0.95, 2, loc=0.18, scale=0.03 / np.sqrt(3))
    assert (base.low, base.high) == pytest.approx(known)
    assert (base.difference, base.verdict) == (None, "")
    # over seeds each alone varies far more than the two do with the same seed
    assert high.difference == pytest.approx(-0.02 + 0.002 / 3)
    assert high.pairs == 3
    assert high.verdict == "better"
    assert high.low is not None
    assert high.low < base.mean < (high.high or 0.0)


def test_a_motion_that_one_training_has_no_value_of_counts_for_none(
    replicas: list[Replica],
) -> None:
    reached = over_seeds(replicas)
    assert {of(reached, name, "action_rate").motions for name in ("base", "high")} == {1}
    assert of(reached, "base", ERROR).motions == 2


def test_one_seed_has_no_interval_and_seeds_are_paired_by_number(replicas: list[Replica]) -> None:
    alone = [replicas[0], replicas[1], replicas[5]]
    high = of(over_seeds(alone), "high", ERROR)
    assert (high.low, high.spread, high.pairs, high.difference) == (None, None, 0, None)
    paired = of(over_seeds([*replicas[:3], replicas[3]]), "high", ERROR)
    assert (paired.pairs, paired.difference_low, paired.verdict) == (
        1,
        None,
        "too few seeds to tell",
    )
    assert paired.row()["seeds"] == "0"


def test_what_cannot_be_put_together_is_refused(replicas: list[Replica], save: Save) -> None:
    with pytest.raises(FormatError, match="seed 0 of base is there twice"):
        over_seeds([replicas[0], replicas[0]])
    other = side_of_table(save("other.parquet", {"hop": {}}), label="other")
    with pytest.raises(FormatError, match="no motion, or no measure, in common"):
        over_seeds([replicas[0], Replica(variant="x", seed=0, side=other)])


def test_students_interval_of_few() -> None:
    assert student_interval([]) == (None, None, None)
    assert student_interval([2.0]) == (2.0, None, None)
    assert student_interval([1.0, 3.0]) == pytest.approx(
        (2.0, 2.0 - 12.706, 2.0 + 12.706), abs=1e-3
    )


def test_intervals_over_seeds_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    bounds = [
        student_interval(values)[1:] for values in rng.normal(1.0, 0.3, size=(2000, 3)).tolist()
    ]
    held = np.mean([low <= 1.0 <= high for low, high in bounds])
    assert held == pytest.approx(0.95, abs=0.015)

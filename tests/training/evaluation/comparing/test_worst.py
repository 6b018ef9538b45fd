import pytest

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.sides import Side, side_of_table
from training.evaluation.comparing.worst import worst_of

ROWS = {
    "walk": {"body_pos_error_mean": 0.1, "contact_accuracy": 0.9},
    "turn": {"body_pos_error_mean": 0.3, "contact_accuracy": 0.5, "failure_s": 0.6},
    "hop": {"body_pos_error_mean": 0.2, "contact_accuracy": 0.7, "failure_s": 0.2},
    "frame": {"body_pos_error_mean": None, "contact_accuracy": 0.1, "success": None},
}


@pytest.fixture
def side(save: Save) -> Side:
    return side_of_table(save("a.parquet", ROWS, titles={"hop": "a hop"}), label="a")


def names(side: Side, **options) -> list[str]:
    return [row["motion"] for row in worst_of(side, **options).rows]


def test_more_is_worse_of_errors_and_better_of_accuracies(side: Side) -> None:
    assert names(side) == ["turn", "hop", "walk"]
    assert names(side, by="contact_accuracy", count=2) == ["frame", "turn"]


def test_of_a_verdict_the_earliest_failure_comes_first(side: Side) -> None:
    worst = worst_of(side, by="success")
    assert [row["motion"] for row in worst.rows] == ["hop", "turn"]
    assert (worst.rows[0]["title"], worst.rows[0]["failure_cause"]) == ("a hop", "fall")
    assert worst.unknown == ["frame"]
    assert worst.motions == 3


def test_an_unknown_measure_offers_the_nearest(side: Side) -> None:
    with pytest.raises(FormatError, match=r"a\.parquet: no measure 'joint_eror'; nearest: joint_"):
        worst_of(side, by="joint_eror")

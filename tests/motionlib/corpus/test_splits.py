import pytest

from motionlib.corpus.splits import check_fractions, check_split_names, hash_split, subset_split
from motionlib.errors import MotionError


@pytest.mark.parametrize(
    ("split", "datasets"),
    [
        ("validation", ("HumanEva", "MPI_HDM05", "SFU", "MPI_mosh", "HDM05", "MoSh")),
        ("test", ("Transitions_mocap", "SSM_synced", "SSM")),
        ("train", ("CMU", "KIT", "BMLrub", "DFaust_67", "my own", "")),
    ],
)
def test_whole_datasets_are_held_out(split: str, datasets: tuple[str, ...]) -> None:
    assert {subset_split(name) for name in datasets} == {split}


def test_shares_are_met_and_stay() -> None:
    shares = {"train": 0.8, "validation": 0.15, "test": 0.05}
    drawn = [hash_split(f"CMU/{n}", shares) for n in range(4000)]
    for split, share in shares.items():
        assert drawn.count(split) / 4000 == pytest.approx(share, abs=0.02)
    assert hash_split("CMU/01/01_01_poses", shares) == "train"
    assert hash_split("CMU/3", shares) == drawn[3]


def test_a_split_of_share_zero_gets_nothing() -> None:
    shares = {"train": 0.0, "validation": 1.0, "test": 0.0}
    assert {hash_split(str(n), shares) for n in range(200)} == {"validation"}


@pytest.mark.parametrize(
    "shares", [{"train": 0.9}, {"train": 1.2, "test": -0.2}, {"train": float("nan")}]
)
def test_shares_that_make_no_whole(shares: dict) -> None:
    with pytest.raises(MotionError, match="with the sum 1"):
        check_fractions(shares)


def test_a_misspelt_split_is_named() -> None:
    with pytest.raises(MotionError, match=r"lists has 'valdation'.*nearest: validation"):
        check_split_names({"valdation": ""}, "lists")

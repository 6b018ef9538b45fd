import unicodedata

import pytest

from motionlib.corpus.identity import (
    amass_datasets,
    dataset_of,
    file_id,
    list_key,
    part_id,
    subset_of,
    to_amass,
    to_amass_x,
)

INF = float("inf")


def test_an_id_is_the_path_without_suffix() -> None:
    assert file_id("CMU/01/01_01_poses.npz") == "CMU/01/01_01_poses"
    assert file_id("a b/v1.2_poses.NPZ") == "a b/v1.2_poses"
    assert file_id("v1.2") == "v1.2"


def test_an_id_is_the_same_however_a_file_system_composes_letters() -> None:
    assert file_id(unicodedata.normalize("NFD", "Tänzer.npz")) == "Tänzer"


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [(0.0, INF, "x"), (0.0, 4.2, "x#0-4.2"), (1 / 3, INF, "x#0.3333333333-end"), (2.0, 3.0, "x#2-3")],
)  # fmt: skip
def test_a_part_carries_its_seconds(start: float, end: float, name: str) -> None:
    assert part_id("x", start_s=start, end_s=end) == name


def test_datasets_are_named_as_amass_does() -> None:
    assert dataset_of("SSM/20160330/x_stageii.npz") == "SSM_synced"
    assert dataset_of("BMLrub/rub001/x_poses.npz") == "BioMotionLab_NTroje"
    assert dataset_of("Mine/x.npz") == "Mine"
    assert dataset_of("x.npz") == ""


def test_a_subset_can_be_a_partition_key() -> None:
    assert subset_of("CMU") == "CMU"
    assert subset_of("my clips, new (2)") == "my_clips_new_2_"
    assert subset_of("") == "unsorted"


@pytest.mark.parametrize(
    ("amass", "amass_x"),
    [
        ("SSM_synced/a/x_poses.npz", "SSM/a/x_stageii.npz"),
        ("MPI_HDM05/bk/x_poses.npz", "HDM05/bk/x_stageii.npz"),
        ("MPI_mosh/x_poses.motion", "MoSh/x_stageii.motion"),
        ("MPI_Limits/x_poses", "PosePrior/x_stageii"),
        ("TCD_handMocap/x_poses.npz", "TCDHands/x_stageii.npz"),
        ("Transitions_mocap/x_poses.npz", "Transitions/x_stageii.npz"),
        ("DFaust_67/x_poses.npz", "DFaust/x_stageii.npz"),
        ("BioMotionLab_NTroje/x_poses.npz", "BMLrub/x_stageii.npz"),
        ("Eyes_Japan_Dataset/x_poses.npz", "EyesJapanDataset/x_stageii.npz"),
        ("CMU/01/x_poses.npz", "CMU/01/x_stageii.npz"),
        ("Mine/walk.npz", "Mine/walk.npz"),
    ],
)
def test_names_of_the_two_releases(amass: str, amass_x: str) -> None:
    assert to_amass_x(amass) == amass_x
    assert to_amass(amass_x) == amass
    assert list_key(amass) == list_key(amass_x)


def test_an_entry_matches_the_file_that_protomotions_renamed() -> None:
    listed = "BMLmovi/Subject_1/Left_Hand__2__walk_poses.motion"
    assert list_key("BMLmovi/Subject_1/Left-Hand (2) walk_poses.npz") == list_key(listed)
    assert list_key("./CMU/a.npz") == list_key("CMU/a.motion")
    assert list_key("CMU/a.npz") != list_key("CMU/b.npz")


def test_every_dataset_of_the_rule_is_known() -> None:
    names = {dataset.name for dataset in amass_datasets().values()}
    assert len(names) == 19
    assert "HumanEva" in names

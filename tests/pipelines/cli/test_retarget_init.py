"""`motion retarget init`."""

import shutil

import pytest

from motionlib.robots.files import load_robot
from retarget.pairs.files import load_pair
from tests.grown_robots import grown_g1, links


@pytest.fixture
def my_duck(open_duck, tmp_path):
    folder = tmp_path / "my_duck"
    shutil.copytree(open_duck.xml_path.parent, folder)
    return folder / "robot.yaml"


def test_a_pair_is_proposed_for_a_users_robot(motion, my_duck, tmp_path):
    path = tmp_path / "duck.yaml"
    options = ("--robot", my_duck, "--source", "smpl", "--output", path)
    done = motion("retarget", "init", *options)
    assert done.status == 0, done.errors
    assert f"{path}: " in done.output
    assert f"--pair {path}" in done.errors
    pair = load_pair("smpl", load_robot(my_duck), path)
    assert {"left_foot", "right_foot", "head"} <= {point.name for point in pair.keypoints}

    refused = motion("retarget", "init", *options)
    assert refused.status == 2
    assert "--force" in refused.errors
    assert motion("retarget", "init", *options, "--force").status == 0


def test_the_file_is_named_after_both(motion, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert motion("retarget", "init", "--robot", "h1", "--source", "smplx").status == 0
    assert (tmp_path / "smplx_to_h1.yaml").is_file()


def test_a_robot_that_cannot_be_matched_leaves_no_file(motion, my_duck, tmp_path):
    yaml = my_duck.read_text()
    my_duck.write_text(yaml.replace("[left_foot, right_foot]", "[right_foot, left_foot]"))
    done = motion("retarget", "init", "--robot", my_duck, "--output", tmp_path / "x.yaml")
    assert done.status == 2
    assert "swapped" in done.errors
    assert not (tmp_path / "x.yaml").exists()


def test_what_is_not_sure_is_told(motion, tmp_path):
    jaws = {
        f"{side}_wrist_yaw_link": links((f"{side}_jaw", "0.12 0 0", "0 0 1"))
        for side in ("left", "right")
    }
    robot = grown_g1(tmp_path / "jaws", jaws).xml_path.parent / "robot.yaml"
    done = motion("retarget", "init", "--robot", robot, "--output", tmp_path / "pair.yaml")
    assert done.status == 0, done.errors
    assert "not sure: left_wrist_yaw_link is taken for the hand: left_jaw is a fing" in done.errors

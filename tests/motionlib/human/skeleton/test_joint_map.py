"""Joint-name maps: the ones we bring, finding the one that fits, and bad ones."""

from pathlib import Path

import pytest

from motionlib.errors import MotionError
from motionlib.human.skeleton.joint_map import (
    REQUIRED_BODIES,
    fitting_map,
    load_skeleton_map,
    skeleton_maps,
)

FILE = Path("clip.bvh")


def maps():
    return {each.name: each for each in skeleton_maps()}


def test_the_workbench_brings_five_maps(smpl):
    assert list(maps()) == ["cmu", "cmu_daz", "humanik", "lafan1", "rokoko"]
    for each in maps().values():
        assert set(REQUIRED_BODIES) <= set(each.joints) <= set(smpl.body_names)


@pytest.mark.parametrize("prefix", ["", "mixamorig:", "Model_", "a:b:"])
@pytest.mark.parametrize("name", ["cmu", "cmu_daz", "humanik", "lafan1", "rokoko"])
def test_a_skeleton_is_told_by_its_joints(name, prefix):
    known = maps()[name]
    names = [prefix + joint for joint in known.joints.values()]
    found = fitting_map(FILE, names, None)
    assert found.name == name
    assert found.joints == {body: prefix + joint for body, joint in known.joints.items()}
    assert set(found.rest_pose) == {prefix + joint for joint in known.rest_pose}
    assert (found.feet, found.world_up) == (known.feet, known.world_up)


def test_other_names_and_optional_joints():
    names = set(maps()["cmu"].joints.values()) - {"LeftHandIndex1", "LeftFingerBase", "LowerBack"}
    found = fitting_map(FILE, [*names, "LFingers", "LeftHand"], None)
    assert (found.joints["L_Hand"], found.joints["L_Wrist"]) == ("LFingers", "LeftHand")
    assert "Torso" not in found.joints


def test_a_missing_joint_is_named_with_the_nearest_map():
    names = [*(set(maps()["lafan1"].joints.values()) - {"LeftLeg"}), "LeftLeg1"]
    with pytest.raises(MotionError) as error:
        fitting_map(FILE, names, None)
    for part in ("clip.bvh", "'lafan1'", "LeftLeg (L_Knee)", "nearest: LeftLeg1", "cmu.yaml"):
        assert part in str(error.value)
    with pytest.raises(MotionError, match=r"'cmu_daz', expects hip \(Pelvis\)"):
        fitting_map(FILE, names, maps()["cmu_daz"])


def test_a_map_of_ones_own(tmp_path):
    path = tmp_path / "mine.yaml"
    body = "\n".join(f"  {name}: j{i}" for i, name in enumerate(REQUIRED_BODIES))
    path.write_text(f"joints:\n{body}\n  L_Toe: [toe, tip]\nrest_pose:\n  j1: {{z: 90, x: -5}}\n")
    mine = load_skeleton_map(path)
    assert (mine.name, mine.joints["Pelvis"], mine.joints["L_Toe"]) == ("mine", "j0", "toe")
    assert mine.other_names == {"L_Toe": ("tip",)}
    assert mine.rest_pose == {"j1": (("z", 90.0), ("x", -5.0))}
    assert (mine.feet, mine.world_up) == ("flat", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("joints: {Pelvis: hip}", r"mine\.yaml: joints: no joint for Chest, Head"),
        ("joints: {Pelvis: hip, L_Kne: knee}", r"unknown body 'L_Kne'; nearest: L_Knee"),
        ("joint: {}", r"unknown key 'joint'; nearest: joints"),
        ("joints: {Pelvis: []}", r"joints\.Pelvis: expected a joint's name, found an empty list"),
        ("joints: [", "is not valid YAML"),
    ],
)
def test_bad_maps_are_refused(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(MotionError, match=message):
        load_skeleton_map(path)
    with pytest.raises(MotionError, match=r"gone\.yaml: no such file; expected a joint-name map"):
        load_skeleton_map(tmp_path / "gone.yaml")

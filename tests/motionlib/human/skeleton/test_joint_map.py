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


NAMES = ("bandai_namco", "chest", "cmu", "cmu_daz", "humanik", "lafan1", "optitrack", "rokoko",
         "smpl", "soma")  # fmt: skip


def test_the_workbench_brings_ten_maps(smpl):
    assert tuple(maps()) == NAMES
    for each in maps().values():
        assert set(REQUIRED_BODIES) <= set(each.joints) <= set(smpl.body_names)


@pytest.mark.parametrize("prefix", ["", "mixamorig:", "Model_", "a:b:", "mixamorig"])
@pytest.mark.parametrize("name", NAMES)
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


def arms_and_legs(*parts):
    return [f"{side}{part}" for side in ("Left", "Right") for part in parts]


BIOVISION = arms_and_legs("Collar", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
HYBRID = arms_and_legs("Shoulder", "Arm", "ForeArm", "Hand", "Hip", "Knee", "Ankle", "Toe")
PLAIN = arms_and_legs("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")


@pytest.mark.parametrize(
    ("names", "name", "joints"),
    [
        (["Hips", "Chest", "Neck", "Head", *BIOVISION], "chest", {"Chest": "Chest"}),
        (["Hips", "Chest", "Chest2", "Neck", "Head", *BIOVISION], "chest", {"Chest": "Chest2"}),
        (["Hips", "LowerBack", "Spine", "Spine1", "Neck", "Head", *HYBRID], "cmu",
         {"L_Hip": "LeftHip", "R_Toe": "RightToe", "L_Shoulder": "LeftArm"}),
        (["Hips", "Spine", "Spine1", "Neck", "Head", *PLAIN], "optitrack", {"Chest": "Spine1"}),
        (["Hips", "Spine", "Spine1", "Spine2", "Neck", "Head", *PLAIN], "humanik",
         {"Chest": "Spine2"}),
        (["Root", "Hips", "Spine1", "Spine2", "Chest", "Neck1", "Neck2", "Head",
          *arms_and_legs("Shoulder", "Arm", "ForeArm", "Hand", "Leg", "Shin", "Foot")], "soma",
         {"L_Hip": "LeftLeg", "Neck": "Neck1"}),
    ],
)  # fmt: skip
def test_dialects_of_a_family_are_known(names, name, joints):
    found = fitting_map(FILE, names, None)
    assert found.name == name
    assert {body: found.joints[body] for body in joints} == joints


def test_the_nearest_map_is_the_one_that_shares_the_most_joints():
    names = ["Hips", "Chest", "Chest2", "Chest3", "Chest4", "Neck", "Head", *BIOVISION]
    names.remove("LeftKnee")
    said = (
        r"the nearest, 'chest', expects LeftKnee \(L_Knee\), not found.*shares 19 of its 22 joints"
    )
    with pytest.raises(MotionError, match=said):
        fitting_map(FILE, names, None)
    with pytest.raises(MotionError, match=r"the one asked for, 'lafan1', expects Spine2"):
        fitting_map(FILE, names, maps()["lafan1"])


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

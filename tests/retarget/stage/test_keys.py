import dataclasses

import pytest

from motionlib.files import data_folder
from motionlib.imports import source_files
from motionlib.robots.files import load_robot
from retarget.settings import RetargetSettings, SolverSettings
from retarget.stage.keys import STAGE_MODULES, clip_key, stage_digest


@pytest.fixture
def parts(smpl, g1, smpl_to_g1):
    return {"source": smpl, "target": g1, "pair": smpl_to_g1, "settings": RetargetSettings()}


def test_all_that_makes_a_result_is_in_the_digest(parts, microduck, smplx, smpl_to_g1):
    changes = [
        {},
        {"source": smplx},
        {"target": microduck},
        {"pair": dataclasses.replace(smpl_to_g1, limit_margin=0.123)},
        {"settings": RetargetSettings(fps=50.0)},
        {"settings": RetargetSettings(method="mink")},
        {"settings": RetargetSettings(solver=SolverSettings(rest=0.5))},
    ]
    digests = {stage_digest(**{**parts, **change}) for change in changes}
    assert len(digests) == len(changes)


@pytest.mark.parametrize("role", ["source", "target"])
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("parts/left_shank.xml", 'pos="0 0 -0.3">', 'pos="0 0 -0.4">'),
        # soles and default pose of the source tell when its feet stand
        ("parts/left_shank.xml", 'pos="0.03 0 -0.02"', 'pos="0.03 0 -0.12"'),
        ("robot.yaml", "default_pose: {}", "default_pose: {left_hip: 0.1}"),
    ],
)
def test_any_file_of_either_robot_is_in_the_digest(parts, biped, edit_file, role, file, old, new):
    before = stage_digest(**{**parts, role: load_robot(biped)})
    assert stage_digest(**{**parts, role: load_robot(biped)}) == before
    edit_file(biped / file, old, new)
    assert stage_digest(**{**parts, role: load_robot(biped)}) != before


def test_where_the_pair_lies_does_not_count(parts):
    elsewhere = RetargetSettings(pair="/elsewhere/smpl_to_g1.yaml")
    assert stage_digest(**{**parts, "settings": elsewhere}) == stage_digest(**parts)


def test_every_motion_has_its_own_key():
    assert len({clip_key("a", "x"), clip_key("b", "x"), clip_key("a", "y")}) == 3
    assert clip_key("a", "x") == clip_key("a", "x")


def test_the_code_is_that_of_both_rooms():
    names = {
        file.relative_to(data_folder().parent).as_posix()
        for file in source_files(STAGE_MODULES, rooms=("motionlib", "retarget"))
    }
    assert {
        "retarget/solver/native.py",
        "retarget/quality/measures.py",
        "motionlib/kinematics.py",
    } <= names
    assert not {
        name for name in names if "cli/" in name or "assets/" in name or "synthesis/" in name
    }

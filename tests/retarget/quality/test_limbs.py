"""Limbs against the human's: what a wrong pair hides from the distances that it sets itself."""

from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from retarget.pairs.files import PAIRS, load_pair
from retarget.quality.gates import RetargetGates, judge_retargeted
from retarget.quality.limbs import limb_measures
from retarget.quality.measure_table import LIMB_MEASURES
from retarget.quality.measures import measure_retargeted
from retarget.retargeting import Retargeter
from retarget.tree import world_poses
from tests.retarget.conftest import human_motion

FOREARM_FOR_ARM = {
    "body: {}_shoulder_roll_link": "body: {}_elbow_link",
    "body: {}_elbow_link, after: {}_shoulder": "body: {}_wrist_pitch_link, after: {}_shoulder",
}


@pytest.fixture(scope="module")
def wave() -> Motion:
    """A human who waves."""
    return human_motion("ACCAD/Male1/B1_wave_poses.npz")


def poses(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    return world_poses(motion.robot, motion.root_pos, motion.root_quat_wxyz, motion.dof_pos)


def standing(robot: Robot, **angles: float) -> Motion:
    dofs = torch.zeros(4, robot.num_dofs)
    for joint, angle in angles.items():
        dofs[:, robot.dof_names.index(joint)] = angle
    return Motion(
        name="stands", robot=robot, fps=30.0, root_pos=torch.zeros(4, 3), dof_pos=dofs,
        root_quat_wxyz=torch.tensor([1.0, 0, 0, 0]).repeat(4, 1),
        provenance=Provenance(source="test"),
    )  # fmt: skip


def test_a_robot_that_stands_as_its_source_is_not_off(g1: Robot) -> None:
    motion = standing(g1)
    found = limb_measures(g1, *poses(motion), motion)
    assert set(found) == {*LIMB_MEASURES, "limb_off_frame"}
    assert all(value == pytest.approx(0.0, abs=1e-3) for value in found.values())


def test_a_bent_knee_turns_the_shank_alone(g1: Robot) -> None:
    bent = standing(g1, left_knee_joint=0.6)
    bent.dof_pos[0] = 0.0
    found = limb_measures(g1, *poses(bent), standing(g1))
    assert found["shank_off_deg"] == pytest.approx(np.rad2deg(0.6), abs=0.01), "the worse side"
    assert found["thigh_off_deg"] == pytest.approx(0.0, abs=1e-3)
    assert 10.0 < found["leg_off_deg"] < 20.0
    assert found["limb_off_frame"] == 1


def test_a_robot_without_arms_is_not_asked_for_them(microduck: Robot, walk: Motion) -> None:
    result = Retargeter(walk.robot, microduck).retarget(walk)
    pair = load_pair("smpl", microduck)
    measures = measure_retargeted(result, microduck, pair)
    assert set(measures) & set(LIMB_MEASURES) == {"leg_off_deg"}
    against = judge_retargeted(measures, RetargetGates())
    assert not {verdict.gate for verdict in against} & set(LIMB_MEASURES)


@pytest.mark.parametrize(("wrong", "fate"), [(False, ""), (True, "rejected")])
def test_an_arm_that_hangs_from_the_elbow_is_caught(
    wrong: bool, fate: str, wave: Motion, g1: Robot, tmp_path: Path
) -> None:
    text = (PAIRS / "smpl_to_g1.yaml").read_text()
    for old, new in FOREARM_FOR_ARM.items() if wrong else ():
        for side in ("left", "right"):
            assert old.format(side, side) in text
            text = text.replace(old.format(side, side), new.format(side, side))
    path = tmp_path / "pair.yaml"
    path.write_text(text)
    pair = load_pair("smpl", g1, path)
    result = Retargeter(wave.robot, g1, pair=pair).retarget(wave)
    measures = measure_retargeted(result, g1, pair)
    against = judge_retargeted(measures, RetargetGates())
    found = {verdict.gate: verdict for verdict in against if verdict.gate in LIMB_MEASURES}
    assert measures["keypoint_error_mean_cm"] < 2.0, "by the pair's own points all is well"
    assert [verdict.fate for verdict in found.values()][:1] == ([fate] if fate else [])
    if wrong:
        assert "degrees from the human's for half of the clip" in found["upper_arm_off_deg"].reason
    else:
        assert max(float(measures[name]) for name in LIMB_MEASURES) < 12.0

"""The average adult: published proportions, and the files that come with the workbench."""

import numpy as np
import pytest

from motionlib.files import data_folder
from motionlib.robots.files import load_robot
from motionlib.robots.humanoid.average import HEIGHT, table_humanoid
from motionlib.robots.humanoid.description import humanoid_xml, humanoid_yaml
from motionlib.robots.humanoid.tree import HumanoidKind, humanoid_tree
from motionlib.robots.model import robot_model
from motionlib.robots.report import standing_trial

KINDS: tuple[HumanoidKind, ...] = ("smpl", "smplx")
SHAPE = {"smpl": (24, 69), "smplx": (52, 153)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_files_are_what_the_builder_makes(kind: HumanoidKind) -> None:
    folder, humanoid = data_folder() / "robots" / kind, table_humanoid(kind)
    assert (folder / "robot.xml").read_text() == humanoid_xml(humanoid)
    assert (folder / "robot.yaml").read_text() == humanoid_yaml(humanoid)


@pytest.mark.parametrize("kind", KINDS)
def test_segments_are_the_tables_shares_of_height(kind: HumanoidKind) -> None:
    humanoid = table_humanoid(kind)
    place = dict(zip(humanoid_tree(kind), humanoid.joints / HEIGHT, strict=True))
    heights = {"Hip": 0.530, "Knee": 0.285, "Ankle": 0.039, "Shoulder": 0.818}
    for part, share in heights.items():
        assert place[f"L_{part}"][2] == pytest.approx(share)
    lengths = {("Shoulder", "Elbow"): 0.186, ("Elbow", "Wrist"): 0.146}
    for (first, second), share in lengths.items():
        assert np.linalg.norm(place[f"R_{second}"] - place[f"R_{first}"]) == pytest.approx(share)
    for name, joint in place.items():
        if name.startswith("L_"):
            np.testing.assert_allclose(place["R" + name[1:]], joint * (1, -1, 1))
    assert humanoid.height == pytest.approx(HEIGHT, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_robot_stands_as_tall_and_heavy_as_it_says(kind: HumanoidKind) -> None:
    robot = load_robot(kind)
    assert (robot.num_bodies, robot.num_dofs) == SHAPE[kind]
    assert robot.dof_coordinates == "exponential_map"
    assert robot_model(robot).body_mass.sum() == pytest.approx(70.0, abs=0.01)
    assert robot.standing_height == pytest.approx(1.72, abs=1e-3)
    assert robot.default_root_height == pytest.approx(0.95, abs=0.005)
    heights = robot.default_root_height + (table_humanoid(kind).joints - [0, 0, 0.94944])[:, 2]
    assert heights.min() == pytest.approx(robot.lowest_body_height, abs=1e-6)
    assert robot.lowest_body_height == {"smpl": 0.015, "smplx": 0.017}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_t_pose_is_held_for_a_second_without_self_contact(kind: HumanoidKind) -> None:
    trial = standing_trial(load_robot(kind), trial_s=1.0)
    assert trial.stood_s == pytest.approx(1.0)
    assert trial.self_contacts == ()


def test_servos_are_protomotions() -> None:
    robot = load_robot("smplx")
    servos = robot.actuator_profiles["protomotions"]
    expected = {
        "L_Hip_x": (800, 80, 500, 100), "R_Ankle_z": (800, 80, 500, 100),
        "Chest_y": (1000, 100, 500, 100), "R_Toe_x": (500, 50, 500, 100),
        "L_Shoulder_y": (500, 50, 500, 100), "L_Elbow_x": (300, 30, 500, 100),
        "R_Thumb3_z": (10, 1, 10, 5),
    }  # fmt: skip
    for name, values in expected.items():
        dof = robot.dof_names.index(name)
        found = (servos.stiffness, servos.damping, servos.effort_limit, servos.velocity_limit)
        assert tuple(column[dof] for column in found) == values, name
        assert servos.armature[dof] == 0.02
    smpl = load_robot("smpl")
    elbow = smpl.dof_names.index("L_Elbow_x")
    assert smpl.actuator_profiles["protomotions"].stiffness[elbow] == 500

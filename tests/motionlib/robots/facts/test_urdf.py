"""What MuJoCo leaves out of a URDF is told; frames that are no bodies get out of the way."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.facts.urdf import read_urdf
from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model

FIXED = (
    '<joint name="{child}_fixed" type="{kind}"><origin xyz="{at}"/><parent link="{parent}"/>'
    '<child link="{child}"/></joint>'
)
IMU = (
    '<link name="imu"><inertial><mass value="0.1"/><inertia ixx="1e-4" iyy="1e-4" izz="1e-4" '
    'ixy="0" ixz="0" iyz="0"/></inertial></link>'
)


def fixed(parent: str, child: str, *, at: str = "0 0 0.3", kind: str = "fixed") -> str:
    return FIXED.format(parent=parent, child=child, at=at, kind=kind)


def test_a_urdf_is_the_robot_of_the_same_mjcf(write_urdf, write_mjcf):
    urdf, mjcf = load_robot(write_urdf()), load_robot(write_mjcf())
    assert urdf.body_names == mjcf.body_names
    assert urdf.dof_names == mjcf.dof_names
    np.testing.assert_allclose(urdf.body_offset_pos[1:], mjcf.body_offset_pos[1:])
    assert urdf.default_root_height == pytest.approx(mjcf.default_root_height)


@pytest.mark.parametrize(
    "before",
    [
        '<link name="base_link"/>' + fixed("base_link", "base"),
        '<link name="world"/>' + fixed("world", "base", kind="floating"),
        '<link name="map"/><link name="base_link"/><link name="sensor"/>'
        + fixed("map", "base_link")
        + fixed("base_link", "sensor")
        + fixed("base_link", "base"),
    ],
)
def test_a_frame_above_the_root_is_no_body(write_urdf, facts_of, before):
    robot, plain = load_robot(write_urdf(before=before)), load_robot(write_urdf())
    assert robot.semantic_sha256 == plain.semantic_sha256
    absorbed = [fact for name, fact in facts_of(robot).items() if name.startswith("link ")]
    assert absorbed[-1].in_force == "base in its place"
    assert robot_model(robot).body("base").mass[0] == pytest.approx(6.0)


def test_a_frame_that_the_yaml_names_stays_the_root(write_urdf):
    folder = write_urdf(before='<link name="base_link"/>' + fixed("base_link", "base"))
    yaml = folder / "robot.yaml"
    yaml.write_text(
        yaml.read_text().replace("[base,", "[base_link,").replace(": base\n", ": base_link\n")
    )
    robot = load_robot(folder)
    assert robot.body_names[0] == "base_link"
    assert "base" not in robot.body_names


def test_a_root_with_mass_cannot_be_left_out(write_urdf):
    folder = write_urdf(before=IMU + fixed("imu", "base"))
    with pytest.raises(RobotError, match=r"tracked_bodies: expected the root 'imu' first"):
        load_robot(folder)


def test_fixed_links_are_merged_unless_the_yaml_names_them(write_urdf, facts_of):
    head = '<link name="head"/>' + fixed("imu", "head", at="0 0 0.1")
    folder = write_urdf(more=IMU + fixed("base", "imu") + head)
    robot = load_robot(folder)
    assert not {"imu", "head"} & set(robot.body_names)
    assert facts_of(robot)["fixed links"].where == "imu into base, head into base"
    mass = robot_model(robot).body_mass.sum()
    yaml = folder / "robot.yaml"
    yaml.write_text(yaml.read_text().replace("head_body: base", "head_body: head"))
    named = load_robot(folder)
    assert set(named.body_names) - set(robot.body_names) == {"head"}
    head = named.body_names.index("head")
    np.testing.assert_allclose(named.body_offset_pos[head], (0, 0, 0.4))
    assert facts_of(named)["fixed links"].where == "imu into base"
    model = robot_model(named)
    assert model.body_mass.sum() == pytest.approx(mass)


def test_a_coupling_is_told_and_the_joint_a_dof_of_its_own(write_urdf, facts_of):
    mimic = '<mimic joint="left_knee" multiplier="-1" offset="0.1"/>'
    robot = load_robot(write_urdf(knee=mimic))
    assert "right_knee" in robot.dof_names
    fact = facts_of(robot)["mimic right_knee"]
    assert fact.model == "follows left_knee times -1 plus 0.1"
    assert fact.in_force == "a dof of its own, with robot.yaml's servo"


def test_meshes_beside_a_urdf_without_its_frame_are_found(write_urdf, write_stl):
    mesh = '<visual><geometry><mesh filename="shell.stl"/></geometry></visual>'
    folder = write_urdf(before='<link name="base_link"/>' + fixed("base_link", "base"))
    path = folder / "robot.urdf"
    text = path.read_text().replace('<link name="base">', f'<link name="base">{mesh}')
    path.write_text(
        text.replace("<link", '<mujoco><compiler discardvisual="false"/></mujoco><link', 1)
    )
    write_stl(folder / "shell.stl", size=0.2)
    robot = load_robot(folder)
    assert robot.files[-1].name == "shell.stl"
    assert robot_model(robot).nmesh == 1


def test_what_a_urdf_holds_is_read(tmp_path: Path, write_urdf):
    transmission = '<transmission name="t"><joint name="left_knee"/></transmission>'
    urdf = read_urdf(write_urdf(more=transmission) / "robot.urdf")
    assert urdf is not None
    assert urdf.velocities["left_knee"] == 9.0
    assert len(urdf.joints) == 6
    assert urdf.carrier("left_foot") == "left_foot"
    (tmp_path / "robot.xml").write_text("<?xml version='1.0'?><!-- <robot> --><mujoco/>")
    assert read_urdf(tmp_path / "robot.xml") is None
    (tmp_path / "bad.urdf").write_text('<robot><joint name="j"><parent link="a"/></joint></robot>')
    with pytest.raises(RobotError, match=r"joint 'j': expected a parent and a child link"):
        read_urdf(tmp_path / "bad.urdf")

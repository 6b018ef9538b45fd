"""References and places of joints are absorbed: the robot moves as MuJoCo moves the author's model."""

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model

FRAMED = (
    '<frame pos="0 0.01 0" euler="0.3 0 0"><geom name="framed" size="0.01" mass="0.1"/>'
    '<frame pos="0 0 0.2"><geom name="inner" size="0.01" mass="0.1"/></frame></frame>'
    '<inertial mass="1.3" pos="0.01 0.02 -0.1" diaginertia="0.01 0.01 0.01"/>'
    '<site name="mark" pos="0.1 0 0"/>'
)


def poses(model: mujoco.MjModel, angles: np.ndarray, names: list[str]) -> np.ndarray:
    data = mujoco.MjData(model)
    data.qpos[:] = [0.1, 0.2, 0.9, *Rotation.random(random_state=1).as_quat(), *angles]
    mujoco.mj_forward(model, data)
    geoms = [np.concatenate((data.geom(n).xpos, data.geom(n).xmat)) for n in names]
    return np.array([*geoms, np.concatenate((data.subtree_com[1], np.zeros(9)))])


def same_motion(folder, names) -> None:
    author = mujoco.MjModel.from_xml_path(str(folder / "robot.xml"))
    ours = robot_model(load_robot(folder))
    rng = np.random.default_rng(0)
    for _ in range(3):
        angles = rng.uniform(-1, 1, 6)
        np.testing.assert_allclose(
            poses(ours, angles, names), poses(author, angles, names), atol=1e-9
        )


NAMES = ["trunk", "left_sole", "right_sole", "left_thigh_0", "framed", "inner"]


def with_content(folder, extra="", *, degrees=False):
    path = folder / "robot.xml"
    text = path.read_text()
    text = text.replace(
        '<geom type="capsule"', f'{FRAMED}<geom name="left_thigh_0" type="capsule"', 1
    )
    text = text.replace('range="-1 1"', f'range="-1 1"{extra}', 1)
    if degrees:
        text = text.replace('angle="radian"', 'angle="degree"').replace('"-1 1"', '"-57 57"')
        text = text.replace('"-0.1 2"', '"-6 114"')
    path.write_text(text)
    return folder


@pytest.mark.parametrize(
    "extra",
    ["", ' ref="0.4"', ' pos="0 0 -0.1"', ' pos="0.02 0.3 -0.1" ref="-0.7"'],
)
def test_a_hinge_with_reference_and_place_moves_as_it_did(write_mjcf, extra):
    same_motion(with_content(write_mjcf(), extra), NAMES)


def test_degrees_are_understood(write_mjcf, facts_of):
    folder = with_content(write_mjcf(), ' ref="30"', degrees=True)
    same_motion(folder, NAMES)
    assert facts_of(load_robot(folder))["joint ref of left_thigh"].model == "left_hip 30 degrees"


def test_several_hinges_of_one_body_and_a_turned_one(write_mjcf):
    folder = with_content(write_mjcf(), ' ref="0.4" pos="0 0 -0.05"')
    path = folder / "robot.xml"
    more = '<joint name="left_roll" axis="1 0.2 0" range="-1 1" ref="0.2" pos="0.1 0.02 -0.05"/>'
    text = path.read_text().replace("<inertial", f"{more}<inertial", 1)
    text = text.replace('pos="0 0.1 -0.1"', 'pos="0 0.1 -0.1" euler="0.2 0.3 0.4"', 1)
    path.write_text(text)
    author = mujoco.MjModel.from_xml_path(str(path))
    ours = robot_model(load_robot(folder))
    for seed in range(3):
        angles = np.random.default_rng(seed).uniform(-1, 1, 7)
        np.testing.assert_allclose(
            poses(ours, angles, NAMES), poses(author, angles, NAMES), atol=1e-9
        )


def test_a_place_along_the_axis_moves_nothing(write_mjcf, facts_of):
    moved = load_robot(write_mjcf(joint=' pos="0 0.3 0"'))
    assert moved.semantic_sha256 == load_robot(write_mjcf()).semantic_sha256
    assert not [name for name in facts_of(moved) if name.startswith("joint pos")]


def test_what_the_yaml_says_in_a_moved_frame_stays_where_it_is(write_mjcf, facts_of):
    plain, folder = load_robot(write_mjcf()), write_mjcf()
    path = folder / "robot.xml"
    path.write_text(
        path.read_text().replace(
            '<joint name="left_ankle"', '<joint pos="0 0 0.02" name="left_ankle"'
        )
    )
    with (folder / "robot.yaml").open("a") as yaml:
        yaml.write(
            "marker_bodies:\n  - {name: tip, parent: left_foot, pos: [0.1, 0, 0], after: left_foot}\n"
        )
    moved = load_robot(folder)
    assert moved.default_root_height == pytest.approx(plain.default_root_height)
    np.testing.assert_allclose(
        moved.soles[0].corners, plain.soles[0].corners - [0, 0, 0.02], atol=1e-12
    )
    np.testing.assert_allclose(moved.marker_bodies[0].pos, [0.1, 0, -0.02], atol=1e-12)
    assert facts_of(moved)["joint pos of left_foot"].model == "(0 0 0.02) m"

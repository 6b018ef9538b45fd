"""Texts of a humanoid's files."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import load_robot
from motionlib.robots.humanoid.average import table_humanoid
from motionlib.robots.humanoid.description import Shape, humanoid_xml, write_humanoid
from motionlib.robots.humanoid.tree import humanoid_tree


def test_joints_and_masses_come_out_as_they_went_in() -> None:
    humanoid = table_humanoid("smplx")
    model = mujoco.MjModel.from_xml_string(humanoid_xml(humanoid))
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    np.testing.assert_allclose(data.xpos[1:], humanoid.joints, atol=1e-6)
    np.testing.assert_array_equal(data.xquat[1:], np.tile([1.0, 0, 0, 0], (52, 1)))
    np.testing.assert_allclose(model.body_mass[1:], humanoid.masses, rtol=1e-5)


def test_a_written_humanoid_is_a_robot(tmp_path: Path) -> None:
    humanoid = replace(
        table_humanoid("smpl", name="someone"),
        rest_root_pos=(-0.01, -0.22, 0.03),
        lowest_body_height=0.02,
    )
    robot = load_robot(write_humanoid(humanoid, tmp_path / "my folder"))
    assert robot.name == "someone"
    assert robot.rest_root_pos == (-0.01, -0.22, 0.03)
    assert robot.lowest_body_height == 0.02
    assert robot.body_names == tuple(humanoid_tree("smpl"))


def test_fingers_of_one_hand_pass_through_each_other_and_nothing_else() -> None:
    model = mujoco.MjModel.from_xml_string(humanoid_xml(table_humanoid("smplx")))

    def collide(first: str, second: str) -> bool:
        a, b = model.geom(first), model.geom(second)
        return bool((a.contype & b.conaffinity) | (b.contype & a.conaffinity))

    assert not collide("L_Index1", "L_Middle2")
    assert not collide("R_Wrist", "R_Thumb3")
    assert collide("L_Index1", "R_Index1")
    assert collide("L_Thumb2", "Head")
    assert collide("R_Elbow", "Chest")


def test_volumes_are_those_of_solids() -> None:
    box = Shape(name="b", kind="box", first=(0, 0, 0), second=(1, 2, 3))
    ball = Shape(name="c", kind="capsule", first=(0, 0, 0), second=(0, 0, 1), radius=0.5)
    assert box.volume == 6.0
    assert ball.volume == pytest.approx(np.pi * (0.25 + 4.0 / 3.0 * 0.125))


@pytest.mark.parametrize("name", ["", "two words", 'a"b', "1", "a--><b"])
def test_a_name_that_would_break_the_files_is_refused(name: str) -> None:
    with pytest.raises(RobotError, match="robot name"):
        replace(table_humanoid("smpl"), name=name)

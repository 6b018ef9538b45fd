"""Ankles whose axes miss each other move as MuJoCo moves the author's."""

import mujoco
import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model

ROLL = '<joint name="{side}_roll" axis="1 0.1 0" range="-1 1" pos="0 0 0.04" ref="0.1"/>'
YAW = '<joint name="{side}_yaw" axis="0 0 1" range="-1 1" pos="0.03 0 0"/>'


def ankles(folder, *more):
    """Feet that pitch .08 m above their origin, roll at .04 m, and turn ahead of it."""
    path = folder / "robot.xml"
    text = path.read_text()
    for side in ("left", "right"):
        pitch = f'<joint name="{side}_ankle"'
        text = text.replace(pitch, f'{pitch} pos="0 0 0.08"')
        rest = "".join(joint.format(side=side) for joint in more)
        text = text.replace(f'<geom name="{side}_sole"', f'{rest}<geom name="{side}_sole"')
    path.write_text(text)
    return folder


@pytest.mark.parametrize("more", [(ROLL,), (ROLL, YAW)])
def test_the_same_motion_with_a_body_between(write_mjcf, facts_of, more):
    folder = ankles(write_mjcf(), *more)
    author = mujoco.MjModel.from_xml_path(str(folder / "robot.xml"))
    robot = load_robot(folder)
    ours = robot_model(robot)
    names = [ours.joint(joint).name for joint in range(1, ours.njnt)]
    rng = np.random.default_rng(0)
    for _ in range(3):
        found = []
        angles = dict(zip(names, rng.uniform(-1, 1, len(names)), strict=True))
        for model in (author, ours):
            data = mujoco.MjData(model)
            data.qpos[:7] = [0, 0, 1, 1, 0, 0, 0]
            for name, angle in angles.items():
                data.joint(name).qpos[0] = angle
            mujoco.mj_forward(model, data)
            soles = [data.geom(f"{side}_sole").xpos for side in ("left", "right")]
            found.append(np.concatenate([*soles, data.subtree_com[1]]))
        np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    assert "left_foot_left_ankle" in robot.body_names
    assert facts_of(robot)["joints of left_foot"].verdict == "absorbed"


def test_a_foot_still_does_not_meet_its_shank(write_mjcf):
    model = robot_model(load_robot(ankles(write_mjcf(), ROLL)))
    pairs = {
        frozenset((model.body(signature >> 16).name, model.body(signature & 0xFFFF).name))
        for signature in model.exclude_signature.tolist()
    }
    assert frozenset(("left_shank", "left_foot")) in pairs


def test_what_a_model_includes_is_still_there(write_mjcf, write_stl):
    folder = ankles(write_mjcf(), ROLL)
    (folder / "parts").mkdir()
    write_stl(folder / "shell.stl", size=0.2)
    shell = '<asset><mesh name="shell" file="shell.stl"/></asset>'
    (folder / "parts" / "more.xml").write_text(
        '<mujoco><include file="parts/shell.xml"/><option density="3"/></mujoco>'
    )
    (folder / "parts" / "shell.xml").write_text(f"<mujoco>{shell}</mujoco>")
    path = folder / "robot.xml"
    text = path.read_text().replace("<worldbody>", '<include file="parts/more.xml"/><worldbody>')
    path.write_text(
        text.replace('<geom name="trunk"', '<geom type="mesh" mesh="shell"/><geom name="trunk"')
    )
    robot = load_robot(folder)
    assert robot_model(robot).nmesh == 1
    assert [file.name for file in robot.files] == [
        "robot.yaml", "robot.xml", "more.xml", "shell.xml", "shell.stl"
    ]  # fmt: skip


def test_a_body_in_another_file_is_refused_with_a_remedy(write_mjcf):
    folder = ankles(write_mjcf(), ROLL)
    path = folder / "robot.xml"
    text = path.read_text()
    begin, end = text.index('<body name="left_thigh"'), text.index('<body name="right_thigh"')
    (folder / "leg.xml").write_text(f"<mujocoinclude>{text[begin:end]}</mujocoinclude>")
    path.write_text(text[:begin] + '<include file="leg.xml"/>' + text[end:])
    with pytest.raises(RobotError, match=r"'left_foot'.*meet in one point.*a body of its own"):
        load_robot(folder)
